//! When decision tasks are scheduled, handed out, answered and refused.

use super::run::{Run, activity, complete, continue_as_new, new_run, text, timer};
use crate::core::{Command, Completion};
use crate::model::{
    CancelWorkflowExecution, Decision, FailWorkflowExecution, Fault, RecordMarker, RequestCancelActivityTask,
    ScheduleLambdaFunction, StartTimer, TaskList, TaskPriority, Timeout,
};

fn sticky(timeout: Option<Timeout>) -> Completion {
    Completion {
        task_list: Some(TaskList::new("sticky")),
        task_list_schedule_to_start_timeout: timeout,
        ..Completion::default()
    }
}

#[test]
fn a_batch_without_failures_schedules_nothing() {
    let mut run = Run::new();
    let marker = RecordMarker {
        marker_name: text("marker"),
        details: Some(text("")),
    };
    run.decide([marker.into(), timer("t", 9)]);
    run.expect(5, "5 MarkerRecorded dec 4\n6 TimerStarted dec 4");
    assert_eq!(run.execution.open_counts().decision_tasks, 0);
}

#[test]
fn a_failed_decision_has_its_event_in_place_and_the_task_after_the_batch() {
    let mut run = Run::new();
    let lambda = ScheduleLambdaFunction {
        id: text("id"),
        name: text("name"),
        control: None,
        input: None,
        start_to_close_timeout: None,
    };
    run.decide([
        lambda.into(),
        activity("a").into(),
        activity("a").into(),
        timer("t", 9),
    ]);
    run.expect(
        5,
        "5 ScheduleLambdaFunctionFailed dec 4 LAMBDA_SERVICE_NOT_AVAILABLE_IN_REGION
         6 ActivityTaskScheduled dec 4
         7 ScheduleActivityTaskFailed dec 4 ACTIVITY_ID_ALREADY_IN_USE
         8 TimerStarted dec 4
         9 DecisionTaskScheduled",
    );
}

#[test]
fn a_failed_decision_adds_no_second_waiting_task() {
    let mut run = Run::new();
    run.take_decision().unwrap();
    run.signal();
    run.decide([RequestCancelActivityTask {
        activity_id: text("a"),
    }
    .into()]);
    run.expect(
        4,
        "4 WorkflowExecutionSignaled external 0
         5 DecisionTaskScheduled
         6 DecisionTaskCompleted sched 2 started 3
         7 RequestCancelActivityTaskFailed dec 6 ACTIVITY_ID_UNKNOWN",
    );
}

#[test]
fn a_run_that_closes_after_a_failed_decision_stays_closed() {
    let mut run = Run::new();
    run.decide([
        RequestCancelActivityTask {
            activity_id: text("a"),
        }
        .into(),
        complete(),
    ]);
    run.expect(
        5,
        "5 RequestCancelActivityTaskFailed dec 4 ACTIVITY_ID_UNKNOWN
         6 WorkflowExecutionCompleted dec 4",
    );
}

#[test]
fn a_close_is_refused_while_something_is_unseen() {
    let closings: [(Decision, &str); 4] = [
        (complete(), "CompleteWorkflowExecutionFailed"),
        (
            FailWorkflowExecution {
                reason: None,
                details: None,
            }
            .into(),
            "FailWorkflowExecutionFailed",
        ),
        (
            CancelWorkflowExecution { details: None }.into(),
            "CancelWorkflowExecutionFailed",
        ),
        (continue_as_new().into(), "ContinueAsNewWorkflowExecutionFailed"),
    ];
    for (closing, refusal) in closings {
        let mut run = Run::new();
        run.take_decision().unwrap();
        run.signal();
        run.decide([timer("t", 9), closing]);
        run.expect(
            4,
            &format!(
                "4 WorkflowExecutionSignaled external 0
                 5 DecisionTaskScheduled
                 6 DecisionTaskCompleted sched 2 started 3
                 7 TimerStarted dec 6
                 8 {refusal} dec 6 UNHANDLED_DECISION"
            ),
        );
        assert!(run.execution.is_open());
        run.decide([complete()]);
        assert!(!run.execution.is_open(), "once seen, it may close");
    }
}

#[test]
fn a_bad_list_is_refused_whole_and_the_task_stays_open() {
    let never = StartTimer {
        timer_id: text("t"),
        control: None,
        start_to_fire_timeout: Timeout::None,
    };
    let mut tagged = continue_as_new();
    tagged.tag_list = Some(vec![text("tag"); 6]);
    let mut endless = super::run::child("child");
    endless.execution_start_to_close_timeout = Some(Timeout::None);
    let cases: [(Vec<Decision>, &str); 5] = [
        (
            vec![complete(), timer("t", 1)],
            "Close must be last decision in list",
        ),
        (
            vec![complete(), complete()],
            "Close must be last decision in list",
        ),
        (
            vec![timer("t", 1), never.into()],
            "decisions.2.member.startTimerDecisionAttributes.startToFireTimeout",
        ),
        (
            vec![tagged.into()],
            "decisions.1.member.continueAsNewWorkflowExecutionDecisionAttributes.tagList",
        ),
        (
            vec![endless.into()],
            "decisions.1.member.startChildWorkflowExecutionDecisionAttributes.executionStartToCloseTimeout",
        ),
    ];
    for (decisions, message) in cases {
        let mut run = Run::new();
        let fault = run
            .answer(Completion {
                decisions,
                ..Completion::default()
            })
            .unwrap_err();
        assert!(fault.message.contains(message), "{fault}");
        run.decide([complete()]);
        assert!(!run.execution.is_open(), "the token is still good");
    }
    let mut run = Run::new();
    run.limits.decisions = 2;
    let decisions = vec![timer("a", 1), timer("b", 1), timer("c", 1)];
    assert!(
        run.answer(Completion {
            decisions,
            ..Completion::default()
        })
        .is_err()
    );
}

