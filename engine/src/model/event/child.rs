//! Events about child workflows, in the parent's history.

use super::super::{
    ChildPolicy, Data, EventId, StartChildWorkflowExecutionFailedCause, TaskList, TaskPriority, Text,
    Timeout, WorkflowExecution, WorkflowExecutionTimeoutType, WorkflowType,
};

attributes! {
    /// A child is to be started. All values are resolved.
    StartChildWorkflowExecutionInitiated {
        workflow_id: Text,
        workflow_type: WorkflowType,
        task_list: TaskList,
        child_policy: ChildPolicy,
        decision_task_completed_event_id: EventId,
        input: Option<Data>,
        control: Option<Data>,
        execution_start_to_close_timeout: Option<Timeout>,
        task_start_to_close_timeout: Option<Timeout>,
        task_priority: Option<TaskPriority>,
        tag_list: Option<Vec<Text>>,
        lambda_role: Option<Text>,
    }
    /// `StartChildWorkflowExecution` was refused (`initiatedEventId` 0) or came to nothing.
    StartChildWorkflowExecutionFailed {
        workflow_type: WorkflowType,
        workflow_id: Text,
        cause: StartChildWorkflowExecutionFailedCause,
        initiated_event_id: EventId,
        decision_task_completed_event_id: EventId,
        control: Option<Data>,
    }
    /// The child began.
    ChildWorkflowExecutionStarted {
        workflow_execution: WorkflowExecution,
        workflow_type: WorkflowType,
        initiated_event_id: EventId,
    }
    /// The child ended as `COMPLETED`.
    ChildWorkflowExecutionCompleted {
        workflow_execution: WorkflowExecution,
        workflow_type: WorkflowType,
        result: Option<Data>,
        initiated_event_id: EventId,
        started_event_id: EventId,
    }
    /// The child ended as `FAILED`.
    ChildWorkflowExecutionFailed {
        workflow_execution: WorkflowExecution,
        workflow_type: WorkflowType,
        reason: Option<Text>,
        details: Option<Data>,
        initiated_event_id: EventId,
        started_event_id: EventId,
    }
    /// The child ended as `TIMED_OUT`.
    ChildWorkflowExecutionTimedOut {
        workflow_execution: WorkflowExecution,
        workflow_type: WorkflowType,
        timeout_type: WorkflowExecutionTimeoutType,
        initiated_event_id: EventId,
        started_event_id: EventId,
    }
    /// The child ended as `CANCELED`.
    ChildWorkflowExecutionCanceled {
        workflow_execution: WorkflowExecution,
        workflow_type: WorkflowType,
        details: Option<Data>,
        initiated_event_id: EventId,
        started_event_id: EventId,
    }
    /// The child ended as `TERMINATED`.
    ChildWorkflowExecutionTerminated {
        workflow_execution: WorkflowExecution,
        workflow_type: WorkflowType,
        initiated_event_id: EventId,
        started_event_id: EventId,
    }
}
