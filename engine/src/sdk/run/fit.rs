//! Whether what the code decided is what the history says was decided.

use std::fmt;

use crate::model::{
    ActivityType, CloseDecisionFailedCause, ContinueAsNewWorkflowExecutionFailedCause, Decision,
    EventAttributes, EventId, WorkflowType,
};

use super::state::PATCH_MARKER;

/// The `DecisionTaskCompleted` that an event answers a decision of: such events follow it, one a decision, in order.
pub(super) fn answers(attributes: &EventAttributes) -> Option<EventId> {
    use EventAttributes as E;
    let id = match attributes {
        E::ActivityTaskScheduled(a) => a.decision_task_completed_event_id,
        E::ScheduleActivityTaskFailed(a) => a.decision_task_completed_event_id,
        E::ActivityTaskCancelRequested(a) => a.decision_task_completed_event_id,
        E::RequestCancelActivityTaskFailed(a) => a.decision_task_completed_event_id,
        E::TimerStarted(a) => a.decision_task_completed_event_id,
        E::StartTimerFailed(a) => a.decision_task_completed_event_id,
        E::TimerCanceled(a) => a.decision_task_completed_event_id,
        E::CancelTimerFailed(a) => a.decision_task_completed_event_id,
        E::MarkerRecorded(a) => a.decision_task_completed_event_id,
        E::RecordMarkerFailed(a) => a.decision_task_completed_event_id,
        E::StartChildWorkflowExecutionInitiated(a) => a.decision_task_completed_event_id,
        E::SignalExternalWorkflowExecutionInitiated(a) => a.decision_task_completed_event_id,
        E::RequestCancelExternalWorkflowExecutionInitiated(a) => a.decision_task_completed_event_id,
        // These also come later, when what was initiated came to nothing.
        E::StartChildWorkflowExecutionFailed(a) if a.initiated_event_id == 0 => {
            a.decision_task_completed_event_id
        }
        E::SignalExternalWorkflowExecutionFailed(a) if a.initiated_event_id == 0 => {
            a.decision_task_completed_event_id
        }
        E::RequestCancelExternalWorkflowExecutionFailed(a) if a.initiated_event_id == 0 => {
            a.decision_task_completed_event_id
        }
        E::WorkflowExecutionCompleted(a) => a.decision_task_completed_event_id,
        E::CompleteWorkflowExecutionFailed(a) => a.decision_task_completed_event_id,
        E::WorkflowExecutionFailed(a) => a.decision_task_completed_event_id,
        E::FailWorkflowExecutionFailed(a) => a.decision_task_completed_event_id,
        E::WorkflowExecutionCanceled(a) => a.decision_task_completed_event_id,
        E::CancelWorkflowExecutionFailed(a) => a.decision_task_completed_event_id,
        E::WorkflowExecutionContinuedAsNew(a) => a.decision_task_completed_event_id,
        E::ContinueAsNewWorkflowExecutionFailed(a) => a.decision_task_completed_event_id,
        E::LambdaFunctionScheduled(a) => a.decision_task_completed_event_id,
        E::ScheduleLambdaFunctionFailed(a) => a.decision_task_completed_event_id,
        _ => return None,
    };
    Some(id)
}

/// What identifies a decision: kind, type and id. Inputs and timeouts are not part of it, so that code may improve
/// what it asks for without breaking runs that have asked already.
#[derive(Clone, Copy, Debug)]
pub(super) struct Identity<'a> {
    kind: &'static str,
    id: &'a str,
    /// What is named besides; `None` where an event does not repeat it.
    name: Option<&'a str>,
    version: &'a str,
}

impl PartialEq for Identity<'_> {
    fn eq(&self, other: &Self) -> bool {
        let names_agree = match (self.name, other.name) {
            (Some(name), Some(other)) => name == other,
            _ => true,
        };
        names_agree && self.kind == other.kind && self.id == other.id && self.version == other.version
    }
}

impl fmt::Display for Identity<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind)?;
        for part in [self.name.unwrap_or_default(), self.version, self.id] {
            if !part.is_empty() {
                write!(f, " {part}")?;
            }
        }
        Ok(())
    }
}

impl<'a> Identity<'a> {
    fn new(kind: &'static str, id: &'a str) -> Self {
        Identity {
            kind,
            id,
            name: Some(""),
            version: "",
        }
    }

    fn named(kind: &'static str, id: &'a str, name: Option<&'a str>) -> Self {
        Identity {
            kind,
            id,
            name,
            version: "",
        }
    }

    fn activity(of: &'a ActivityType, id: &'a str) -> Self {
        Identity {
            kind: "ScheduleActivityTask",
            id,
            name: Some(&of.name),
            version: &of.version,
        }
    }

    fn child(of: &'a WorkflowType, id: &'a str) -> Self {
        Identity {
            kind: "StartChildWorkflowExecution",
            id,
            name: Some(&of.name),
            version: &of.version,
        }
    }

    /// Of a patch the id counts, of other markers the name.
    fn marker(name: &'a str, details: Option<&'a str>) -> Self {
        let id = if name == PATCH_MARKER {
            details.unwrap_or_default()
        } else {
            ""
        };
        Identity::named("RecordMarker", id, Some(name))
    }