#[test]
fn a_task_is_handed_out_once_and_answered_once() {
    let mut run = Run::new();
    run.take_decision().unwrap();
    run.signal();
    let twice = |scheduled_event_id| Command::StartDecisionTask {
        scheduled_event_id,
        identity: None,
    };
    assert_eq!(run.give(twice(2)), Err(Fault::unknown_decision_task(2)));
    assert_eq!(
        run.give(twice(5)),
        Err(Fault::unknown_decision_task(5)),
        "not while another is started"
    );
    assert_eq!(
        run.execution.open_counts().decision_tasks,
        1,
        "one waiting and one started are one"
    );
    let answer = |scheduled_event_id, started_event_id| Command::CompleteDecisionTask {
        scheduled_event_id,
        started_event_id,
        completion: Completion::default(),
        successor: run_id(),
    };
    assert_eq!(
        run.give(answer(2, 4)),
        Err(Fault::unknown_decision_task(2)),
        "another attempt's answer"
    );
    run.give(answer(2, 3)).unwrap();
    assert_eq!(run.give(answer(2, 3)), Err(Fault::unknown_decision_task(2)));
}

fn run_id() -> crate::model::RunId {
    super::run::run_id("workflow", 2).run_id
}

#[test]
fn an_unanswered_task_times_out_and_is_scheduled_again() {
    let mut run = Run::new();
    run.take_decision().unwrap();
    run.fire_at(4_999);
    run.fire_at(5_000);
    run.expect(
        4,
        "4 DecisionTaskTimedOut sched 2 started 3 START_TO_CLOSE
         5 DecisionTaskScheduled",
    );
    assert_eq!(
        run.execution.decisions.previous_started_event_id, 0,
        "only a completed task counts"
    );
}

#[test]
fn when_one_waits_already_a_timed_out_task_is_not_scheduled_again() {
    let mut run = Run::new();
    run.take_decision().unwrap();
    run.signal();
    run.fire_at(5_000);
    run.expect(
        4,
        "4 WorkflowExecutionSignaled external 0
         5 DecisionTaskScheduled
         6 DecisionTaskTimedOut sched 2 started 3 START_TO_CLOSE",
    );
}

#[test]
fn a_temporary_task_list_lasts_until_a_task_on_it_is_not_taken() {
    let mut run = Run::new();
    run.answer(sticky(Some(Timeout::Seconds(3)))).unwrap();
    run.signal();
    assert_eq!(run.attributes(6)["taskList"]["name"], "sticky");
    assert_eq!(run.attributes(6)["scheduleToStartTimeout"], "3");
    run.fire_at(2_999);
    run.fire_at(3_000);
    run.expect(
        6,
        "6 DecisionTaskScheduled
         7 DecisionTaskTimedOut sched 6 started 0 SCHEDULE_TO_START
         8 DecisionTaskScheduled",
    );
    assert_eq!(run.attributes(8)["taskList"]["name"], "decisions");
    assert!(run.attributes(8).get("scheduleToStartTimeout").is_none());
}

#[test]
fn a_temporary_task_list_lasts_until_a_task_on_it_is_not_answered() {
    let mut run = Run::new();
    run.answer(sticky(Some(Timeout::Seconds(3)))).unwrap();
    run.signal();
    run.take_decision().unwrap();
    run.fire_at(5_000);
    assert_eq!(run.attributes(9)["taskList"]["name"], "decisions");
}

#[test]
fn a_task_list_without_a_timeout_is_permanent() {
    let mut run = Run::new();
    run.answer(sticky(None)).unwrap();
    run.signal();
    run.take_decision().unwrap();
    run.fire_at(5_000);
    assert_eq!(run.attributes(9)["taskList"]["name"], "sticky");
    assert!(run.attributes(9).get("scheduleToStartTimeout").is_none());
}

#[test]
fn an_execution_context_is_kept_also_when_empty() {
    let mut run = Run::new();
    for (given, kept) in [(Some("context"), "context"), (None, "context"), (Some(""), "")] {
        let execution_context = given.map(text);
        run.answer(Completion {
            execution_context,
            ..Completion::default()
        })
        .unwrap();
        assert_eq!(run.execution.latest_execution_context.as_deref(), Some(kept));
        run.signal();
    }
}

#[test]
fn a_task_carries_priority_and_timeout() {
    let mut new = new_run();
    new.task_priority = Some(TaskPriority(-7));
    let run = Run::of(&new);
    assert_eq!(run.attributes(2)["taskPriority"], "-7");
    assert_eq!(run.attributes(2)["startToCloseTimeout"], "5");
    assert_eq!(
        run.execution.deliverable_decision().unwrap().priority,
        TaskPriority(-7)
    );
}
