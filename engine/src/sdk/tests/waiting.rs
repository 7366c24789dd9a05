//! Timers, signals, time.

use crate::model::{EventAttributes, EventType};
use crate::sdk::{Either, RunFailure, SignalFailure, WorkflowError};

use super::{Say, engine, seconds, workflow};

workflow!(Month, "month", i64, |ctx| {
    let began = ctx.now();
    ctx.timer(seconds(30 * 86_400)).await?;
    Ok(ctx.now().0 - began.0)
});

#[test]
fn a_month_takes_no_time() {
    assert_eq!(engine::<Month>().run("w", &Month), Ok(30 * 86_400_000));
}

workflow!(Collect, "collect", Vec<String>, |ctx| {
    let words = ctx.signals::<String>("word");
    let mut collected = Vec::new();
    loop {
        match ctx.within(seconds(60), words.recv()).await? {
            Some(Ok(word)) => collected.push(word),
            Some(Err(SignalFailure::Payload { .. })) => collected.push("?".to_owned()),
            Some(Err(SignalFailure::Cancelled)) => return Err(WorkflowError::Cancelled),
            None => return Ok(collected),
        }
    }
});

#[test]
fn signals_are_received_in_order_whenever_they_come() {
    let mut engine = engine::<Collect>();
    engine.start("w", &Collect).unwrap();
    engine.signal("w", "word", &"early").unwrap();
    engine.signal("w", "other", &"nobody waits for it").unwrap();
    for (delay, word) in [(10, "a"), (10, "b"), (65, "c")] {
        engine.plan(seconds(delay), move |engine| {
            engine.signal("w", "word", &word).unwrap()
        });
    }
    engine.plan(seconds(70), |engine| engine.signal("w", "word", &7).unwrap());
    assert_eq!(
        engine.result::<Collect>("w").unwrap(),
        ["early", "a", "b", "c", "?"]
    );
}

#[test]
fn the_timer_of_a_race_that_is_lost_is_stopped() {
    let mut engine = engine::<Collect>();
    engine.start("w", &Collect).unwrap();
    engine.plan(seconds(1), |engine| engine.signal("w", "word", &"a").unwrap());
    engine.result::<Collect>("w").unwrap();
    let stopped = |event: &&crate::model::Event| event.attributes.event_type() == EventType::TimerCanceled;
    assert_eq!(engine.history("w").iter().filter(stopped).count(), 1);
}

workflow!(Deadline, "deadline", String, |ctx| {
    match ctx.race(ctx.run(Say(1)), ctx.timer(seconds(10))).await {
        Either::Left(said) => Ok(format!("said {}", said?)),
        Either::Right(fired) => {
            fired?;
            Ok("too late".to_owned())
        }
    }
});

#[test]
fn an_activity_that_loses_a_race_is_given_up() {
    let slow = crate::sdk::testkit::TestEngine::new(crate::sdk::Workflows::new().add::<Deadline>());
    let mut engine = slow.stub_taking::<Say>(seconds(30), |say, _| Ok(say.0));
    assert_eq!(engine.run("w", &Deadline), Ok("too late".to_owned()));
    let last = engine.history("w").last().unwrap();
    assert!(matches!(
        last.attributes,
        EventAttributes::WorkflowExecutionCompleted(_)
    ));
}

workflow!(Progress, "progress", (), |ctx| {
    ctx.execution_context(&"half way")?;
    ctx.marker("note", &7)?;
    ctx.timer(seconds(1)).await?;
    Ok(())
});

#[test]
fn progress_is_shown_and_notes_are_kept() {
    let mut engine = engine::<Progress>();
    engine.run("w", &Progress).unwrap();
    let shown = engine
        .history("w")
        .iter()
        .find_map(|event| match &event.attributes {
            EventAttributes::DecisionTaskCompleted(completed) => completed.execution_context.clone(),
            _ => None,
        });
    assert_eq!(shown.as_deref(), Some("\"half way\""));
    let noted = |event: &&crate::model::Event| event.attributes.event_type() == EventType::MarkerRecorded;
    assert_eq!(engine.history("w").iter().filter(noted).count(), 1);
}

workflow!(TooMuch, "too-much", String, |_ctx| Ok("x".repeat(40_000)));

#[test]
fn a_result_that_is_too_large_fails_with_a_reason() {
    let failure = engine::<TooMuch>().run("w", &TooMuch).unwrap_err();
    assert!(matches!(failure, RunFailure::Failed { .. }));
    assert_eq!(failure.reason(), "payload_too_large");
}
