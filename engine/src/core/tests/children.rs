//! Children, from both sides.

use super::closing::terminate;
use super::run::{Run, child, complete, run_id, text};
use crate::model::{
    CancelWorkflowExecution, ChildOutcome, ChildPolicy, FailWorkflowExecution, Message, Recipient,
    StartChildWorkflowExecutionFailedCause, WorkflowExecution, WorkflowType, WorkflowTypeDefaults,
};

fn closed(execution: &WorkflowExecution, outcome: ChildOutcome) -> Message {
    Message::ChildClosed {
        initiated_event_id: 5,
        execution: execution.clone(),
        workflow_type: WorkflowType::new("workflow", "1"),
        outcome,
    }
}

#[test]
fn a_child_begins_with_what_its_parent_says() {
    let mut run = Run::new();
    let mut decision = child("child");
    (decision.input, decision.tag_list) = (Some(text("input")), Some(vec![text("tag")]));
    run.decide([decision.into()]);
    let [(Recipient::NewRun(workflow_id), Message::StartChild(begun))] = &run.messages_of(5)[..] else {
        panic!("one child")
    };
    assert_eq!((&**workflow_id, &*begun.workflow_id), ("child", "child"));
    assert_eq!(
        begun.started.parent_workflow_execution.as_ref(),
        Some(&run.execution.id)
    );
    assert_eq!(begun.started.parent_initiated_event_id, 5);
    assert_eq!(begun.started.input.as_deref(), Some("input"));
    assert_eq!(begun.started.tag_list.as_deref(), Some(&[text("tag")][..]));
    assert_eq!(begun.started.continued_execution_run_id, None);
}

#[test]
fn a_child_that_is_refused_was_never_initiated() {
    type Change = fn(&mut Run);
    let defaults = |run: &mut Run, unset: fn(&mut WorkflowTypeDefaults)| {
        unset(
            &mut run
                .types
                .workflows
                .get_mut(&WorkflowType::new("workflow", "1"))
                .unwrap()
                .defaults,
        );
    };
    assert_eq!(refusal("unknown", |_| {}), "WORKFLOW_TYPE_DOES_NOT_EXIST");
    assert_eq!(refusal("deprecated", |_| {}), "WORKFLOW_TYPE_DEPRECATED");
    let none: Change = |run| run.limits.open_children = 0;
    assert_eq!(refusal("1", none), "OPEN_CHILDREN_LIMIT_EXCEEDED");
    assert_eq!(
        refusal("1", |run| defaults(run, |d| d
            .default_execution_start_to_close_timeout =
            None)),
        "DEFAULT_EXECUTION_START_TO_CLOSE_TIMEOUT_UNDEFINED"
    );
    assert_eq!(
        refusal("1", |run| defaults(run, |d| d.default_task_list = None)),
        "DEFAULT_TASK_LIST_UNDEFINED"
    );
    assert_eq!(
        refusal("1", |run| defaults(run, |d| d
            .default_task_start_to_close_timeout =
            None)),
        "DEFAULT_TASK_START_TO_CLOSE_TIMEOUT_UNDEFINED"
    );
    assert_eq!(
        refusal("1", |run| defaults(run, |d| d.default_child_policy = None)),
        "DEFAULT_CHILD_POLICY_UNDEFINED"
    );
}

fn refusal(version: &str, change: impl FnOnce(&mut Run)) -> String {
    let mut run = Run::new();
    change(&mut run);
    let mut decision = child("child");
    decision.workflow_type = WorkflowType::new("workflow", version);
    run.decide([decision.into()]);
    let cause = run.attributes(5)["cause"].as_str().unwrap().to_owned();
    run.expect(
        5,
        &format!("5 StartChildWorkflowExecutionFailed dec 4 init 0 {cause}\n6 DecisionTaskScheduled"),
    );
    assert_eq!(run.attributes(5)["control"], "control");
    cause
}

#[test]
fn a_workflow_id_that_is_taken_fails_the_initiated_child() {
    let mut run = Run::new();
    run.decide([child("child").into()]);
    let cause = StartChildWorkflowExecutionFailedCause::WorkflowAlreadyRunning;
    let failed = Message::ChildStartFailed {
        initiated_event_id: 5,
        cause,
    };
    run.deliver(&run_id("child", 9), failed.clone()).unwrap();
    assert_eq!(
        run.deliver(&run_id("child", 9), failed),
        Ok(Vec::new()),
        "told twice"
    );
    run.expect(
        5,
        "5 StartChildWorkflowExecutionInitiated dec 4
         6 StartChildWorkflowExecutionFailed dec 4 init 5 WORKFLOW_ALREADY_RUNNING
         7 DecisionTaskScheduled",
    );
    assert_eq!(run.execution.open_counts().child_workflow_executions, 0);
}

#[test]
fn every_end_of_a_child_is_told_once() {
    let outcomes = [
        (
            ChildOutcome::Completed(None),
            "ChildWorkflowExecutionCompleted init 5 started 6",
        ),
        (
            ChildOutcome::Failed {
                reason: Some(text("reason")),
                details: None,
            },
            "ChildWorkflowExecutionFailed init 5 started 6",
        ),
        (
            ChildOutcome::Canceled(None),
            "ChildWorkflowExecutionCanceled init 5 started 6",
        ),
        (
            ChildOutcome::TimedOut,
            "ChildWorkflowExecutionTimedOut init 5 started 6 START_TO_CLOSE",
        ),
        (
            ChildOutcome::Terminated,
            "ChildWorkflowExecutionTerminated init 5 started 6",
        ),
    ];
    let execution = run_id("child", 9);
    for (outcome, expected) in outcomes {
        let mut run = Run::new();
        run.decide([child("child").into()]);
        let started = Message::ChildStarted {
            initiated_event_id: 5,
            execution: execution.clone(),
        };
        run.deliver(&execution, started.clone()).unwrap();
        assert_eq!(run.deliver(&execution, started), Ok(Vec::new()), "told twice");
        run.deliver(&execution, closed(&execution, outcome.clone()))
            .unwrap();
        assert_eq!(
            run.deliver(&execution, closed(&execution, outcome)),
            Ok(Vec::new()),
            "told twice"
        );
        run.expect(
            6,
            &format!("6 ChildWorkflowExecutionStarted init 5\n7 DecisionTaskScheduled\n8 {expected}"),
        );
    }
}

