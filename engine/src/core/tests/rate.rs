//! Decisions that come too fast.

use super::external::{cancel_of, signal_to};
use super::run::{Run, activity, child, text, timer};
use crate::core::Completion;
use crate::model::{Decision, EventType, RecordMarker};

#[test]
fn decisions_that_come_too_fast_fail_in_their_places() {
    let marker: Decision = RecordMarker {
        marker_name: text("marker"),
        details: None,
    }
    .into();
    let mut run = Run::new();
    let decisions = vec![
        timer("in time", 1),
        timer("timer", 1),
        activity("activity").into(),
        child("child").into(),
        signal_to("other", None),
        cancel_of("other"),
        marker,
    ];
    let answered = run.answer(Completion {
        decisions,
        too_fast: (1..=6).collect(),
        ..Completion::default()
    });
    let types: Vec<EventType> = answered
        .unwrap()
        .iter()
        .map(|event| event.attributes.event_type())
        .collect();
    assert_eq!(
        types,
        [
            EventType::DecisionTaskCompleted,
            EventType::TimerStarted,
            EventType::StartTimerFailed,
            EventType::ScheduleActivityTaskFailed,
            EventType::StartChildWorkflowExecutionFailed,
            EventType::SignalExternalWorkflowExecutionFailed,
            EventType::RequestCancelExternalWorkflowExecutionFailed,
            EventType::MarkerRecorded,
            EventType::DecisionTaskScheduled,
        ]
    );
    assert!(run.execution.activities.is_empty() && run.execution.children.is_empty());
}
