//! How runs end, and how one continues as another.

use super::run::{Run, activity, complete, continue_as_new, new_run, run_id, text, timer};
use crate::core::{Command, begin, successor};
use crate::model::{
    ChildPolicy, CloseStatus, Data, Decision, EventAttributes, FailWorkflowExecution, Fault, Message,
    Recipient, Timeout, WorkflowExecutionContinuedAsNew, WorkflowExecutionTerminatedCause, WorkflowType,
    WorkflowTypeDefaults,
};

pub(super) fn terminate(child_policy: Option<ChildPolicy>) -> Command {
    Command::Terminate {
        reason: Some(text("reason")),
        details: Some(Data::from("details")),
        child_policy,
        cause: WorkflowExecutionTerminatedCause::OperatorInitiated,
    }
}

#[test]
fn a_run_fails_with_reason_and_details() {
    let mut run = Run::new();
    run.decide([FailWorkflowExecution {
        reason: Some(text("reason")),
        details: Some(text("")),
    }
    .into()]);
    run.expect(5, "5 WorkflowExecutionFailed dec 4");
    assert_eq!(run.attributes(5)["reason"], "reason");
    assert_eq!(run.attributes(5)["details"], "");
    assert_eq!(run.execution.close_status(), Some(CloseStatus::Failed));
}

#[test]
fn a_termination_needs_no_decider() {
    let mut run = Run::new();
    run.take_decision().unwrap();
    run.signal();
    run.give(terminate(Some(ChildPolicy::Abandon))).unwrap();
    run.expect(
        4,
        "4 WorkflowExecutionSignaled external 0
         5 DecisionTaskScheduled
         6 WorkflowExecutionTerminated OPERATOR_INITIATED",
    );
    assert_eq!(run.attributes(6)["childPolicy"], "ABANDON");
    assert_eq!(run.attributes(6)["reason"], "reason");
    assert_eq!(run.execution.open_counts().decision_tasks, 0);
    assert_eq!(run.execution.next_deadline(), None, "all clocks stop");
    let again = run.give(terminate(None));
    assert_eq!(
        again,
        Err(Fault::unknown_run("workflow", run.execution.id.run_id))
    );
}

#[test]
fn a_run_times_out_once_and_its_timers_do_not_fire() {
    let mut new = new_run();
    new.execution_start_to_close_timeout = Some(Timeout::Seconds(10));
    new.child_policy = Some(ChildPolicy::RequestCancel);
    let mut run = Run::of(&new);
    run.decide([
        timer("before", 9),
        timer("same", 10),
        timer("after", 11),
        super::run::child("c").into(),
    ]);
    run.fire_at(60_000);
    run.expect(
        9,
        "9 TimerFired started 5
         10 DecisionTaskScheduled
         11 WorkflowExecutionTimedOut START_TO_CLOSE",
    );
    assert_eq!(run.attributes(11)["childPolicy"], "REQUEST_CANCEL");
    let source = run.execution.id.clone();
    let cancel = Message::RequestCancel {
        source,
        initiated_event_id: 0,
    };
    assert_eq!(
        run.messages_of(11),
        [(Recipient::ChildOfSource(text("c")), cancel)]
    );
    assert_eq!(run.execution.close_status(), Some(CloseStatus::TimedOut));
    assert_eq!(run.execution.next_deadline(), None);
}

#[test]
fn a_close_by_decision_leaves_children_alone() {
    let mut run = Run::new();
    run.decide([super::run::child("c").into(), complete()]);
    assert_eq!(run.messages_of(6), []);
}

#[test]
fn work_decided_together_with_the_close_is_written_and_left() {
    let mut run = Run::new();
    run.decide([activity("a").into(), timer("t", 1), complete()]);
    run.expect(
        5,
        "5 ActivityTaskScheduled dec 4
         6 TimerStarted dec 4
         7 WorkflowExecutionCompleted dec 4",
    );
    run.fire_at(60_000);
    assert_eq!(run.execution.next_event_id, 8);
    let take = Command::StartActivityTask {
        scheduled_event_id: 5,
        identity: None,
    };
    assert!(run.give(take).is_err());
}

