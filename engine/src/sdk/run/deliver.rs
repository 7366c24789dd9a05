//! What an event of the history means for the run's future.

use crate::model::{Event, EventAttributes};

use super::operation::{Outcome, Refusal};
use super::scope::ScopeId;
use super::state::State;

/// Whether the workflow is told of the event. All others are the engine's own bookkeeping, or answers to decisions
/// that say no more than that the decision was taken.
pub(super) fn is_input(attributes: &EventAttributes) -> bool {
    use EventAttributes as E;
    match attributes {
        E::WorkflowExecutionStarted(_)
        | E::WorkflowExecutionSignaled(_)
        | E::WorkflowExecutionCancelRequested(_)
        | E::ScheduleActivityTaskFailed(_)
        | E::ActivityTaskCompleted(_)
        | E::ActivityTaskFailed(_)
        | E::ActivityTaskTimedOut(_)
        | E::ActivityTaskCanceled(_)
        | E::TimerFired(_)
        | E::TimerCanceled(_)
        | E::StartTimerFailed(_)
        | E::ChildWorkflowExecutionStarted(_)
        | E::ChildWorkflowExecutionCompleted(_)
        | E::ChildWorkflowExecutionFailed(_)
        | E::ChildWorkflowExecutionTimedOut(_)
        | E::ChildWorkflowExecutionCanceled(_)
        | E::ChildWorkflowExecutionTerminated(_)
        | E::StartChildWorkflowExecutionFailed(_)
        | E::ExternalWorkflowExecutionSignaled(_)
        | E::SignalExternalWorkflowExecutionFailed(_)
        | E::ExternalWorkflowExecutionCancelRequested(_)
        | E::RequestCancelExternalWorkflowExecutionFailed(_) => true,
        E::WorkflowExecutionCompleted(_)
        | E::CompleteWorkflowExecutionFailed(_)
        | E::WorkflowExecutionFailed(_)
        | E::FailWorkflowExecutionFailed(_)
        | E::WorkflowExecutionTimedOut(_)
        | E::WorkflowExecutionCanceled(_)
        | E::CancelWorkflowExecutionFailed(_)
        | E::WorkflowExecutionContinuedAsNew(_)
        | E::ContinueAsNewWorkflowExecutionFailed(_)
        | E::WorkflowExecutionTerminated(_)
        | E::DecisionTaskScheduled(_)
        | E::DecisionTaskStarted(_)
        | E::DecisionTaskCompleted(_)
        | E::DecisionTaskTimedOut(_)
        | E::ActivityTaskScheduled(_)
        | E::ActivityTaskStarted(_)
        | E::ActivityTaskCancelRequested(_)
        | E::RequestCancelActivityTaskFailed(_)
        | E::MarkerRecorded(_)
        | E::RecordMarkerFailed(_)
        | E::TimerStarted(_)
        | E::CancelTimerFailed(_)
        | E::StartChildWorkflowExecutionInitiated(_)
        | E::SignalExternalWorkflowExecutionInitiated(_)
        | E::RequestCancelExternalWorkflowExecutionInitiated(_)
        | E::LambdaFunctionScheduled(_)
        | E::LambdaFunctionStarted(_)
        | E::LambdaFunctionCompleted(_)
        | E::LambdaFunctionFailed(_)
        | E::LambdaFunctionTimedOut(_)
        | E::ScheduleLambdaFunctionFailed(_)
        | E::StartLambdaFunctionFailed(_) => false,
    }
}

impl State {
    /// Lets an event take effect. An answer to a decision that was refused stands under the event's own id.
    pub(super) fn deliver(&mut self, event: &Event) {
        use EventAttributes as E;
        match &event.attributes {
            E::WorkflowExecutionSignaled(signal) => {
                let inbox = self.inboxes.entry(signal.signal_name.clone()).or_default();
                inbox.queue.push_back(signal.input.clone());
                self.woken.append(&mut inbox.waiting);
            }
            E::WorkflowExecutionCancelRequested(_) => self.cancel_scope(ScopeId::ROOT),
            E::TimerFired(fired) => self.end(fired.started_event_id, Outcome::Done),
            E::TimerCanceled(canceled) => self.end(canceled.started_event_id, Outcome::Cancelled),
            E::StartTimerFailed(failed) => self.end(event.id, Outcome::Refused(Refusal::Timer(failed.cause))),
            E::ExternalWorkflowExecutionSignaled(signaled) => {
                self.end(signaled.initiated_event_id, Outcome::Done);
            }
            E::SignalExternalWorkflowExecutionFailed(failed) => {
                let refused = Outcome::Refused(Refusal::Signal(failed.cause));
                self.end(initiated_or(failed.initiated_event_id, event), refused);
            }
            E::ExternalWorkflowExecutionCancelRequested(requested) => {
                self.end(requested.initiated_event_id, Outcome::Done);
            }
            E::RequestCancelExternalWorkflowExecutionFailed(failed) => {
                let refused = Outcome::Refused(Refusal::Cancel(failed.cause));
                self.end(initiated_or(failed.initiated_event_id, event), refused);
            }
            _ => {
                self.deliver_activity(event);
                self.deliver_child(event);
            }
        }
    }

    fn deliver_activity(&mut self, event: &Event) {
        use EventAttributes as E;
        let (scheduled, outcome) = match &event.attributes {
            E::ActivityTaskCompleted(task) => {
                (task.scheduled_event_id, Outcome::Completed(task.result.clone()))
            }
            E::ActivityTaskFailed(task) => {
                let (reason, details) = (task.reason.clone(), task.details.clone());
                (task.scheduled_event_id, Outcome::Failed { reason, details })
            }
            E::ActivityTaskTimedOut(task) => {
                let (kind, details) = (task.timeout_type, task.details.clone());
                (task.scheduled_event_id, Outcome::TimedOut { kind, details })
            }
            E::ActivityTaskCanceled(task) => (task.scheduled_event_id, Outcome::Cancelled),
            E::ScheduleActivityTaskFailed(failed) => {
                (event.id, Outcome::Refused(Refusal::Activity(failed.cause)))
            }
            _ => return,
        };
        self.end(scheduled, outcome);
    }

    fn deliver_child(&mut self, event: &Event) {
        use EventAttributes as E;
        let (initiated, outcome) = match &event.attributes {
            E::ChildWorkflowExecutionStarted(child) => {
                return self.begun(child.initiated_event_id, child.workflow_execution.clone());
            }
            E::ChildWorkflowExecutionCompleted(child) => {
                (child.initiated_event_id, Outcome::Completed(child.result.clone()))
            }
            E::ChildWorkflowExecutionFailed(child) => {
                let (reason, details) = (child.reason.clone(), child.details.clone());
                (child.initiated_event_id, Outcome::Failed { reason, details })
            }
            E::ChildWorkflowExecutionTimedOut(child) => (child.initiated_event_id, Outcome::ChildTimedOut),
            E::ChildWorkflowExecutionCanceled(child) => (child.initiated_event_id, Outcome::Cancelled),
            E::ChildWorkflowExecutionTerminated(child) => (child.initiated_event_id, Outcome::Terminated),
            E::StartChildWorkflowExecutionFailed(failed) => {
                let refused = Outcome::Refused(Refusal::Child(failed.cause));
                (initiated_or(failed.initiated_event_id, event), refused)
            }
            _ => return,
        };
        self.end(initiated, outcome);
    }
}

/// The event that an operation stands under: the one that initiated it, or the refusal itself.
fn initiated_or(initiated: u64, event: &Event) -> u64 {
    if initiated == 0 { event.id } else { initiated }
}
