//! Child workflows, as their parent sees them.

use std::sync::Arc;

use crate::model::{
    ChildOutcome, ChildWorkflowExecutionCanceled, ChildWorkflowExecutionCompleted,
    ChildWorkflowExecutionFailed, ChildWorkflowExecutionStarted, ChildWorkflowExecutionTerminated,
    ChildWorkflowExecutionTimedOut, EventAttributes, EventId, StartChildWorkflowExecution,
    StartChildWorkflowExecutionFailed, StartChildWorkflowExecutionFailedCause as Cause,
    StartChildWorkflowExecutionInitiated, WorkflowExecution, WorkflowExecutionTimeoutType, WorkflowType,
};

use super::decisions::Verdict;
use super::start::{Requested, Undefined, UnusableType, usable_type};
use super::turn::Turn;
use super::{Execution, OpenChild};

impl Turn<'_> {
    pub(super) fn start_child(
        &mut self,
        decision: &StartChildWorkflowExecution,
        decision_task_completed_event_id: EventId,
        too_fast: bool,
    ) -> Verdict {
        match self.resolve_child(decision, decision_task_completed_event_id, too_fast) {
            Ok(initiated) => {
                self.record(initiated);
                Verdict::Done
            }
            Err(cause) => {
                self.record(StartChildWorkflowExecutionFailed {
                    workflow_type: decision.workflow_type.clone(),
                    workflow_id: decision.workflow_id.clone(),
                    cause,
                    initiated_event_id: 0,
                    decision_task_completed_event_id,
                    control: decision.control.clone(),
                });
                Verdict::Failed
            }
        }
    }

    fn resolve_child(
        &self,
        decision: &StartChildWorkflowExecution,
        decision_task_completed_event_id: EventId,
        too_fast: bool,
    ) -> Result<StartChildWorkflowExecutionInitiated, Cause> {
        if too_fast {
            return Err(Cause::ChildCreationRateExceeded);
        }
        let defaults = usable_type(self.rules.types, &decision.workflow_type)?;
        if self.execution.children.len() >= self.rules.limits.open_children {
            return Err(Cause::OpenChildrenLimitExceeded);
        }
        let resolved = Requested {
            task_list: decision.task_list.as_ref(),
            task_priority: decision.task_priority,
            execution_start_to_close_timeout: decision.execution_start_to_close_timeout,
            task_start_to_close_timeout: decision.task_start_to_close_timeout,
            child_policy: decision.child_policy,
            lambda_role: decision.lambda_role.as_ref(),
        }
        .resolve(defaults)?;
        Ok(StartChildWorkflowExecutionInitiated {
            workflow_id: decision.workflow_id.clone(),
            workflow_type: decision.workflow_type.clone(),
            task_list: resolved.task_list,
            child_policy: resolved.child_policy,
            decision_task_completed_event_id,
            input: decision.input.clone(),
            control: decision.control.clone(),
            execution_start_to_close_timeout: Some(resolved.execution_start_to_close_timeout),
            task_start_to_close_timeout: Some(resolved.task_start_to_close_timeout),
            task_priority: resolved.task_priority,
            tag_list: decision.tag_list.clone().filter(|tags| !tags.is_empty()),
            lambda_role: resolved.lambda_role,
        })
    }

    pub(super) fn child_started(&mut self, initiated_event_id: EventId, execution: &WorkflowExecution) {
        let Some(OpenChild {
            initiated,
            started: None,
        }) = self.execution.children.get(&initiated_event_id)
        else {
            return;
        };
        let workflow_type = initiated.workflow_type.clone();
        self.record_and_call(ChildWorkflowExecutionStarted {
            workflow_execution: execution.clone(),
            workflow_type,
            initiated_event_id,
        });
    }

    pub(super) fn child_start_failed(&mut self, initiated_event_id: EventId, cause: Cause) {
        let Some(OpenChild {
            initiated,
            started: None,
        }) = self.execution.children.get(&initiated_event_id)
        else {
            return;
        };
        let initiated = Arc::clone(initiated);
        self.record_and_call(StartChildWorkflowExecutionFailed {
            workflow_type: initiated.workflow_type.clone(),
            workflow_id: initiated.workflow_id.clone(),
            cause,
            initiated_event_id,
            decision_task_completed_event_id: initiated.decision_task_completed_event_id,
            control: initiated.control.clone(),
        });
    }

    /// A child ended. Its first run and the run that ended may differ, and so may the order in which they are heard:
    /// a close that comes first brings the start with it, and the start is then old news.
    pub(super) fn child_closed(
        &mut self,
        initiated_event_id: EventId,
        execution: &WorkflowExecution,
        workflow_type: &WorkflowType,
        outcome: &ChildOutcome,
    ) {
        self.child_started(initiated_event_id, execution);
        let Some(OpenChild {
            started: Some((_, started_event_id)),
            ..
        }) = self.execution.children.get(&initiated_event_id)
        else {
            return;
        };
        let started_event_id = *started_event_id;
        self.record_and_call(child_close_event(
            initiated_event_id,
            started_event_id,
            execution.clone(),
            workflow_type.clone(),
            outcome,
        ));
    }
}

