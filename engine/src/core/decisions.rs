//! A list of decisions: checked whole before anything happens, then applied in order.

use crate::model::{
    Decision, EventId, Fault, Limits, MarkerRecorded, RecordMarker, RunId, ScheduleLambdaFunction,
    ScheduleLambdaFunctionFailed, ScheduleLambdaFunctionFailedCause, Timeout,
};

use super::Completion;
use super::start::{check_execution_timeout, check_tags, constraint};
use super::turn::Turn;

/// What became of a decision. One that failed has its event, and the decider is called to see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Done,
    Failed,
}

/// Checks what makes the whole list unacceptable. The task stays open and its token usable.
pub(super) fn validate(decisions: &[Decision], limits: &Limits) -> Result<(), Fault> {
    if decisions.len() > limits.decisions {
        return Err(constraint(
            &format!("{} decisions", decisions.len()),
            "decisions",
            &format!(
                "Member must have length less than or equal to {}",
                limits.decisions
            ),
        ));
    }
    for (index, decision) in decisions.iter().enumerate() {
        validate_members(decision, limits, index + 1)?;
    }
    match decisions.split_last() {
        Some((_, others)) if others.iter().any(Decision::is_closing) => {
            Err(Fault::validation("Close must be last decision in list"))
        }
        _ => Ok(()),
    }
}

fn validate_members(decision: &Decision, limits: &Limits, position: usize) -> Result<(), Fault> {
    let path = |member: &str| format!("decisions.{position}.member.{member}");
    match decision {
        Decision::StartTimer(timer) if timer.start_to_fire_timeout == Timeout::None => Err(constraint(
            "NONE",
            &path("startTimerDecisionAttributes.startToFireTimeout"),
            "Member must be a number of seconds",
        )),
        Decision::StartChildWorkflowExecution(child) => {
            let attributes = "startChildWorkflowExecutionDecisionAttributes";
            let tags = child.tag_list.as_deref().unwrap_or_default();
            check_tags(tags, limits, &path(&format!("{attributes}.tagList")))?;
            let timeout = path(&format!("{attributes}.executionStartToCloseTimeout"));
            check_execution_timeout(child.execution_start_to_close_timeout, limits, &timeout)
        }
        Decision::ContinueAsNewWorkflowExecution(continued) => {
            let attributes = "continueAsNewWorkflowExecutionDecisionAttributes";
            let tags = continued.tag_list.as_deref().unwrap_or_default();
            check_tags(tags, limits, &path(&format!("{attributes}.tagList")))?;
            let timeout = path(&format!("{attributes}.executionStartToCloseTimeout"));
            check_execution_timeout(continued.execution_start_to_close_timeout, limits, &timeout)
        }
        _ => Ok(()),
    }
}

impl Turn<'_> {
    /// Applies a list of decisions. The decider is called again if any of them failed.
    pub(super) fn decide(&mut self, completion: &Completion, completed: EventId, successor: RunId) {
        let mut failed = false;
        for (position, decision) in completion.decisions.iter().enumerate() {
            let too_fast = completion.too_fast.contains(&position);
            failed |= self.decide_one(decision, completed, successor, too_fast) == Verdict::Failed;
        }
        if failed {
            self.call_for_decision();
        }
    }

    /// A decision that came too fast is refused in the place where its kind is refused for other reasons.
    fn decide_one(
        &mut self,
        decision: &Decision,
        completed: EventId,
        successor: RunId,
        too_fast: bool,
    ) -> Verdict {
        match decision {
            Decision::ScheduleActivityTask(d) => self.schedule_activity_task(d, completed, too_fast),
            Decision::RequestCancelActivityTask(d) => self.request_cancel_activity_task(d, completed),
            Decision::CompleteWorkflowExecution(d) => self.complete_workflow(d, completed),
            Decision::FailWorkflowExecution(d) => self.fail_workflow(d, completed),
            Decision::CancelWorkflowExecution(d) => self.cancel_workflow(d, completed),
            Decision::ContinueAsNewWorkflowExecution(d) => {
                self.continue_as_new(d, completed, successor, too_fast)
            }
            Decision::RecordMarker(d) => self.record_marker(d, completed),
            Decision::StartTimer(d) => self.start_timer(d, completed, too_fast),
            Decision::CancelTimer(d) => self.cancel_timer(d, completed),
            Decision::SignalExternalWorkflowExecution(d) => self.signal_external(d, completed, too_fast),
            Decision::RequestCancelExternalWorkflowExecution(d) => {
                self.request_cancel_external(d, completed, too_fast)
            }
            Decision::StartChildWorkflowExecution(d) => self.start_child(d, completed, too_fast),
            Decision::ScheduleLambdaFunction(d) => self.refuse_lambda(d, completed),
        }
    }

    fn record_marker(
        &mut self,
        decision: &RecordMarker,
        decision_task_completed_event_id: EventId,
    ) -> Verdict {
        self.record(MarkerRecorded {
            marker_name: decision.marker_name.clone(),
            details: decision.details.clone(),
            decision_task_completed_event_id,
        });
        Verdict::Done
    }

    fn refuse_lambda(
        &mut self,
        decision: &ScheduleLambdaFunction,
        decision_task_completed_event_id: EventId,
    ) -> Verdict {
        self.record(ScheduleLambdaFunctionFailed {
            id: decision.id.clone(),
            name: decision.name.clone(),
            cause: ScheduleLambdaFunctionFailedCause::LambdaServiceNotAvailableInRegion,
            decision_task_completed_event_id,
        });
        Verdict::Failed
    }
}
