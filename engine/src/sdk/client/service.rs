//! What a client needs of an engine.

use crate::core::NewRun;
use crate::model::{ChildPolicy, Data, Event, Fault, RunId, WorkflowExecution};

/// An engine as a client sees it: in this process or over the wire.
pub trait WorkflowService: Clone + Send + Sync + 'static {
    /// Begins a run.
    ///
    /// # Errors
    /// The engine's fault; `WorkflowExecutionAlreadyStartedFault` while one of that workflow id is open.
    fn start(
        &self,
        domain: &str,
        workflow_id: &str,
        new: NewRun,
    ) -> impl Future<Output = Result<RunId, Fault>> + Send;

    /// Signals a run; without a run id the open one.
    ///
    /// # Errors
    /// The engine's fault.
    fn signal(
        &self,
        domain: &str,
        workflow_id: &str,
        run_id: Option<RunId>,
        signal_name: &str,
        input: Option<Data>,
    ) -> impl Future<Output = Result<(), Fault>> + Send;

    /// Asks a run to cancel itself.
    ///
    /// # Errors
    /// The engine's fault.
    fn request_cancel(
        &self,
        domain: &str,
        workflow_id: &str,
        run_id: Option<RunId>,
    ) -> impl Future<Output = Result<(), Fault>> + Send;

    /// Ends a run.
    ///
    /// # Errors
    /// The engine's fault.
    fn terminate(
        &self,
        domain: &str,
        workflow_id: &str,
        run_id: Option<RunId>,
        reason: &str,
        child_policy: Option<ChildPolicy>,
    ) -> impl Future<Output = Result<(), Fault>> + Send;

    /// Waits until a run is closed; its last event.
    ///
    /// # Errors
    /// The engine's fault.
    fn wait_closed(
        &self,
        domain: &str,
        execution: &WorkflowExecution,
    ) -> impl Future<Output = Result<Event, Fault>> + Send;
}