fn child_close_event(
    initiated_event_id: EventId,
    started_event_id: EventId,
    workflow_execution: WorkflowExecution,
    workflow_type: WorkflowType,
    outcome: &ChildOutcome,
) -> EventAttributes {
    match outcome {
        ChildOutcome::Completed(result) => ChildWorkflowExecutionCompleted {
            workflow_execution,
            workflow_type,
            result: result.clone(),
            initiated_event_id,
            started_event_id,
        }
        .into(),
        ChildOutcome::Failed { reason, details } => ChildWorkflowExecutionFailed {
            workflow_execution,
            workflow_type,
            reason: reason.clone(),
            details: details.clone(),
            initiated_event_id,
            started_event_id,
        }
        .into(),
        ChildOutcome::Canceled(details) => ChildWorkflowExecutionCanceled {
            workflow_execution,
            workflow_type,
            details: details.clone(),
            initiated_event_id,
            started_event_id,
        }
        .into(),
        ChildOutcome::TimedOut => ChildWorkflowExecutionTimedOut {
            workflow_execution,
            workflow_type,
            timeout_type: WorkflowExecutionTimeoutType::StartToClose,
            initiated_event_id,
            started_event_id,
        }
        .into(),
        ChildOutcome::Terminated => ChildWorkflowExecutionTerminated {
            workflow_execution,
            workflow_type,
            initiated_event_id,
            started_event_id,
        }
        .into(),
    }
}

impl From<UnusableType> for Cause {
    fn from(problem: UnusableType) -> Self {
        match problem {
            UnusableType::DoesNotExist => Cause::WorkflowTypeDoesNotExist,
            UnusableType::Deprecated => Cause::WorkflowTypeDeprecated,
        }
    }
}

impl From<Undefined> for Cause {
    fn from(undefined: Undefined) -> Self {
        match undefined {
            Undefined::TaskList => Cause::DefaultTaskListUndefined,
            Undefined::TaskStartToCloseTimeout => Cause::DefaultTaskStartToCloseTimeoutUndefined,
            Undefined::ExecutionStartToCloseTimeout => Cause::DefaultExecutionStartToCloseTimeoutUndefined,
            Undefined::ChildPolicy => Cause::DefaultChildPolicyUndefined,
        }
    }
}

impl Execution {
    pub(super) fn fold_child_initiated(&mut self, id: EventId, event: &StartChildWorkflowExecutionInitiated) {
        self.children.insert(
            id,
            OpenChild {
                initiated: Arc::new(event.clone()),
                started: None,
            },
        );
    }

    pub(super) fn fold_child_started(&mut self, id: EventId, event: &ChildWorkflowExecutionStarted) {
        if let Some(child) = self.children.get_mut(&event.initiated_event_id) {
            child.started = Some((event.workflow_execution.clone(), id));
        }
    }

    /// It ended, or never began; a child that was refused before its initiation (0) was never there.
    pub(super) fn fold_child_ended(&mut self, initiated_event_id: EventId) {
        self.children.remove(&initiated_event_id);
    }
}
