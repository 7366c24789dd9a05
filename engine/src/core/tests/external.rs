//! Signals and cancel requests between runs, from both sides.

use super::closing::terminate;
use super::run::{Run, child, complete, run_id, text};
use crate::core::Command;
use crate::model::{
    Decision, Fault, Message, Recipient, RequestCancelExternalWorkflowExecution,
    SignalExternalWorkflowExecution, WorkflowExecution,
};

pub(super) fn signal_to(workflow_id: &str, run: Option<&WorkflowExecution>) -> Decision {
    SignalExternalWorkflowExecution {
        workflow_id: text(workflow_id),
        run_id: run.map(|run| run.run_id.into()),
        signal_name: text("signal"),
        input: Some(text("input")),
        control: Some(text("control")),
    }
    .into()
}

pub(super) fn cancel_of(workflow_id: &str) -> Decision {
    RequestCancelExternalWorkflowExecution {
        workflow_id: text(workflow_id),
        run_id: None,
        control: None,
    }
    .into()
}

#[test]
fn signals_and_cancel_requests_go_out_and_are_answered() {
    let other = run_id("other", 3);
    let mut run = Run::new();
    run.decide([
        signal_to("other", None),
        signal_to("other", Some(&other)),
        cancel_of("other"),
        cancel_of("gone"),
    ]);
    let source = run.execution.id.clone();
    let signal = |initiated_event_id| Message::Signal {
        signal_name: text("signal"),
        input: Some(text("input")),
        source: source.clone(),
        initiated_event_id,
    };
    assert_eq!(
        run.messages_of(5),
        [(Recipient::Workflow(text("other")), signal(5))]
    );
    assert_eq!(run.messages_of(6), [(Recipient::Run(other.clone()), signal(6))]);
    let request = Message::RequestCancel {
        source,
        initiated_event_id: 7,
    };
    assert_eq!(
        run.messages_of(7),
        [(Recipient::Workflow(text("other")), request)]
    );
    let signaled = |initiated_event_id, taken| Message::SignalAnswer {
        initiated_event_id,
        taken_by: bool::then(taken, || other.clone()),
    };
    let canceled = |initiated_event_id, taken| Message::CancelAnswer {
        initiated_event_id,
        taken_by: bool::then(taken, || other.clone()),
    };
    let answers = [
        signaled(5, true),
        signaled(6, false),
        canceled(7, true),
        canceled(8, false),
    ];
    for answer in answers.into_iter().chain([signaled(5, true), canceled(8, false)]) {
        run.deliver(&other, answer).unwrap();
    }
    run.expect(
        5,
        "5 SignalExternalWorkflowExecutionInitiated dec 4
         6 SignalExternalWorkflowExecutionInitiated dec 4
         7 RequestCancelExternalWorkflowExecutionInitiated dec 4
         8 RequestCancelExternalWorkflowExecutionInitiated dec 4
         9 ExternalWorkflowExecutionSignaled init 5
         10 DecisionTaskScheduled
         11 SignalExternalWorkflowExecutionFailed dec 4 init 6 UNKNOWN_EXTERNAL_WORKFLOW_EXECUTION
         12 ExternalWorkflowExecutionCancelRequested init 7
         13 RequestCancelExternalWorkflowExecutionFailed dec 4 init 8 UNKNOWN_EXTERNAL_WORKFLOW_EXECUTION",
    );
    assert_eq!(run.attributes(11)["control"], "control");
}

#[test]
fn signals_and_cancel_requests_come_in_and_are_acknowledged() {
    let source = run_id("source", 3);
    let mut run = Run::new();
    let signal = Message::Signal {
        signal_name: text("signal"),
        input: None,
        source: source.clone(),
        initiated_event_id: 7,
    };
    let cancel = Message::RequestCancel {
        source: source.clone(),
        initiated_event_id: 8,
    };
    run.deliver(&source, signal.clone()).unwrap();
    run.deliver(&source, cancel.clone()).unwrap();
    run.expect(
        3,
        "3 WorkflowExecutionSignaled external 7\n4 WorkflowExecutionCancelRequested external 8",
    );
    let taken_by = Some(run.execution.id.clone());
    let signaled = Message::SignalAnswer {
        initiated_event_id: 7,
        taken_by: taken_by.clone(),
    };
    assert_eq!(run.messages_of(3), [(Recipient::Run(source.clone()), signaled)]);
    let canceled = Message::CancelAnswer {
        initiated_event_id: 8,
        taken_by,
    };
    assert_eq!(run.messages_of(4), [(Recipient::Run(source.clone()), canceled)]);
    run.give(terminate(None)).unwrap();
    for message in [signal, cancel] {
        let refused = run.deliver(&source, message);
        assert_eq!(
            refused,
            Err(Fault::unknown_run("workflow", run.execution.id.run_id))
        );
    }
}

#[test]
fn a_run_may_signal_itself() {
    let mut run = Run::new();
    run.decide([signal_to("workflow", None)]);
    let me = run.execution.id.clone();
    let [(Recipient::Workflow(_), signal)] = &run.messages_of(5)[..] else {
        panic!("one signal")
    };
    run.deliver(&me, signal.clone()).unwrap();
    let [(Recipient::Run(source), answer)] = &run.messages_of(6)[..] else {
        panic!("one answer")
    };
    assert_eq!(source, &me);
    run.deliver(&me, answer.clone()).unwrap();
    run.expect(
        5,
        "5 SignalExternalWorkflowExecutionInitiated dec 4
         6 WorkflowExecutionSignaled external 5
         7 DecisionTaskScheduled
         8 ExternalWorkflowExecutionSignaled init 5",
    );
}

#[test]
fn answers_to_a_closed_run_go_unheard() {
    let other = run_id("other", 3);
    let mut run = Run::new();
    run.decide([signal_to("other", None), child("child").into(), complete()]);
    let next = run.execution.next_event_id;
    let answer = Message::SignalAnswer {
        initiated_event_id: 5,
        taken_by: None,
    };
    let started = Message::ChildStarted {
        initiated_event_id: 6,
        execution: other.clone(),
    };
    for message in [answer, started, Message::Terminate] {
        assert_eq!(run.deliver(&other, message), Ok(Vec::new()));
    }
    assert_eq!(run.give(Command::FireDue), Ok(Vec::new()));
    assert_eq!(run.execution.next_event_id, next);
}
