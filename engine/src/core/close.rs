//! How a run ends: by decision, by termination, by its clock; and the run that continues it.

use crate::model::{
    CancelWorkflowExecution, CancelWorkflowExecutionFailed, ChildPolicy, CloseDecisionFailedCause,
    CloseStatus, CompleteWorkflowExecution, CompleteWorkflowExecutionFailed, ContinueAsNewWorkflowExecution,
    ContinueAsNewWorkflowExecutionFailed, ContinueAsNewWorkflowExecutionFailedCause as Cause, Data, EventId,
    FailWorkflowExecution, FailWorkflowExecutionFailed, RunId, Text, Timestamp, WorkflowExecution,
    WorkflowExecutionCanceled, WorkflowExecutionCompleted, WorkflowExecutionContinuedAsNew,
    WorkflowExecutionFailed, WorkflowExecutionStarted, WorkflowExecutionTerminated,
    WorkflowExecutionTerminatedCause, WorkflowExecutionTimedOut, WorkflowExecutionTimeoutType, WorkflowType,
};

use super::decisions::Verdict;
use super::start::{Requested, Undefined, UnusableType, usable_type};
use super::turn::Turn;
use super::{Closed, Execution};

/// The run that a `ContinueAsNewWorkflowExecution` begins, and its first event. It keeps the parent of the run that
/// it continues: to the parent it is the same child.
pub fn successor(
    execution: &Execution,
    continued: &WorkflowExecutionContinuedAsNew,
) -> (WorkflowExecution, WorkflowExecutionStarted) {
    let id = WorkflowExecution {
        workflow_id: execution.id.workflow_id.clone(),
        run_id: continued.new_execution_run_id,
    };
    let started = WorkflowExecutionStarted {
        workflow_type: continued.workflow_type.clone(),
        task_list: continued.task_list.clone(),
        child_policy: continued.child_policy,
        execution_start_to_close_timeout: continued.execution_start_to_close_timeout,
        task_start_to_close_timeout: continued.task_start_to_close_timeout,
        input: continued.input.clone(),
        tag_list: continued.tag_list.clone(),
        task_priority: continued.task_priority,
        lambda_role: continued.lambda_role.clone(),
        continued_execution_run_id: Some(execution.id.run_id),
        parent_workflow_execution: execution.started.parent_workflow_execution.clone(),
        parent_initiated_event_id: execution.started.parent_initiated_event_id,
    };
    (id, started)
}