#[test]
fn a_close_that_overtakes_the_start_brings_it_along() {
    let mut run = Run::new();
    run.decide([child("child").into()]);
    let execution = run_id("child", 9);
    run.deliver(&execution, closed(&execution, ChildOutcome::TimedOut))
        .unwrap();
    let started = Message::ChildStarted {
        initiated_event_id: 5,
        execution: execution.clone(),
    };
    assert_eq!(run.deliver(&execution, started), Ok(Vec::new()), "old news");
    run.expect(
        6,
        "6 ChildWorkflowExecutionStarted init 5
         7 DecisionTaskScheduled
         8 ChildWorkflowExecutionTimedOut init 5 started 6 START_TO_CLOSE",
    );
}

#[test]
fn a_child_tells_its_parent_of_start_and_close() {
    let parent = run_id("workflow", 1);
    let mut run = Run::child_of(&parent);
    let started = Message::ChildStarted {
        initiated_event_id: 5,
        execution: run.execution.id.clone(),
    };
    assert_eq!(run.messages_of(1), [(Recipient::Run(parent.clone()), started)]);
    run.decide([complete()]);
    let outcome = ChildOutcome::Completed(Some(text("result")));
    let message = closed(&run.execution.id, outcome);
    assert_eq!(run.messages_of(5), [(Recipient::Run(parent), message)]);
    assert_eq!(run.messages_of(4), []);
}

#[test]
fn a_child_tells_its_parent_however_it_ends() {
    let parent = run_id("workflow", 1);
    let (reason, details) = (Some(text("reason")), Some(text("details")));
    let failed = FailWorkflowExecution {
        reason: reason.clone(),
        details: details.clone(),
    };
    let canceled = CancelWorkflowExecution {
        details: details.clone(),
    };
    type End<'a> = &'a dyn Fn(&mut Run);
    let ends: [(End<'_>, ChildOutcome); 4] = [
        (
            &|run| run.decide([failed.clone().into()]),
            ChildOutcome::Failed {
                reason,
                details: details.clone(),
            },
        ),
        (
            &|run| run.decide([canceled.clone().into()]),
            ChildOutcome::Canceled(details),
        ),
        (
            &|run| drop(run.give(terminate(None)).unwrap()),
            ChildOutcome::Terminated,
        ),
        (
            &|run| {
                run.decide([]);
                run.fire_at(120_000);
            },
            ChildOutcome::TimedOut,
        ),
    ];
    for (end, outcome) in ends {
        let mut run = Run::child_of(&parent);
        end(&mut run);
        let message = closed(&run.execution.id, outcome);
        assert_eq!(
            run.messages_of(run.execution.next_event_id - 1),
            [(Recipient::Run(parent.clone()), message)]
        );
    }
}

#[test]
fn a_parent_policy_reaches_its_own_child_only() {
    let (parent, stranger) = (run_id("workflow", 1), run_id("stranger", 3));
    let mut run = Run::child_of(&parent);
    let cancel = |source: &WorkflowExecution| Message::RequestCancel {
        source: source.clone(),
        initiated_event_id: 0,
    };
    assert_eq!(run.deliver(&stranger, cancel(&stranger)), Ok(Vec::new()));
    assert_eq!(run.deliver(&stranger, Message::Terminate), Ok(Vec::new()));
    run.decide([]);
    run.deliver(&parent, cancel(&parent)).unwrap();
    run.deliver(&parent, Message::Terminate).unwrap();
    run.expect(
        5,
        "5 WorkflowExecutionCancelRequested external 0 CHILD_POLICY_APPLIED
         6 DecisionTaskScheduled
         7 WorkflowExecutionTerminated CHILD_POLICY_APPLIED",
    );
    assert_eq!(
        run.attributes(5)["externalWorkflowExecution"]["workflowId"],
        "workflow"
    );
    assert_eq!(
        run.attributes(7)["childPolicy"],
        "TERMINATE",
        "its own policy goes on"
    );
    assert_eq!(run.messages_of(5), [], "no answer is waited for");
    assert_eq!(run.messages_of(7), [], "the parent has ended");
}

#[test]
fn a_policy_reaches_every_open_child_once() {
    for (policy, expected) in [
        (ChildPolicy::Terminate, Some(Message::Terminate)),
        (
            ChildPolicy::RequestCancel,
            Some(Message::RequestCancel {
                source: run_id("workflow", 1),
                initiated_event_id: 0,
            }),
        ),
        (ChildPolicy::Abandon, None),
    ] {
        let mut run = Run::new();
        run.decide([child("a").into(), child("b").into(), child("a").into()]);
        let started = Message::ChildStarted {
            initiated_event_id: 5,
            execution: run_id("a", 9),
        };
        run.deliver(&run_id("a", 9), started).unwrap();
        run.give(terminate(Some(policy))).unwrap();
        let reached = |id| {
            expected
                .clone()
                .map(|message| (Recipient::ChildOfSource(text(id)), message))
        };
        let expected: Vec<_> = [reached("a"), reached("b")].into_iter().flatten().collect();
        assert_eq!(run.messages_of(run.execution.next_event_id - 1), expected);
    }
}
