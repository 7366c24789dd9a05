//! What an event of one run means for other runs.

use std::collections::HashSet;

use crate::model::{
    ChildOutcome, ChildPolicy, Event, EventAttributes as E, Message, Recipient, RunId, RunName,
    SignalExternalWorkflowExecutionInitiated, StartChild, StartChildWorkflowExecutionInitiated, Text,
    WorkflowExecution, WorkflowExecutionStarted, WorkflowExecutionTerminatedCause,
};

use super::Execution;

/// The messages that an event calls for, in the order in which they are numbered ([`crate::model::MessageId`]).
/// `execution` has the event folded in. Most events call for none.
pub fn messages(execution: &Execution, event: &Event) -> Vec<(Recipient, Message)> {
    match &event.attributes {
        E::WorkflowExecutionStarted(e) => child_started(execution, e).into_iter().collect(),
        E::WorkflowExecutionSignaled(e) => match &e.external_workflow_execution {
            Some(source) => vec![(
                Recipient::Run(source.clone()),
                Message::SignalAnswer {
                    initiated_event_id: e.external_initiated_event_id,
                    taken_by: Some(execution.id.clone()),
                },
            )],
            None => Vec::new(),
        },
        E::WorkflowExecutionCancelRequested(e) => match &e.external_workflow_execution {
            // A child policy asks for no answer: the parent has ended.
            Some(source) if e.external_initiated_event_id != 0 => vec![(
                Recipient::Run(source.clone()),
                Message::CancelAnswer {
                    initiated_event_id: e.external_initiated_event_id,
                    taken_by: Some(execution.id.clone()),
                },
            )],
            _ => Vec::new(),
        },
        E::StartChildWorkflowExecutionInitiated(e) => vec![start_child(execution, event, e)],
        E::SignalExternalWorkflowExecutionInitiated(e) => vec![signal(execution, event, e)],
        E::RequestCancelExternalWorkflowExecutionInitiated(e) => vec![(
            recipient(&e.workflow_id, e.run_id.as_ref()),
            Message::RequestCancel {
                source: execution.id.clone(),
                initiated_event_id: event.id,
            },
        )],
        E::WorkflowExecutionCompleted(e) => tell_parent(execution, ChildOutcome::Completed(e.result.clone()))
            .into_iter()
            .collect(),
        E::WorkflowExecutionFailed(e) => {
            let outcome = ChildOutcome::Failed {
                reason: e.reason.clone(),
                details: e.details.clone(),
            };
            tell_parent(execution, outcome).into_iter().collect()
        }
        E::WorkflowExecutionCanceled(e) => tell_parent(execution, ChildOutcome::Canceled(e.details.clone()))
            .into_iter()
            .collect(),
        E::WorkflowExecutionTimedOut(e) => tell_parent(execution, ChildOutcome::TimedOut)
            .into_iter()
            .chain(apply_child_policy(execution, e.child_policy))
            .collect(),
        E::WorkflowExecutionTerminated(e) => {
            // The parent that ended its child by policy has ended itself.
            let by_parent = e.cause == Some(WorkflowExecutionTerminatedCause::ChildPolicyApplied);
            let parent = if by_parent {
                None
            } else {
                tell_parent(execution, ChildOutcome::Terminated)
            };
            parent
                .into_iter()
                .chain(apply_child_policy(execution, e.child_policy))
                .collect()
        }
        // The rest is the run's own business.
        E::CompleteWorkflowExecutionFailed(_)
        | E::FailWorkflowExecutionFailed(_)
        | E::CancelWorkflowExecutionFailed(_)
        | E::WorkflowExecutionContinuedAsNew(_)
        | E::ContinueAsNewWorkflowExecutionFailed(_)
        | E::DecisionTaskScheduled(_)
        | E::DecisionTaskStarted(_)
        | E::DecisionTaskCompleted(_)
        | E::DecisionTaskTimedOut(_)
        | E::ActivityTaskScheduled(_)
        | E::ScheduleActivityTaskFailed(_)
        | E::ActivityTaskStarted(_)
        | E::ActivityTaskCompleted(_)
        | E::ActivityTaskFailed(_)
        | E::ActivityTaskTimedOut(_)
        | E::ActivityTaskCanceled(_)
        | E::ActivityTaskCancelRequested(_)
        | E::RequestCancelActivityTaskFailed(_)
        | E::MarkerRecorded(_)
        | E::RecordMarkerFailed(_)
        | E::TimerStarted(_)
        | E::StartTimerFailed(_)
        | E::TimerFired(_)
        | E::TimerCanceled(_)
        | E::CancelTimerFailed(_)
        | E::StartChildWorkflowExecutionFailed(_)
        | E::ChildWorkflowExecutionStarted(_)
        | E::ChildWorkflowExecutionCompleted(_)
        | E::ChildWorkflowExecutionFailed(_)
        | E::ChildWorkflowExecutionTimedOut(_)
        | E::ChildWorkflowExecutionCanceled(_)
        | E::ChildWorkflowExecutionTerminated(_)
        | E::SignalExternalWorkflowExecutionFailed(_)
        | E::ExternalWorkflowExecutionSignaled(_)
        | E::RequestCancelExternalWorkflowExecutionFailed(_)
        | E::ExternalWorkflowExecutionCancelRequested(_)
        | E::LambdaFunctionScheduled(_)
        | E::LambdaFunctionStarted(_)
        | E::LambdaFunctionCompleted(_)
        | E::LambdaFunctionFailed(_)
        | E::LambdaFunctionTimedOut(_)
        | E::ScheduleLambdaFunctionFailed(_)
        | E::StartLambdaFunctionFailed(_) => Vec::new(),
    }
}

