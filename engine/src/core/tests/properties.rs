//! What holds for every run, whatever is asked of it.

use std::collections::HashSet;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::oracle::Oracle;
use crate::core::generate::{self, Script, play};
use crate::core::{Command, Execution, Rules, step};
use crate::model::{Event, EventType, RunId, Text, Timestamp, WorkflowExecution};

proptest! {
    /// The oracle checks each event; the state agrees with it and with the fold of the history after each command.
    #[test]
    fn every_history_is_lawful(script in generate::scripts(80)) {
        check(&script);
    }
}

/// The scripts are worth their time: between them they lead to every event that the core can write.
#[test]
fn scripts_reach_every_event() {
    let (limits, types) = (generate::limits(), generate::types());
    let rules = Rules {
        limits: &limits,
        types: &types,
    };
    let mut runner = TestRunner::deterministic();
    let mut reached = HashSet::new();
    for _ in 0..1_000 {
        let script = generate::scripts(80).new_tree(&mut runner).unwrap().current();
        let (_, first, played) = play(&script, &rules, run_id()).unwrap();
        let events = played.iter().flat_map(|turn| turn.outcome.iter().flatten());
        reached.extend(
            first
                .iter()
                .chain(events)
                .map(|event| event.attributes.event_type()),
        );
    }
    let missed: Vec<_> = EventType::ALL
        .iter()
        .filter(|event_type| !reached.contains(event_type))
        .collect();
    assert_eq!(
        missed,
        [
            // Only for want of a permission, which the core knows nothing of.
            &EventType::RecordMarkerFailed,
            &EventType::LambdaFunctionScheduled,
            &EventType::LambdaFunctionStarted,
            &EventType::LambdaFunctionCompleted,
            &EventType::LambdaFunctionFailed,
            &EventType::LambdaFunctionTimedOut,
            &EventType::StartLambdaFunctionFailed,
        ]
    );
}

fn run_id() -> WorkflowExecution {
    WorkflowExecution {
        workflow_id: Text::from("workflow"),
        run_id: RunId(uuid::Uuid::from_u128(1)),
    }
}

fn refold(history: &[Event]) -> Execution {
    Execution::from_history(Text::from("domain"), run_id(), history).unwrap()
}

fn check(script: &Script) {
    let (limits, types) = (generate::limits(), generate::types());
    let rules = Rules {
        limits: &limits,
        types: &types,
    };
    let (end, mut history, played) = play(script, &rules, run_id()).unwrap();
    let mut execution = refold(&history);
    let mut oracle = Oracle::default();
    oracle.observe(&history);
    for turn in played {
        let was_open = execution.is_open();
        let before = execution.clone();
        let outcome = step(&mut execution, &turn.command, &rules, turn.now);
        assert_eq!(outcome, turn.outcome, "a command has one answer");
        match &outcome {
            Ok(events) => {
                assert!(was_open || events.is_empty(), "a closed run accepts nothing");
                oracle.observe(events);
                history.extend(events.iter().cloned());
            }
            Err(_) => assert_eq!(execution, before, "a refused command changes nothing"),
        }
        assert_eq!(execution.next_event_id, oracle.last_id + 1);
        assert_eq!(execution.next_deadline(), oracle.next_deadline());
        assert_eq!(
            execution,
            refold(&history),
            "the state is the fold of the history"
        );
        if turn.command == Command::FireDue {
            assert!(
                execution
                    .next_deadline()
                    .is_none_or(|deadline| deadline > turn.now),
                "what is due fires"
            );
        }
    }
    assert_eq!(execution, end);
    end_by_clocks(execution, oracle, &rules);
}

/// Left alone, a run comes to its end: one clock after another, none early.
fn end_by_clocks(mut execution: Execution, mut oracle: Oracle, rules: &Rules<'_>) {
    while let Some(deadline) = execution.next_deadline() {
        let early = step(
            &mut execution,
            &Command::FireDue,
            rules,
            Timestamp(deadline.0 - 1),
        );
        assert_eq!(early, Ok(Vec::new()), "no clock rings early");
        let events = step(&mut execution, &Command::FireDue, rules, deadline).unwrap();
        assert!(!events.is_empty(), "a clock that is due rings");
        oracle.observe(&events);
    }
    assert!(!execution.is_open(), "every run has an execution timeout");
}
