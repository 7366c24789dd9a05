//! Events about the run itself.

use super::super::{
    ChildPolicy, CloseDecisionFailedCause, ContinueAsNewWorkflowExecutionFailedCause, Data, EventId, RunId,
    TaskList, TaskPriority, Text, Timeout, WorkflowExecution, WorkflowExecutionCancelRequestedCause,
    WorkflowExecutionTerminatedCause, WorkflowExecutionTimeoutType, WorkflowType,
};

attributes! {
    /// The run began: always event 1. All values are resolved (request, else the type's default).
    WorkflowExecutionStarted {
        workflow_type: WorkflowType,
        task_list: TaskList,
        child_policy: ChildPolicy,
        execution_start_to_close_timeout: Option<Timeout>,
        task_start_to_close_timeout: Option<Timeout>,
        input: Option<Data>,
        tag_list: Option<Vec<Text>>,
        task_priority: Option<TaskPriority>,
        lambda_role: Option<Text>,
        continued_execution_run_id: Option<RunId>,
        parent_workflow_execution: Option<WorkflowExecution>,
        parent_initiated_event_id: EventId,
    }
    /// Somebody asked the run to cancel itself. It stays open; the decider decides.
    WorkflowExecutionCancelRequested {
        external_workflow_execution: Option<WorkflowExecution>,
        external_initiated_event_id: EventId,
        cause: Option<WorkflowExecutionCancelRequestedCause>,
    }
    /// The run ended as `COMPLETED`.
    WorkflowExecutionCompleted {
        result: Option<Data>,
        decision_task_completed_event_id: EventId,
    }
    /// `CompleteWorkflowExecution` was refused.
    CompleteWorkflowExecutionFailed {
        cause: CloseDecisionFailedCause,
        decision_task_completed_event_id: EventId,
    }
    /// The run ended as `FAILED`.
    WorkflowExecutionFailed {
        reason: Option<Text>,
        details: Option<Data>,
        decision_task_completed_event_id: EventId,
    }
    /// `FailWorkflowExecution` was refused.
    FailWorkflowExecutionFailed {
        cause: CloseDecisionFailedCause,
        decision_task_completed_event_id: EventId,
    }
    /// The run ended as `TIMED_OUT`.
    WorkflowExecutionTimedOut {
        timeout_type: WorkflowExecutionTimeoutType,
        child_policy: ChildPolicy,
    }
    /// The run ended as `CANCELED`.
    WorkflowExecutionCanceled {
        details: Option<Data>,
        decision_task_completed_event_id: EventId,
    }
    /// `CancelWorkflowExecution` was refused.
    CancelWorkflowExecutionFailed {
        cause: CloseDecisionFailedCause,
        decision_task_completed_event_id: EventId,
    }
    /// The run ended as `CONTINUED_AS_NEW`; its successor began in the same commit.
    WorkflowExecutionContinuedAsNew {
        new_execution_run_id: RunId,
        task_list: TaskList,
        child_policy: ChildPolicy,
        workflow_type: WorkflowType,
        decision_task_completed_event_id: EventId,
        input: Option<Data>,
        execution_start_to_close_timeout: Option<Timeout>,
        task_start_to_close_timeout: Option<Timeout>,
        task_priority: Option<TaskPriority>,
        tag_list: Option<Vec<Text>>,
        lambda_role: Option<Text>,
    }
    /// `ContinueAsNewWorkflowExecution` was refused.
    ContinueAsNewWorkflowExecutionFailed {
        cause: ContinueAsNewWorkflowExecutionFailedCause,
        decision_task_completed_event_id: EventId,
    }
    /// The run ended as `TERMINATED`, whatever its decider wanted.
    WorkflowExecutionTerminated {
        child_policy: ChildPolicy,
        reason: Option<Text>,
        details: Option<Data>,
        cause: Option<WorkflowExecutionTerminatedCause>,
    }
    /// A signal arrived.
    WorkflowExecutionSignaled {
        signal_name: Text,
        input: Option<Data>,
        external_workflow_execution: Option<WorkflowExecution>,
        external_initiated_event_id: EventId,
    }
}
