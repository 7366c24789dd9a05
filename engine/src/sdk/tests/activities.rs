//! Activities as workflows call them: results, failures, retries.

use crate::model::ActivityTaskTimeoutType;
use crate::sdk::testkit::{Disturbance, TestEngine};
use crate::sdk::{ActivityError, ActivityFailure, RetryPolicy, RunFailure, Workflows};

use super::{Say, SayOne, Undo, engine, seconds, workflow};

fn failing(fails: impl Fn(u32) -> Option<ActivityError> + Send + Sync + 'static) -> TestEngine {
    TestEngine::new(Workflows::new().add::<SayOne>().add::<Stubborn>())
        .stub::<Say>(move |say, attempt| fails(attempt).map_or(Ok(say.0), Err))
}

#[test]
fn a_failure_is_retried_with_growing_pauses() {
    let mut engine = failing(|attempt| (attempt < 4).then(|| ActivityError::retryable("busy", "try later")));
    let began = engine.now();
    assert_eq!(engine.run("w", &SayOne), Ok(1));
    assert_eq!(engine.now().0 - began.0, (1 + 2 + 4) * 1_000);
    let attempts: Vec<u32> = engine.attempts().iter().map(|attempt| attempt.attempt).collect();
    assert_eq!(attempts, [1, 2, 3, 4]);
}

#[test]
fn the_last_failure_ends_the_run_with_its_reason() {
    let mut engine = failing(|_| Some(ActivityError::retryable("busy", "try later")));
    let Err(RunFailure::Failed { reason, details }) = engine.run("w", &SayOne) else {
        panic!()
    };
    assert_eq!(&*reason, "busy");
    assert_eq!(&*details, "activity say failed at attempt 5: busy: try later");
    assert_eq!(engine.attempts().len(), 5);
}

#[test]
fn a_permanent_failure_is_not_retried() {
    let mut engine = failing(|_| Some(ActivityError::permanent("corrupt", "page 3")));
    assert_eq!(engine.run("w", &SayOne).unwrap_err().reason(), "corrupt");
    assert_eq!(engine.attempts().len(), 1);
}

#[test]
fn an_activity_may_say_when_to_try_again() {
    let mut engine =
        failing(|attempt| (attempt == 1).then(|| ActivityError::retryable("busy", "").after(seconds(3_600))));
    let began = engine.now();
    assert_eq!(engine.run("w", &SayOne), Ok(1));
    assert_eq!(engine.now().0 - began.0, 3_600_000);
}

#[test]
fn a_lost_worker_is_a_timeout_and_a_retry() {
    let mut engine = engine::<SayOne>().disturb(Disturbance::LoseAnswer(0));
    let began = engine.now();
    assert_eq!(engine.run("w", &SayOne), Ok(1));
    assert_eq!(
        engine.now().0 - began.0,
        31_000,
        "its heartbeat timeout and one pause"
    );
}

workflow!(Stubborn, "stubborn", String, |ctx| {
    let call = ctx
        .activity(Say(1))
        .retry(RetryPolicy::never())
        .timeout(seconds(7));
    match call.run().await {
        Ok(said) => Ok(said.to_string()),
        Err(ActivityFailure::TimedOut {
            kind: ActivityTaskTimeoutType::StartToClose,
            attempts: 1,
            ..
        }) => Ok("timed out".to_owned()),
        Err(failure) => Ok(failure.reason().to_owned()),
    }
});

#[test]
fn a_call_overrides_its_types_options() {
    let mut engine = failing(|_| Some(ActivityError::retryable("busy", ""))).disturb(Disturbance::None);
    assert_eq!(engine.run("w", &Stubborn), Ok("busy".to_owned()));
    let mut engine = failing(|_| None).disturb(Disturbance::Lose(0));
    let began = engine.now();
    assert_eq!(engine.run("w", &Stubborn), Ok("timed out".to_owned()));
    assert_eq!(engine.now().0 - began.0, 7_000);
}

#[test]
fn a_type_that_nobody_registered_is_refused() {
    let mut engine = TestEngine::new(Workflows::new().add::<SayOne>());
    let failure = engine.run("w", &SayOne).unwrap_err();
    assert_eq!(failure.reason(), "activity_refused");
    assert!(
        failure.to_string().contains("ActivityTypeDoesNotExist"),
        "{failure}"
    );
}

workflow!(Hundred, "hundred", u32, |ctx| {
    let said = ctx.join_all((0..100).map(|number| ctx.run(Say(number)))).await;
    Ok(said.into_iter().sum::<Result<u32, _>>()?)
});

#[test]
fn a_hundred_activities_at_once() {
    assert_eq!(engine::<Hundred>().run("w", &Hundred), Ok(4_950));
    // Longest first, so that they end in the reverse of the order in which they began, one task each.
    let mut engine = TestEngine::new(Workflows::new().add::<Hundred>()).stub::<Say>(|say, attempt| {
        if attempt == 1 && say.0 % 3 == 0 {
            Err(ActivityError::retryable("x", ""))
        } else {
            Ok(say.0)
        }
    });
    assert_eq!(engine.run("w", &Hundred), Ok(4_950));
}

workflow!(Slow, "slow", u32, |ctx| Ok(ctx
    .activity(Say(1))
    .timeout(seconds(3_600))
    .run()
    .await?));

#[test]
fn a_slow_activity_lives_as_long_as_its_worker() {
    let slow = TestEngine::new(Workflows::new().add::<Slow>());
    let mut engine = slow.stub_taking::<Say>(seconds(600), |say, _| Ok(say.0));
    assert_eq!(engine.run("w", &Slow), Ok(1));
    assert_eq!(engine.attempts().len(), 1);
}

workflow!(Flood, "flood", (), |ctx| {
    ctx.join_all((0..1_001).map(|number| ctx.run(Say(number)))).await;
    Ok(())
});

#[test]
fn more_decisions_than_the_engine_takes_fail_the_run() {
    let failure = engine::<Flood>().run("w", &Flood).unwrap_err();
    assert_eq!(failure.reason(), "too_many_decisions");
}

workflow!(Booking, "booking", (), |ctx| {
    let mut saga = ctx.saga();
    for number in 1..=3 {
        saga.undo_by(Undo(number));
        if let Err(failure) = ctx.run(Say(number)).await {
            saga.compensate().await?;
            return Err(failure.into());
        }
    }
    Ok(())
});

#[test]
fn a_saga_undoes_in_reverse_order() {
    let mut engine = TestEngine::new(Workflows::new().add::<Booking>())
        .stub::<Say>(|say, _| {
            if say.0 == 3 {
                Err(ActivityError::permanent("sold_out", ""))
            } else {
                Ok(say.0)
            }
        })
        .stub::<Undo>(|_, _| Ok(()));
    assert_eq!(engine.run("w", &Booking).unwrap_err().reason(), "sold_out");
    let undone: Vec<_> = engine
        .attempts()
        .iter()
        .filter(|attempt| &*attempt.activity == "undo")
        .collect();
    let inputs: Vec<_> = undone
        .iter()
        .map(|attempt| attempt.input.as_deref().unwrap())
        .collect();
    assert_eq!(inputs, ["3", "2", "1"]);
}
