//! What each event means for the state of its run.

use crate::model::{CloseStatus, Event, EventAttributes as E, EventId, Text, WorkflowExecution};

use super::Execution;

/// A history that no run can have written: it was damaged, or read in part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CorruptHistory {
    /// It does not begin with a `WorkflowExecutionStarted`.
    #[error("the history does not begin with a WorkflowExecutionStarted: read it from its first event")]
    NotStarted,
    /// An event is missing, twice there or out of order.
    #[error(
        "the history has event {found} where event {expected} belongs: it was damaged or read out of order"
    )]
    Gap {
        /// The id that should come next.
        expected: EventId,
        /// The id that came.
        found: EventId,
    },
}

impl Execution {
    /// The state that a whole history leaves.
    ///
    /// # Errors
    /// When the events are not 1, 2, 3 ... beginning with `WorkflowExecutionStarted`.
    pub fn from_history(
        domain: Text,
        id: WorkflowExecution,
        events: &[Event],
    ) -> Result<Execution, CorruptHistory> {
        let Some((
            Event {
                id: 1,
                at,
                attributes: E::WorkflowExecutionStarted(started),
            },
            later,
        )) = events.split_first()
        else {
            return Err(CorruptHistory::NotStarted);
        };
        let mut execution = Execution::begun(domain, id, started.clone(), *at);
        for event in later {
            if event.id != execution.next_event_id {
                return Err(CorruptHistory::Gap {
                    expected: execution.next_event_id,
                    found: event.id,
                });
            }
            fold(&mut execution, event);
        }
        Ok(execution)
    }
}

/// Folds the next event of its history into a run.
pub fn fold(execution: &mut Execution, event: &Event) {
    debug_assert_eq!(event.id, execution.next_event_id, "events are folded in order");
    let Event { id, at, attributes } = event;
    let (id, at) = (*id, *at);
    execution.next_event_id = id + 1;
    execution.last_event_at = at;
    match attributes {
        // `Execution::begun` is its fold; there is no state before it.
        E::WorkflowExecutionStarted(_) => {}
        E::WorkflowExecutionCancelRequested(_) => execution.cancel_requested = true,
        E::WorkflowExecutionCompleted(_) => execution.fold_close(at, CloseStatus::Completed),
        E::WorkflowExecutionFailed(_) => execution.fold_close(at, CloseStatus::Failed),
        E::WorkflowExecutionCanceled(_) => execution.fold_close(at, CloseStatus::Canceled),
        E::WorkflowExecutionTerminated(_) => execution.fold_close(at, CloseStatus::Terminated),
        E::WorkflowExecutionContinuedAsNew(_) => execution.fold_close(at, CloseStatus::ContinuedAsNew),
        E::WorkflowExecutionTimedOut(_) => execution.fold_close(at, CloseStatus::TimedOut),

        E::DecisionTaskScheduled(e) => execution.fold_decision_scheduled(id, at, e),
        E::DecisionTaskStarted(e) => execution.fold_decision_started(id, at, e),
        E::DecisionTaskCompleted(e) => execution.fold_decision_completed(e),
        E::DecisionTaskTimedOut(e) => execution.fold_decision_timed_out(e),

        E::ActivityTaskScheduled(e) => execution.fold_activity_scheduled(id, at, e),
        E::ActivityTaskStarted(e) => execution.fold_activity_started(id, at, e),
        E::ActivityTaskCancelRequested(e) => execution.fold_activity_cancel_requested(id, e),
        E::ActivityTaskCompleted(e) => execution.fold_activity_closed(e.scheduled_event_id),
        E::ActivityTaskFailed(e) => execution.fold_activity_closed(e.scheduled_event_id),
        E::ActivityTaskTimedOut(e) => execution.fold_activity_closed(e.scheduled_event_id),
        E::ActivityTaskCanceled(e) => execution.fold_activity_closed(e.scheduled_event_id),

        E::TimerStarted(e) => execution.fold_timer_started(id, at, e),
        E::TimerFired(e) => execution.fold_timer_ended(e.started_event_id),
        E::TimerCanceled(e) => execution.fold_timer_ended(e.started_event_id),

        E::StartChildWorkflowExecutionInitiated(e) => execution.fold_child_initiated(id, e),
        E::StartChildWorkflowExecutionFailed(e) => execution.fold_child_ended(e.initiated_event_id),
        E::ChildWorkflowExecutionStarted(e) => execution.fold_child_started(id, e),
        E::ChildWorkflowExecutionCompleted(e) => execution.fold_child_ended(e.initiated_event_id),
        E::ChildWorkflowExecutionFailed(e) => execution.fold_child_ended(e.initiated_event_id),
        E::ChildWorkflowExecutionTimedOut(e) => execution.fold_child_ended(e.initiated_event_id),
        E::ChildWorkflowExecutionCanceled(e) => execution.fold_child_ended(e.initiated_event_id),
        E::ChildWorkflowExecutionTerminated(e) => execution.fold_child_ended(e.initiated_event_id),

        E::SignalExternalWorkflowExecutionInitiated(e) => execution.fold_signal_initiated(id, e),
        E::SignalExternalWorkflowExecutionFailed(e) => execution.fold_signal_answered(e.initiated_event_id),
        E::ExternalWorkflowExecutionSignaled(e) => execution.fold_signal_answered(e.initiated_event_id),
        E::RequestCancelExternalWorkflowExecutionInitiated(e) => execution.fold_cancel_initiated(id, e),
        E::RequestCancelExternalWorkflowExecutionFailed(e) => {
            execution.fold_cancel_answered(e.initiated_event_id);
        }
        E::ExternalWorkflowExecutionCancelRequested(e) => {
            execution.fold_cancel_answered(e.initiated_event_id);
        }

        // Facts for the decider that open and close nothing.
        E::CompleteWorkflowExecutionFailed(_)
        | E::FailWorkflowExecutionFailed(_)
        | E::CancelWorkflowExecutionFailed(_)
        | E::ContinueAsNewWorkflowExecutionFailed(_)
        | E::ScheduleActivityTaskFailed(_)
        | E::RequestCancelActivityTaskFailed(_)
        | E::WorkflowExecutionSignaled(_)
        | E::MarkerRecorded(_)
        | E::RecordMarkerFailed(_)
        | E::StartTimerFailed(_)
        | E::CancelTimerFailed(_)
        | E::ScheduleLambdaFunctionFailed(_) => {}
        // This engine calls no Lambda functions, so none is ever open.
        E::LambdaFunctionScheduled(_)
        | E::LambdaFunctionStarted(_)
        | E::LambdaFunctionCompleted(_)
        | E::LambdaFunctionFailed(_)
        | E::LambdaFunctionTimedOut(_)
        | E::StartLambdaFunctionFailed(_) => {}
    }
}