/// A child tells its parent that it began; a run that continues another is no new child.
fn child_started(execution: &Execution, started: &WorkflowExecutionStarted) -> Option<(Recipient, Message)> {
    let parent = started.parent_workflow_execution.as_ref()?;
    started.continued_execution_run_id.is_none().then(|| {
        let message = Message::ChildStarted {
            initiated_event_id: started.parent_initiated_event_id,
            execution: execution.id.clone(),
        };
        (Recipient::Run(parent.clone()), message)
    })
}

fn start_child(
    execution: &Execution,
    event: &Event,
    initiated: &StartChildWorkflowExecutionInitiated,
) -> (Recipient, Message) {
    let started = WorkflowExecutionStarted {
        workflow_type: initiated.workflow_type.clone(),
        task_list: initiated.task_list.clone(),
        child_policy: initiated.child_policy,
        execution_start_to_close_timeout: initiated.execution_start_to_close_timeout,
        task_start_to_close_timeout: initiated.task_start_to_close_timeout,
        input: initiated.input.clone(),
        tag_list: initiated.tag_list.clone(),
        task_priority: initiated.task_priority,
        lambda_role: initiated.lambda_role.clone(),
        continued_execution_run_id: None,
        parent_workflow_execution: Some(execution.id.clone()),
        parent_initiated_event_id: event.id,
    };
    let workflow_id = initiated.workflow_id.clone();
    (
        Recipient::NewRun(workflow_id.clone()),
        Message::StartChild(Box::new(StartChild { workflow_id, started })),
    )
}

fn signal(
    execution: &Execution,
    event: &Event,
    initiated: &SignalExternalWorkflowExecutionInitiated,
) -> (Recipient, Message) {
    (
        recipient(&initiated.workflow_id, initiated.run_id.as_ref()),
        Message::Signal {
            signal_name: initiated.signal_name.clone(),
            input: initiated.input.clone(),
            source: execution.id.clone(),
            initiated_event_id: event.id,
        },
    )
}

fn recipient(workflow_id: &Text, run: Option<&RunName>) -> Recipient {
    match run {
        Some(run) => Recipient::Run(WorkflowExecution {
            workflow_id: workflow_id.clone(),
            // Where a text can't be an id, nobody is found.
            run_id: run.id().unwrap_or(RunId::NOBODY),
        }),
        None => Recipient::Workflow(workflow_id.clone()),
    }
}

fn tell_parent(execution: &Execution, outcome: ChildOutcome) -> Option<(Recipient, Message)> {
    let parent = execution.parent()?;
    let message = Message::ChildClosed {
        initiated_event_id: parent.initiated_event_id,
        execution: execution.id.clone(),
        workflow_type: execution.started.workflow_type.clone(),
        outcome,
    };
    Some((Recipient::Run(parent.execution), message))
}

/// Children that were only initiated are reached too: their `StartChild` was sent before. One message a workflow id,
/// because one run of it at most is open.
fn apply_child_policy(execution: &Execution, policy: ChildPolicy) -> Vec<(Recipient, Message)> {
    let message = match policy {
        ChildPolicy::Terminate => Message::Terminate,
        ChildPolicy::RequestCancel => Message::RequestCancel {
            source: execution.id.clone(),
            initiated_event_id: 0,
        },
        ChildPolicy::Abandon => return Vec::new(),
    };
    let mut reached = HashSet::new();
    execution
        .children
        .values()
        .map(|child| &child.initiated.workflow_id)
        .filter(|workflow_id| reached.insert(Text::clone(workflow_id)))
        .map(|workflow_id| (Recipient::ChildOfSource(workflow_id.clone()), message.clone()))
        .collect()
}