fn continued(run: &Run, id: u64) -> &WorkflowExecutionContinuedAsNew {
    match &run.event(id).attributes {
        EventAttributes::WorkflowExecutionContinuedAsNew(continued) => continued,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_continued_run_takes_unset_values_from_its_type_and_keeps_its_parent() {
    let parent = run_id("workflow", 1);
    let mut run = Run::child_of(&parent);
    let mut decision = continue_as_new();
    decision.input = Some(text("next"));
    decision.task_start_to_close_timeout = Some(Timeout::None);
    run.decide([decision.into()]);
    run.expect(5, "5 WorkflowExecutionContinuedAsNew dec 4");
    assert_eq!(run.messages_of(5), [], "to the parent it is the same child");
    let (id, started) = successor(&run.execution, continued(&run, 5));
    assert_eq!(id, run_id("child", 2));
    assert_eq!(started.continued_execution_run_id, Some(run.execution.id.run_id));
    assert_eq!(started.parent_workflow_execution, Some(parent));
    assert_eq!(started.parent_initiated_event_id, 5);
    assert_eq!(&*started.task_list.name, "decisions");
    assert_eq!(
        started.execution_start_to_close_timeout,
        Some(Timeout::Seconds(120))
    );
    assert_eq!(started.task_start_to_close_timeout, Some(Timeout::None));
    assert_eq!(
        (started.input.as_deref(), started.tag_list.clone()),
        (Some("next"), None)
    );
    let (next, events) = begin(text("domain"), id, started, run.now);
    assert_eq!(
        crate::core::messages(&next, &events[0]),
        [],
        "the parent was told before"
    );
    assert_eq!(next.deliverable_decision().unwrap().scheduled_event_id, 2);
}

#[test]
fn a_run_does_not_pass_on_its_own_values() {
    let mut new = new_run();
    new.child_policy = Some(ChildPolicy::Abandon);
    new.tag_list = vec![text("tag")];
    let mut run = Run::of(&new);
    run.decide([continue_as_new().into()]);
    assert_eq!(continued(&run, 5).child_policy, ChildPolicy::Terminate);
    assert_eq!(continued(&run, 5).tag_list, None);
}

#[test]
fn each_refusal_to_continue_has_its_cause() {
    type Unset = fn(&mut WorkflowTypeDefaults);
    let cases: [(&str, Unset, &str); 6] = [
        ("unknown", |_| {}, "WORKFLOW_TYPE_DOES_NOT_EXIST"),
        ("deprecated", |_| {}, "WORKFLOW_TYPE_DEPRECATED"),
        (
            "1",
            |d| d.default_execution_start_to_close_timeout = None,
            "DEFAULT_EXECUTION_START_TO_CLOSE_TIMEOUT_UNDEFINED",
        ),
        (
            "1",
            |d| d.default_task_start_to_close_timeout = None,
            "DEFAULT_TASK_START_TO_CLOSE_TIMEOUT_UNDEFINED",
        ),
        ("1", |d| d.default_task_list = None, "DEFAULT_TASK_LIST_UNDEFINED"),
        (
            "1",
            |d| d.default_child_policy = None,
            "DEFAULT_CHILD_POLICY_UNDEFINED",
        ),
    ];
    for (version, unset, cause) in cases {
        let mut run = Run::new();
        unset(
            &mut run
                .types
                .workflows
                .get_mut(&WorkflowType::new("workflow", "1"))
                .unwrap()
                .defaults,
        );
        let mut decision = continue_as_new();
        decision.workflow_type_version = Some(text(version));
        run.decide([Decision::from(decision)]);
        run.expect(
            5,
            &format!("5 ContinueAsNewWorkflowExecutionFailed dec 4 {cause}\n6 DecisionTaskScheduled"),
        );
    }
}

#[test]
fn a_history_beyond_its_limit_ends_the_run_only_where_that_is_asked_for() {
    for ends in [true, false] {
        let mut run = Run::new();
        run.limits.history_events = 4;
        run.limits.terminate_at_history_limit = ends;
        run.signal();
        run.signal();
        assert!(run.execution.is_open(), "the limit is inclusive");
        run.signal();
        assert_eq!(run.execution.is_open(), !ends);
        if ends {
            run.expect(
                5,
                "5 WorkflowExecutionSignaled external 0
                 6 WorkflowExecutionTerminated EVENT_LIMIT_EXCEEDED",
            );
        }
    }
}
