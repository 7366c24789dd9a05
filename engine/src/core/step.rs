//! The table of moves: which family answers which command.

use crate::model::{
    Data, Event, Fault, Message, RunId, Text, Timestamp, WorkflowExecutionCancelRequested,
    WorkflowExecutionSignaled,
};

use super::turn::Turn;
use super::{Command, Execution, Rules};

/// Applies a command to a run: decides its events and folds them. The events' ids go on from `next_event_id`; their
/// time is `now`, or that of the run's last event if that is later. No events means that there was nothing to do.
///
/// # Errors
/// A refused command changed nothing. `UnknownResourceFault` when the run is closed or the task is not open;
/// `ValidationException` when a list of decisions is not well-formed.
pub fn step(
    execution: &mut Execution,
    command: &Command,
    rules: &Rules<'_>,
    now: Timestamp,
) -> Result<Vec<Event>, Fault> {
    if !execution.is_open() {
        return closed(execution, command);
    }
    let mut turn = Turn::new(execution, *rules, now);
    match command {
        Command::Signal { signal_name, input } => turn.signal(signal_name, input),
        Command::RequestCancel => turn.request_cancel(),
        Command::Terminate {
            reason,
            details,
            child_policy,
            cause,
        } => {
            turn.terminate(reason, details, *child_policy, *cause);
        }
        Command::StartDecisionTask {
            scheduled_event_id,
            identity,
        } => {
            turn.start_decision_task(*scheduled_event_id, identity)?;
        }
        Command::CompleteDecisionTask {
            scheduled_event_id,
            started_event_id,
            completion,
            successor,
        } => {
            turn.complete_decision_task(*scheduled_event_id, *started_event_id, completion, *successor)?;
        }
        Command::StartActivityTask {
            scheduled_event_id,
            identity,
        } => {
            turn.start_activity_task(*scheduled_event_id, identity)?;
        }
        Command::CompleteActivityTask {
            scheduled_event_id,
            started_event_id,
            result,
        } => {
            turn.complete_activity_task(*scheduled_event_id, *started_event_id, result)?;
        }
        Command::FailActivityTask {
            scheduled_event_id,
            started_event_id,
            reason,
            details,
        } => {
            turn.fail_activity_task(*scheduled_event_id, *started_event_id, reason, details)?;
        }
        Command::CancelActivityTask {
            scheduled_event_id,
            started_event_id,
            details,
        } => {
            turn.cancel_activity_task(*scheduled_event_id, *started_event_id, details)?;
        }
        Command::FireDue => turn.fire_due(now),
        Command::Deliver { source, message } => turn.deliver(*source, message)?,
    }
    Ok(turn.finish())
}

/// What a closed run answers: there is nothing left to fire, and what others report to it goes unheard. Only a
/// message whose sender waits for an answer is refused like a caller's command.
fn closed(execution: &Execution, command: &Command) -> Result<Vec<Event>, Fault> {
    let refused = match command {
        Command::FireDue => false,
        Command::Deliver { message, .. } => match message {
            Message::StartChild(_) | Message::Signal { .. } | Message::RequestCancel { .. } => true,
            Message::Terminate
            | Message::ChildStarted { .. }
            | Message::ChildStartFailed { .. }
            | Message::ChildClosed { .. }
            | Message::SignalAnswer { .. }
            | Message::CancelAnswer { .. } => false,
        },
        Command::Signal { .. }
        | Command::RequestCancel
        | Command::Terminate { .. }
        | Command::StartDecisionTask { .. }
        | Command::CompleteDecisionTask { .. }
        | Command::StartActivityTask { .. }
        | Command::CompleteActivityTask { .. }
        | Command::FailActivityTask { .. }
        | Command::CancelActivityTask { .. } => true,
    };
    if refused {
        Err(execution.unknown())
    } else {
        Ok(Vec::new())
    }
}

impl Turn<'_> {
    fn signal(&mut self, signal_name: &Text, input: &Option<Data>) {
        self.record_and_call(WorkflowExecutionSignaled {
            signal_name: signal_name.clone(),
            input: input.clone(),
            external_workflow_execution: None,
            external_initiated_event_id: 0,
        });
    }

    fn request_cancel(&mut self) {
        self.record_and_call(WorkflowExecutionCancelRequested {
            external_workflow_execution: None,
            external_initiated_event_id: 0,
            cause: None,
        });
    }

    fn deliver(&mut self, source: RunId, message: &Message) -> Result<(), Fault> {
        match message {
            Message::StartChild(_) => return Err(Fault::already_started()),
            Message::Signal {
                signal_name,
                input,
                source,
                initiated_event_id,
            } => {
                self.external_signal(signal_name, input, source, *initiated_event_id);
            }
            Message::RequestCancel {
                source,
                initiated_event_id,
            } => {
                self.external_cancel_request(source, *initiated_event_id);
            }
            Message::Terminate => self.terminate_as_child_of(source),
            Message::ChildStarted {
                initiated_event_id,
                execution,
            } => {
                self.child_started(*initiated_event_id, execution);
            }
            Message::ChildStartFailed {
                initiated_event_id,
                cause,
            } => {
                self.child_start_failed(*initiated_event_id, *cause);
            }
            Message::ChildClosed {
                initiated_event_id,
                execution,
                workflow_type,
                outcome,
            } => {
                self.child_closed(*initiated_event_id, execution, workflow_type, outcome);
            }
            Message::SignalAnswer {
                initiated_event_id,
                taken_by,
            } => {
                self.signal_answered(*initiated_event_id, taken_by.as_ref());
            }
            Message::CancelAnswer {
                initiated_event_id,
                taken_by,
            } => {
                self.cancel_answered(*initiated_event_id, taken_by.as_ref());
            }
        }
        Ok(())
    }
}
