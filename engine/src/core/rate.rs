//! Decisions that come faster than the service takes them. How fast that is belongs to the server; here it is only
//! written down.

use crate::model::{
    ContinueAsNewWorkflowExecutionFailed, ContinueAsNewWorkflowExecutionFailedCause, Decision, EventId,
    RequestCancelExternalWorkflowExecutionFailed, RequestCancelExternalWorkflowExecutionFailedCause,
    ScheduleActivityTaskFailed, ScheduleActivityTaskFailedCause, SignalExternalWorkflowExecutionFailed,
    SignalExternalWorkflowExecutionFailedCause, StartChildWorkflowExecutionFailed,
    StartChildWorkflowExecutionFailedCause, StartTimerFailed, StartTimerFailedCause,
};

use super::turn::Turn;

impl Turn<'_> {
    /// Records that a decision came too fast. False when there is no such failure of its kind: then it is carried out.
    pub(super) fn refuse_rate(&mut self, decision: &Decision, completed: EventId) -> bool {
        let decision_task_completed_event_id = completed;
        match decision {
            Decision::ScheduleActivityTask(d) => self.record(ScheduleActivityTaskFailed {
                activity_type: d.activity_type.clone(),
                activity_id: d.activity_id.clone(),
                cause: ScheduleActivityTaskFailedCause::ActivityCreationRateExceeded,
                decision_task_completed_event_id,
            }),
            Decision::StartTimer(d) => self.record(StartTimerFailed {
                timer_id: d.timer_id.clone(),
                cause: StartTimerFailedCause::TimerCreationRateExceeded,
                decision_task_completed_event_id,
            }),
            Decision::StartChildWorkflowExecution(d) => self.record(StartChildWorkflowExecutionFailed {
                workflow_type: d.workflow_type.clone(),
                workflow_id: d.workflow_id.clone(),
                cause: StartChildWorkflowExecutionFailedCause::ChildCreationRateExceeded,
                initiated_event_id: 0,
                decision_task_completed_event_id,
                control: d.control.clone(),
            }),
            Decision::SignalExternalWorkflowExecution(d) => self
                .record(SignalExternalWorkflowExecutionFailed {
                workflow_id: d.workflow_id.clone(),
                run_id: d.run_id.clone(),
                cause:
                    SignalExternalWorkflowExecutionFailedCause::SignalExternalWorkflowExecutionRateExceeded,
                initiated_event_id: 0,
                decision_task_completed_event_id,
                control: d.control.clone(),
            }),
            Decision::RequestCancelExternalWorkflowExecution(d) => {
                use RequestCancelExternalWorkflowExecutionFailedCause as Cause;
                self.record(RequestCancelExternalWorkflowExecutionFailed {
                    workflow_id: d.workflow_id.clone(),
                    run_id: d.run_id.clone(),
                    cause: Cause::RequestCancelExternalWorkflowExecutionRateExceeded,
                    initiated_event_id: 0,
                    decision_task_completed_event_id,
                    control: d.control.clone(),
                })
            }
            Decision::ContinueAsNewWorkflowExecution(_) => {
                use ContinueAsNewWorkflowExecutionFailedCause as Cause;
                self.record(ContinueAsNewWorkflowExecutionFailed {
                    cause: Cause::ContinueAsNewWorkflowExecutionRateExceeded,
                    decision_task_completed_event_id,
                })
            }
            _ => return false,
        };
        true
    }
}