    /// Of a decision.
    pub(super) fn of_decision(decision: &'a Decision) -> Self {
        match decision {
            Decision::ScheduleActivityTask(d) => Identity::activity(&d.activity_type, &d.activity_id),
            Decision::RequestCancelActivityTask(d) => {
                Identity::new("RequestCancelActivityTask", &d.activity_id)
            }
            Decision::StartTimer(d) => Identity::new("StartTimer", &d.timer_id),
            Decision::CancelTimer(d) => Identity::new("CancelTimer", &d.timer_id),
            Decision::RecordMarker(d) => Identity::marker(&d.marker_name, d.details.as_deref()),
            Decision::StartChildWorkflowExecution(d) => Identity::child(&d.workflow_type, &d.workflow_id),
            Decision::SignalExternalWorkflowExecution(d) => Identity::named(
                "SignalExternalWorkflowExecution",
                &d.workflow_id,
                Some(&d.signal_name),
            ),
            Decision::RequestCancelExternalWorkflowExecution(d) => {
                Identity::new("RequestCancelExternalWorkflowExecution", &d.workflow_id)
            }
            Decision::ScheduleLambdaFunction(d) => {
                Identity::named("ScheduleLambdaFunction", &d.id, Some(&d.name))
            }
            Decision::CompleteWorkflowExecution(_)
            | Decision::FailWorkflowExecution(_)
            | Decision::CancelWorkflowExecution(_)
            | Decision::ContinueAsNewWorkflowExecution(_) => Identity::new(decision.name(), ""),
        }
    }

    /// Of the decision that an event answers.
    pub(super) fn of_event(event: &'a EventAttributes) -> Self {
        use EventAttributes as E;
        match event {
            E::ActivityTaskScheduled(a) => Identity::activity(&a.activity_type, &a.activity_id),
            E::ScheduleActivityTaskFailed(a) => Identity::activity(&a.activity_type, &a.activity_id),
            E::ActivityTaskCancelRequested(a) => Identity::new("RequestCancelActivityTask", &a.activity_id),
            E::RequestCancelActivityTaskFailed(a) => {
                Identity::new("RequestCancelActivityTask", &a.activity_id)
            }
            E::TimerStarted(a) => Identity::new("StartTimer", &a.timer_id),
            E::StartTimerFailed(a) => Identity::new("StartTimer", &a.timer_id),
            E::TimerCanceled(a) => Identity::new("CancelTimer", &a.timer_id),
            E::CancelTimerFailed(a) => Identity::new("CancelTimer", &a.timer_id),
            E::MarkerRecorded(a) => Identity::marker(&a.marker_name, a.details.as_deref()),
            E::RecordMarkerFailed(a) => Identity::marker(&a.marker_name, None),
            E::StartChildWorkflowExecutionInitiated(a) => Identity::child(&a.workflow_type, &a.workflow_id),
            E::StartChildWorkflowExecutionFailed(a) => Identity::child(&a.workflow_type, &a.workflow_id),
            E::SignalExternalWorkflowExecutionInitiated(a) => Identity::named(
                "SignalExternalWorkflowExecution",
                &a.workflow_id,
                Some(&a.signal_name),
            ),
            E::SignalExternalWorkflowExecutionFailed(a) => {
                Identity::named("SignalExternalWorkflowExecution", &a.workflow_id, None)
            }
            E::RequestCancelExternalWorkflowExecutionInitiated(a) => {
                Identity::new("RequestCancelExternalWorkflowExecution", &a.workflow_id)
            }
            E::RequestCancelExternalWorkflowExecutionFailed(a) => {
                Identity::new("RequestCancelExternalWorkflowExecution", &a.workflow_id)
            }
            E::LambdaFunctionScheduled(a) => Identity::named("ScheduleLambdaFunction", &a.id, Some(&a.name)),
            E::ScheduleLambdaFunctionFailed(a) => {
                Identity::named("ScheduleLambdaFunction", &a.id, Some(&a.name))
            }
            E::WorkflowExecutionCompleted(_) | E::CompleteWorkflowExecutionFailed(_) => {
                Identity::new("CompleteWorkflowExecution", "")
            }
            E::WorkflowExecutionFailed(_) | E::FailWorkflowExecutionFailed(_) => {
                Identity::new("FailWorkflowExecution", "")
            }
            E::WorkflowExecutionCanceled(_) | E::CancelWorkflowExecutionFailed(_) => {
                Identity::new("CancelWorkflowExecution", "")
            }
            E::WorkflowExecutionContinuedAsNew(_) | E::ContinueAsNewWorkflowExecutionFailed(_) => {
                Identity::new("ContinueAsNewWorkflowExecution", "")
            }
            other => Identity::new(other.event_type().name(), ""),
        }
    }
}

/// Whether a closing decision was refused because something had happened meanwhile that the decider had not seen.
/// `None` if the event refuses no closing decision.
pub(super) fn close_refused(event: &EventAttributes) -> Option<CloseRefused> {
    use CloseDecisionFailedCause as Cause;
    use ContinueAsNewWorkflowExecutionFailedCause as ContinueCause;
    use EventAttributes as E;
    let cause = match event {
        E::CompleteWorkflowExecutionFailed(a) => a.cause,
        E::FailWorkflowExecutionFailed(a) => a.cause,
        E::CancelWorkflowExecutionFailed(a) => a.cause,
        E::ContinueAsNewWorkflowExecutionFailed(a) => match a.cause {
            ContinueCause::UnhandledDecision => Cause::UnhandledDecision,
            cause => return Some(CloseRefused::For(format!("{cause:?}"))),
        },
        _ => return None,
    };
    Some(match cause {
        Cause::UnhandledDecision => CloseRefused::ForNow,
        Cause::OperationNotPermitted => CloseRefused::For(format!("{cause:?}")),
    })
}

/// Why a closing decision was refused.
pub(super) enum CloseRefused {
    /// It is to be decided again with the next task.
    ForNow,
    /// It will be refused again.
    For(String),
}
