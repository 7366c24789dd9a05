//! Starting and steering runs, with types.

mod close;
mod service;

pub(super) use close::Close;
pub use close::RunFailure;
pub use service::WorkflowService;

use std::marker::PhantomData;

use serde::Serialize;

use crate::core::NewRun;
use crate::model::{Limits, RunId, TaskList, Text, WorkflowExecution};

use super::workflow::type_of;
use super::{PayloadError, Workflow, WorkflowOptions, payload};

/// Starts and steers the runs of a domain.
#[derive(Clone)]
pub struct Client<S> {
    service: S,
    domain: Text,
    data_chars: usize,
}

impl<S: WorkflowService> Client<S> {
    /// A client for this domain.
    pub fn new(service: S, domain: impl Into<Text>) -> Self {
        Client {
            service,
            domain: domain.into(),
            data_chars: Limits::default().data_chars,
        }
    }

    /// Payloads may have so many characters. As the engine's limit, unless set.
    pub fn data_limit(self, data_chars: usize) -> Self {
        Client { data_chars, ..self }
    }

    /// Begins a run with the options of its type.
    ///
    /// # Errors
    /// The input is too large, or the engine's fault: `WorkflowExecutionAlreadyStartedFault` while a run of that
    /// workflow id is open.
    pub async fn start<W: Workflow + Sync>(
        &self,
        workflow_id: impl Into<Text>,
        input: &W,
    ) -> Result<RunHandle<W, S>, RunFailure> {
        self.start_with(workflow_id, input, W::options(), Vec::new())
            .await
    }

    /// Begins a run with these options and up to 5 tags to find it by.
    ///
    /// # Errors
    /// As [`Client::start`].
    pub async fn start_with<W: Workflow + Sync>(
        &self,
        workflow_id: impl Into<Text>,
        input: &W,
        options: WorkflowOptions,
        tags: Vec<Text>,
    ) -> Result<RunHandle<W, S>, RunFailure> {
        let workflow_id = workflow_id.into();
        let new = new_run(input, options, tags, self.data_chars)?;
        let run_id = self.service.start(&self.domain, &workflow_id, new).await?;
        Ok(self.handle(WorkflowExecution { workflow_id, run_id }))
    }

    /// A handle on a run that was started elsewhere or before.
    pub fn handle<W: Workflow>(&self, execution: WorkflowExecution) -> RunHandle<W, S> {
        RunHandle {
            client: self.clone(),
            execution,
            of: PhantomData,
        }
    }

    /// Signals the open run of a workflow id.
    ///
    /// # Errors
    /// The input is too large, or the engine's fault: `UnknownResourceFault` when no run is open.
    pub async fn signal<T: Serialize + Sync>(
        &self,
        workflow_id: &str,
        signal_name: &str,
        input: &T,
    ) -> Result<(), RunFailure> {
        self.signal_run(workflow_id, None, signal_name, input).await
    }

    async fn signal_run<T: Serialize + Sync>(
        &self,
        workflow_id: &str,
        run_id: Option<RunId>,
        signal_name: &str,
        input: &T,
    ) -> Result<(), RunFailure> {
        let input = payload::write("the signal's input", input, self.data_chars)?;
        Ok(self
            .service
            .signal(&self.domain, workflow_id, run_id, signal_name, Some(input))
            .await?)
    }
}

/// A typed handle on a run.
pub struct RunHandle<W, S> {
    client: Client<S>,
    execution: WorkflowExecution,
    of: PhantomData<fn() -> W>,
}

impl<W: Workflow, S: WorkflowService> RunHandle<W, S> {
    /// The run.
    pub fn execution(&self) -> &WorkflowExecution {
        &self.execution
    }

    /// Its run id.
    pub fn run_id(&self) -> RunId {
        self.execution.run_id
    }

    /// Waits for the result, through the runs that continue this one.
    ///
    /// # Errors
    /// The run, or the last that continues it, ended without a result.
    pub async fn result(&self) -> Result<W::Output, RunFailure> {
        let mut execution = self.execution.clone();
        loop {
            let last = self
                .client
                .service
                .wait_closed(&self.client.domain, &execution)
                .await?;
            match Close::of(&last.attributes) {
                Close::Result(result) => return Ok(payload::read("the workflow's result", result.as_ref())?),
                Close::ContinuedAs(run_id) => execution.run_id = run_id,
                Close::Failure(failure) => return Err(failure),
            }
        }
    }

    /// Signals the run.
    ///
    /// # Errors
    /// As [`Client::signal`].
    pub async fn signal<T: Serialize + Sync>(&self, signal_name: &str, input: &T) -> Result<(), RunFailure> {
        let WorkflowExecution { workflow_id, run_id } = &self.execution;
        self.client
            .signal_run(workflow_id, Some(*run_id), signal_name, input)
            .await
    }

    /// Asks the run to cancel itself.
    ///
    /// # Errors
    /// The engine's fault: `UnknownResourceFault` when the run is closed.
    pub async fn cancel(&self) -> Result<(), RunFailure> {
        let WorkflowExecution { workflow_id, run_id } = &self.execution;
        Ok(self
            .client
            .service
            .request_cancel(&self.client.domain, workflow_id, Some(*run_id))
            .await?)
    }

    /// Ends the run, and its children as its child policy says.
    ///
    /// # Errors
    /// The engine's fault: `UnknownResourceFault` when the run is closed.
    pub async fn terminate(&self, reason: &str) -> Result<(), RunFailure> {
        let WorkflowExecution { workflow_id, run_id } = &self.execution;
        let service = &self.client.service;
        Ok(service
            .terminate(&self.client.domain, workflow_id, Some(*run_id), reason, None)
            .await?)
    }
}

/// The request to begin a run.
pub(super) fn new_run<W: Workflow>(
    input: &W,
    options: WorkflowOptions,
    tags: Vec<Text>,
    data_chars: usize,
) -> Result<NewRun, PayloadError> {
    Ok(NewRun {
        workflow_type: type_of::<W>(),
        task_list: Some(TaskList::new(options.task_list)),
        task_priority: Some(options.priority),
        input: Some(payload::write("the workflow's input", input, data_chars)?),
        execution_start_to_close_timeout: Some(options.execution_timeout),
        task_start_to_close_timeout: Some(options.task_timeout),
        tag_list: tags,
        child_policy: Some(options.child_policy),
        lambda_role: None,
    })
}
