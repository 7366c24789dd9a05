//! Cancel requests and scopes.

use crate::model::{Event, EventType};
use crate::sdk::testkit::TestEngine;
use crate::sdk::{Activity, RunFailure, WorkflowError, Workflows};

use super::{Say, Undo, engine, seconds, workflow};

fn count(engine: &TestEngine, of: EventType) -> usize {
    let is = |event: &&Event| event.attributes.event_type() == of;
    engine.history("w").iter().filter(is).count()
}

workflow!(Heedless, "heedless", (), |ctx| {
    ctx.timer(seconds(100)).await?;
    Ok(())
});

#[test]
fn a_workflow_that_does_not_look_ends_as_canceled() {
    let mut engine = engine::<Heedless>();
    engine.start("w", &Heedless).unwrap();
    engine.plan(seconds(5), |engine| engine.cancel("w").unwrap());
    let began = engine.now();
    assert_eq!(engine.result::<Heedless>("w"), Err(RunFailure::Cancelled));
    assert_eq!(engine.now().0 - began.0, 5_000);
}

workflow!(Cleans, "cleans", (), |ctx| {
    let detached = ctx.detached();
    let outcome = ctx.timer(seconds(100)).await;
    assert!(ctx.is_cancelled() && !detached.is_cancelled());
    assert!(
        ctx.run(Say(1)).await.unwrap_err().is_cancelled(),
        "nothing new begins"
    );
    detached.run(Undo(1)).await?;
    Ok(outcome?)
});

#[test]
fn what_is_detached_goes_on() {
    let mut engine = engine::<Cleans>();
    engine.start("w", &Cleans).unwrap();
    engine.settle().unwrap();
    engine.cancel("w").unwrap();
    assert_eq!(engine.result::<Cleans>("w"), Err(RunFailure::Cancelled));
    assert_eq!(engine.attempts_of::<Undo>(), 1);
    assert_eq!(engine.attempts_of::<Say>(), 0);
}

workflow!(Waits, "waits", String, |ctx| {
    let inner = ctx.detached();
    match inner.race(inner.timer(seconds(100)), ctx.cancelled()).await {
        crate::sdk::Either::Left(_) => Ok("in time".to_owned()),
        crate::sdk::Either::Right(()) => Ok("heeded".to_owned()),
    }
});

workflow!(Scoped, "scoped", (bool, u32), |ctx| {
    let scope = ctx.scope();
    let both = ctx.join(scope.run(Say(1)), scope.timer(seconds(50)));
    let cancel = async {
        ctx.timer(seconds(5)).await?;
        scope.cancel();
        Ok::<_, WorkflowError>(())
    };
    let ((said, slept), cancelled) = ctx.join(both, cancel).await;
    cancelled?;
    assert!(slept.is_err());
    let inner = scope.scope();
    assert!(inner.is_cancelled(), "a scope in a cancelled one is cancelled");
    Ok((said.unwrap_err().is_cancelled(), ctx.run(Say(2)).await?))
});

#[test]
fn a_scope_is_cancelled_alone() {
    let slow = TestEngine::new(Workflows::new().add::<Scoped>());
    let mut engine = slow.stub_taking::<Say>(seconds(20), |say, _| Ok(say.0));
    assert_eq!(engine.run("w", &Scoped), Ok((true, 2)));
    assert_eq!(count(&engine, EventType::ActivityTaskCancelRequested), 1);
    assert_eq!(count(&engine, EventType::TimerCanceled), 1);
    assert_eq!(engine.attempts_of::<Say>(), 2);
    assert_eq!(Say::NAME, "say");
}

workflow!(Hasty, "hasty", u32, |ctx| {
    let scope = ctx.scope();
    let never_sent = async {
        scope.cancel();
        7
    };
    let (cancelled, seven) = ctx.join(scope.run(Say(1)), never_sent).await;
    assert!(cancelled.is_err());
    Ok(seven)
});

#[test]
fn what_is_cancelled_before_it_is_sent_is_never_sent() {
    let mut engine = engine::<Hasty>();
    assert_eq!(engine.run("w", &Hasty), Ok(7));
    assert_eq!(count(&engine, EventType::ActivityTaskScheduled), 0);
    assert_eq!(count(&engine, EventType::ActivityTaskCancelRequested), 0);
}

#[test]
fn a_workflow_may_look_and_end_as_it_likes() {
    let mut engine = engine::<Waits>();
    engine.start("w", &Waits).unwrap();
    engine.plan(seconds(5), |engine| engine.cancel("w").unwrap());
    assert_eq!(engine.result::<Waits>("w"), Ok("heeded".to_owned()));
}
