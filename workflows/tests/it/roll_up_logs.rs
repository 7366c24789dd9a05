//! The hourly roll-up: once an hour for ever, until nothing is left, whatever went wrong in the hour before.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use apus::model::EventAttributes;
use apus::sdk::ActivityError;
use apus::sdk::testkit::TestEngine;
use docstore_activities::{RollUpAccessLogs, RolledUp};
use docstore_workflows::RollUpLogs;

use super::{engine, permanent};

const HOUR: Duration = Duration::from_secs(3_600);

fn run_for(engine: &mut TestEngine, hours: u32) {
    engine.start(RollUpLogs::ID, &RollUpLogs {}).unwrap();
    engine.run_for(HOUR * hours).unwrap();
}

#[test]
fn a_run_an_hour_for_ever() {
    let mut engine = engine();
    run_for(&mut engine, 24);
    assert_eq!(engine.attempts_of::<RollUpAccessLogs>(), 24);
    let runs = engine.recordings(RollUpLogs::ID).len();
    assert_eq!(runs, 25, "the last one waits for its hour");
    let waits = engine.history(RollUpLogs::ID);
    assert!(matches!(
        waits.last().unwrap().attributes,
        EventAttributes::TimerStarted(_)
    ));
}

#[test]
fn a_backlog_is_worked_off_at_once() {
    let left = Arc::new(AtomicU32::new(3));
    let taken = left.clone();
    let mut engine = engine().stub::<RollUpAccessLogs>(move |_, _| {
        let left = taken.load(Ordering::Relaxed);
        taken.store(left.saturating_sub(1), Ordering::Relaxed);
        Ok(RolledUp {
            files: left.min(1) * 50,
            ..RolledUp::default()
        })
    });
    run_for(&mut engine, 1);
    assert_eq!(left.load(Ordering::Relaxed), 0);
    assert_eq!(
        engine.attempts_of::<RollUpAccessLogs>(),
        4,
        "three with files, one that finds none"
    );
}

#[test]
fn an_hour_that_fails_does_not_end_it() {
    let mut engine = engine().stub::<RollUpAccessLogs>(|_, _| permanent("broken"));
    run_for(&mut engine, 3);
    assert_eq!(engine.attempts_of::<RollUpAccessLogs>(), 3);
}

#[test]
fn a_store_that_is_away_for_hours_is_waited_for() {
    let mut engine = engine().stub::<RollUpAccessLogs>(|_, attempt| match attempt {
        ..30 => Err(ActivityError::retryable("object_store", "out of reach")),
        _ => Ok(RolledUp::default()),
    });
    run_for(&mut engine, 4);
    assert!(engine.attempts_of::<RollUpAccessLogs>() >= 30);
    assert!(
        engine.recordings(RollUpLogs::ID).len() > 1,
        "the first run has handed over"
    );
}

#[test]
fn a_cancelled_one_ends() {
    let mut engine = engine();
    engine.plan(HOUR / 100, |engine| engine.cancel(RollUpLogs::ID).unwrap());
    run_for(&mut engine, 2);
    assert_eq!(engine.recordings(RollUpLogs::ID).len(), 1);
    assert_eq!(engine.attempts_of::<RollUpAccessLogs>(), 0);
}
