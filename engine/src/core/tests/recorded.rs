//! Executions as Amazon's recorded answers have them, id for id.

use super::run::{Run, activity, child, complete, patient_activity, run_id, text, timer};
use crate::core::Command;
use crate::core::generate::EPOCH;
use crate::model::{CancelTimer, CancelWorkflowExecution, ChildOutcome, CloseStatus, Message, WorkflowType};

#[test]
fn one_activity() {
    let mut run = Run::new();
    run.now = EPOCH.plus_millis(10);
    run.take_decision().unwrap();
    run.now = EPOCH.plus_millis(20);
    run.decide([activity("a").into()]);
    run.now = EPOCH.plus_millis(30);
    run.take_activity(5);
    run.now = EPOCH.plus_millis(40);
    run.complete_activity(5, 6);
    run.now = EPOCH.plus_millis(50);
    run.take_decision().unwrap();
    run.now = EPOCH.plus_millis(60);
    run.decide([complete()]);
    run.expect(
        1,
        "1 WorkflowExecutionStarted
         2 DecisionTaskScheduled
         3 DecisionTaskStarted sched 2
         4 DecisionTaskCompleted sched 2 started 3
         5 ActivityTaskScheduled dec 4
         6 ActivityTaskStarted sched 5
         7 ActivityTaskCompleted sched 5 started 6
         8 DecisionTaskScheduled
         9 DecisionTaskStarted sched 8
         10 DecisionTaskCompleted sched 8 started 9
         11 WorkflowExecutionCompleted dec 10",
    );
    let times: Vec<i64> = run.history.iter().map(|event| event.at.0 - EPOCH.0).collect();
    assert_eq!(times, [0, 0, 10, 20, 20, 30, 40, 40, 50, 60, 60]);
    assert_eq!(run.execution.close_status(), Some(CloseStatus::Completed));
}

#[test]
fn a_decision_task_is_scheduled_while_another_is_started() {
    let mut run = Run::new();
    run.decide([activity("a").into(), activity("b").into()]);
    run.take_activity(5);
    run.take_activity(6);
    run.signal();
    run.take_decision().unwrap();
    run.complete_activity(5, 7);
    run.complete_activity(6, 8);
    run.decide([]);
    run.take_decision().unwrap();
    run.expect(
        9,
        "9 WorkflowExecutionSignaled external 0
         10 DecisionTaskScheduled
         11 DecisionTaskStarted sched 10
         12 ActivityTaskCompleted sched 5 started 7
         13 DecisionTaskScheduled
         14 ActivityTaskCompleted sched 6 started 8
         15 DecisionTaskCompleted sched 10 started 11
         16 DecisionTaskStarted sched 13",
    );
    assert_eq!(run.execution.decisions.previous_started_event_id, 11);
}

#[test]
fn timers() {
    let mut run = Run::new();
    run.decide([timer("t2", 120), timer("t1", 2)]);
    run.fire_at(1_999);
    run.fire_at(2_001);
    let cancel = CancelTimer { timer_id: text("t2") };
    run.decide([cancel.into(), timer("now", 0)]);
    run.give(Command::FireDue).unwrap();
    run.expect(
        4,
        "4 DecisionTaskCompleted sched 2 started 3
         5 TimerStarted dec 4
         6 TimerStarted dec 4
         7 TimerFired started 6
         8 DecisionTaskScheduled
         9 DecisionTaskStarted sched 8
         10 DecisionTaskCompleted sched 8 started 9
         11 TimerCanceled dec 10 started 5
         12 TimerStarted dec 10
         13 TimerFired started 12
         14 DecisionTaskScheduled",
    );
    assert_eq!(run.attributes(6)["startToFireTimeout"], "2");
}

#[test]
fn a_cancellation_that_is_honoured() {
    let mut run = Run::new();
    run.decide([patient_activity("a").into()]);
    run.take_activity(5);
    run.give(Command::RequestCancel).unwrap();
    assert!(run.execution.cancel_requested);
    run.decide([CancelWorkflowExecution { details: None }.into()]);
    run.expect(
        7,
        "7 WorkflowExecutionCancelRequested external 0
         8 DecisionTaskScheduled
         9 DecisionTaskStarted sched 8
         10 DecisionTaskCompleted sched 8 started 9
         11 WorkflowExecutionCanceled dec 10",
    );
    assert!(!run.execution.cancel_requested, "a closed run answers false");
    assert_eq!(
        run.execution.open_counts().activity_tasks,
        1,
        "its activity is left as it is"
    );
    let late = Command::CompleteActivityTask {
        scheduled_event_id: 5,
        started_event_id: 6,
        result: None,
    };
    let fault = run.give(late).unwrap_err();
    assert_eq!(
        fault.message,
        "Unknown execution: WorkflowExecution=[workflowId=workflow, runId=00000000000000000000000000000001]"
    );
}

#[test]
fn a_child() {
    let mut run = Run::new();
    run.decide([child("child").into()]);
    let execution = run_id("child", 9);
    run.now = EPOCH.plus_millis(94);
    let started = Message::ChildStarted {
        initiated_event_id: 5,
        execution: execution.clone(),
    };
    run.deliver(&execution, started).unwrap();
    run.decide([]);
    let closed = Message::ChildClosed {
        initiated_event_id: 5,
        execution: execution.clone(),
        workflow_type: WorkflowType::new("workflow", "1"),
        outcome: ChildOutcome::Completed(Some(text("result"))),
    };
    run.deliver(&execution, closed).unwrap();
    run.expect(
        5,
        "5 StartChildWorkflowExecutionInitiated dec 4
         6 ChildWorkflowExecutionStarted init 5
         7 DecisionTaskScheduled
         8 DecisionTaskStarted sched 7
         9 DecisionTaskCompleted sched 7 started 8
         10 ChildWorkflowExecutionCompleted init 5 started 6
         11 DecisionTaskScheduled",
    );
    assert_eq!(run.attributes(10)["result"], "result");
    assert_eq!(
        run.attributes(5)["taskList"]["name"],
        "decisions",
        "values are resolved"
    );
    assert_eq!(run.attributes(5)["childPolicy"], "TERMINATE");
}