/// Closing decisions. Each is refused while a decision task waits: something happened that the decider has not seen.
impl Turn<'_> {
    pub(super) fn complete_workflow(
        &mut self,
        decision: &CompleteWorkflowExecution,
        decision_task_completed_event_id: EventId,
    ) -> Verdict {
        if let Some(cause) = self.unhandled_decision() {
            self.record(CompleteWorkflowExecutionFailed {
                cause,
                decision_task_completed_event_id,
            });
            return Verdict::Failed;
        }
        let result = decision.result.clone();
        self.record(WorkflowExecutionCompleted {
            result,
            decision_task_completed_event_id,
        });
        Verdict::Done
    }

    pub(super) fn fail_workflow(
        &mut self,
        decision: &FailWorkflowExecution,
        decision_task_completed_event_id: EventId,
    ) -> Verdict {
        if let Some(cause) = self.unhandled_decision() {
            self.record(FailWorkflowExecutionFailed {
                cause,
                decision_task_completed_event_id,
            });
            return Verdict::Failed;
        }
        self.record(WorkflowExecutionFailed {
            reason: decision.reason.clone(),
            details: decision.details.clone(),
            decision_task_completed_event_id,
        });
        Verdict::Done
    }

    pub(super) fn cancel_workflow(
        &mut self,
        decision: &CancelWorkflowExecution,
        decision_task_completed_event_id: EventId,
    ) -> Verdict {
        if let Some(cause) = self.unhandled_decision() {
            self.record(CancelWorkflowExecutionFailed {
                cause,
                decision_task_completed_event_id,
            });
            return Verdict::Failed;
        }
        let details = decision.details.clone();
        self.record(WorkflowExecutionCanceled {
            details,
            decision_task_completed_event_id,
        });
        Verdict::Done
    }

    pub(super) fn continue_as_new(
        &mut self,
        decision: &ContinueAsNewWorkflowExecution,
        decision_task_completed_event_id: EventId,
        successor: RunId,
        too_fast: bool,
    ) -> Verdict {
        match self.resolve_successor(decision, decision_task_completed_event_id, successor, too_fast) {
            Ok(continued) => {
                self.record(continued);
                Verdict::Done
            }
            Err(cause) => {
                self.record(ContinueAsNewWorkflowExecutionFailed {
                    cause,
                    decision_task_completed_event_id,
                });
                Verdict::Failed
            }
        }
    }

    fn resolve_successor(
        &self,
        decision: &ContinueAsNewWorkflowExecution,
        decision_task_completed_event_id: EventId,
        successor: RunId,
        too_fast: bool,
    ) -> Result<WorkflowExecutionContinuedAsNew, Cause> {
        if too_fast {
            return Err(Cause::ContinueAsNewWorkflowExecutionRateExceeded);
        }
        if self.unhandled_decision().is_some() {
            return Err(Cause::UnhandledDecision);
        }
        let current = &self.execution.started.workflow_type;
        let workflow_type = WorkflowType {
            name: current.name.clone(),
            version: decision
                .workflow_type_version
                .as_ref()
                .unwrap_or(&current.version)
                .clone(),
        };
        let resolved = Requested {
            task_list: decision.task_list.as_ref(),
            task_priority: decision.task_priority,
            execution_start_to_close_timeout: decision.execution_start_to_close_timeout,
            task_start_to_close_timeout: decision.task_start_to_close_timeout,
            child_policy: decision.child_policy,
            lambda_role: decision.lambda_role.as_ref(),
        }
        .resolve(usable_type(self.rules.types, &workflow_type)?)?;
        Ok(WorkflowExecutionContinuedAsNew {
            new_execution_run_id: successor,
            task_list: resolved.task_list,
            child_policy: resolved.child_policy,
            workflow_type,
            decision_task_completed_event_id,
            input: decision.input.clone(),
            execution_start_to_close_timeout: Some(resolved.execution_start_to_close_timeout),
            task_start_to_close_timeout: Some(resolved.task_start_to_close_timeout),
            task_priority: resolved.task_priority,
            tag_list: decision.tag_list.clone().filter(|tags| !tags.is_empty()),
            lambda_role: resolved.lambda_role,
        })
    }

    fn unhandled_decision(&self) -> Option<CloseDecisionFailedCause> {
        self.execution
            .decisions
            .waiting
            .as_ref()
            .map(|_| CloseDecisionFailedCause::UnhandledDecision)
    }
}

/// Ends that the decider is not asked about.
impl Turn<'_> {
    pub(super) fn terminate(
        &mut self,
        reason: &Option<Text>,
        details: &Option<Data>,
        child_policy: Option<ChildPolicy>,
        cause: WorkflowExecutionTerminatedCause,
    ) {
        let child_policy = child_policy.unwrap_or(self.execution.started.child_policy);
        self.record(WorkflowExecutionTerminated {
            child_policy,
            reason: reason.clone(),
            details: details.clone(),
            cause: Some(cause),
        });
    }

    /// The child policy of the run's parent ends it. The run passes its own policy on.
    pub(super) fn terminate_as_child_of(&mut self, parent: RunId) {
        if self.execution.is_child_of(parent) {
            self.terminate(
                &None,
                &None,
                None,
                WorkflowExecutionTerminatedCause::ChildPolicyApplied,
            );
        }
    }

    pub(super) fn time_out_execution(&mut self) {
        let child_policy = self.execution.started.child_policy;
        self.record(WorkflowExecutionTimedOut {
            timeout_type: WorkflowExecutionTimeoutType::StartToClose,
            child_policy,
        });
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
    /// Everything stops. Open activities, timers and children stay counted, as SWF has it; a cancel request no
    /// longer shows.
    pub(super) fn fold_close(&mut self, at: Timestamp, status: CloseStatus) {
        self.closed = Some(Closed { status, at });
        self.cancel_requested = false;
        self.decisions.waiting = None;
        self.decisions.started = None;
        self.clocks.clear();
    }
}
