//! Events about other runs that this run signals or asks to cancel.

use super::super::{
    Data, EventId, RequestCancelExternalWorkflowExecutionFailedCause, RunName,
    SignalExternalWorkflowExecutionFailedCause, Text, WorkflowExecution,
};

attributes! {
    /// A signal is to be sent.
    SignalExternalWorkflowExecutionInitiated {
        workflow_id: Text,
        run_id: Option<RunName>,
        signal_name: Text,
        input: Option<Data>,
        control: Option<Data>,
        decision_task_completed_event_id: EventId,
    }
    /// The signal came to nothing.
    SignalExternalWorkflowExecutionFailed {
        workflow_id: Text,
        run_id: Option<RunName>,
        cause: SignalExternalWorkflowExecutionFailedCause,
        initiated_event_id: EventId,
        decision_task_completed_event_id: EventId,
        control: Option<Data>,
    }
    /// The signal stands in the other run's history.
    ExternalWorkflowExecutionSignaled {
        workflow_execution: WorkflowExecution,
        initiated_event_id: EventId,
    }
    /// A cancellation is to be requested.
    RequestCancelExternalWorkflowExecutionInitiated {
        workflow_id: Text,
        run_id: Option<RunName>,
        control: Option<Data>,
        decision_task_completed_event_id: EventId,
    }
    /// The request came to nothing.
    RequestCancelExternalWorkflowExecutionFailed {
        workflow_id: Text,
        run_id: Option<RunName>,
        cause: RequestCancelExternalWorkflowExecutionFailedCause,
        initiated_event_id: EventId,
        decision_task_completed_event_id: EventId,
        control: Option<Data>,
    }
    /// The request stands in the other run's history.
    ExternalWorkflowExecutionCancelRequested {
        workflow_execution: WorkflowExecution,
        initiated_event_id: EventId,
    }
}
