//! Children: runs that a workflow starts and may wait for.

use std::marker::PhantomData;

use crate::model::{
    ChildPolicy, RequestCancelExternalWorkflowExecution, StartChildWorkflowExecution, TaskList, Text,
    WorkflowExecution,
};

use super::run::{Ongoing, Operate, Outcome, Refusal};
use super::workflow::type_of;
use super::{ChildFailure, Workflow, WorkflowContext, WorkflowOptions, payload};

/// A child that is being prepared; begins with [`ChildCall::run`] or [`ChildCall::start`].
#[must_use = "a child is only started when its `run` or `start` is awaited"]
pub struct ChildCall<W> {
    ctx: WorkflowContext,
    workflow_id: Text,
    input: W,
    options: WorkflowOptions,
    tags: Vec<Text>,
}

impl<W: Workflow> ChildCall<W> {
    pub(super) fn new(ctx: WorkflowContext, workflow_id: Text, input: W) -> Self {
        ChildCall {
            ctx,
            workflow_id,
            input,
            options: W::options(),
            tags: Vec::new(),
        }
    }

    /// With these options instead of its type's.
    pub fn options(self, options: WorkflowOptions) -> Self {
        ChildCall { options, ..self }
    }

    /// With this child policy: what happens to it when this run is terminated or times out.
    pub fn child_policy(self, child_policy: ChildPolicy) -> Self {
        ChildCall {
            options: self.options.child_policy(child_policy),
            ..self
        }
    }

    /// With one more tag to find it by.
    pub fn tag(mut self, tag: impl Into<Text>) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// Starts it and waits for its result.
    ///
    /// # Errors
    /// It did not start, or ended without a result.
    pub async fn run(self) -> Result<W::Output, ChildFailure> {
        let workflow_id = self.workflow_id.clone();
        match self.begin()? {
            Some(ongoing) => read_result(workflow_id, ongoing.await),
            None => Err(ChildFailure::Cancelled { workflow_id }),
        }
    }

    /// Starts it and waits until it has begun.
    ///
    /// # Errors
    /// It did not start.
    pub async fn start(self) -> Result<StartedChild<W>, ChildFailure> {
        let workflow_id = self.workflow_id.clone();
        let Some(mut ongoing) = self.begin()? else {
            return Err(ChildFailure::Cancelled { workflow_id });
        };
        match ongoing.begun().await {
            Ok(execution) => Ok(StartedChild {
                execution,
                ongoing,
                of: PhantomData,
            }),
            Err(outcome) => Err(failure(workflow_id, outcome)),
        }
    }

    fn begin(self) -> Result<Option<Ongoing>, ChildFailure> {
        let ChildCall {
            ctx,
            workflow_id,
            input,
            options,
            tags,
        } = self;
        let input =
            payload::write("the input", &input, ctx.data_chars()).map_err(|error| ChildFailure::Payload {
                workflow_id: workflow_id.clone(),
                error,
            })?;
        let decision = StartChildWorkflowExecution {
            workflow_type: type_of::<W>(),
            workflow_id: workflow_id.clone(),
            control: None,
            input: Some(input),
            execution_start_to_close_timeout: Some(options.execution_timeout),
            task_list: Some(TaskList::new(options.task_list)),
            task_priority: Some(options.priority),
            task_start_to_close_timeout: Some(options.task_timeout),
            child_policy: Some(options.child_policy),
            tag_list: (!tags.is_empty()).then_some(tags),
            lambda_role: None,
        };
        // Without a run id: the child may have continued as new.
        let cancel = RequestCancelExternalWorkflowExecution {
            workflow_id,
            run_id: None,
            control: None,
        };
        Ok(ctx.shared.begin(Operate {
            scope: ctx.scope,
            decision: decision.into(),
            cancel: Some(cancel.into()),
            cancel_on_drop: false,
        }))
    }
}

/// A child that has begun. Dropping this leaves the child alone.
pub struct StartedChild<W> {
    execution: WorkflowExecution,
    ongoing: Ongoing,
    of: PhantomData<fn() -> W>,
}

impl<W: Workflow> StartedChild<W> {
    /// Its first run.
    pub fn execution(&self) -> &WorkflowExecution {
        &self.execution
    }

    /// Waits for its result.
    ///
    /// # Errors
    /// It ended without a result.
    pub async fn result(self) -> Result<W::Output, ChildFailure> {
        read_result(self.execution.workflow_id, self.ongoing.await)
    }
}

fn read_result<T: serde::de::DeserializeOwned>(
    workflow_id: Text,
    outcome: Outcome,
) -> Result<T, ChildFailure> {
    match outcome {
        Outcome::Completed(result) => payload::read("the result", result.as_ref())
            .map_err(|error| ChildFailure::Payload { workflow_id, error }),
        outcome => Err(failure(workflow_id, outcome)),
    }
}

fn failure(workflow_id: Text, outcome: Outcome) -> ChildFailure {
    match outcome {
        Outcome::Failed { reason, details } => ChildFailure::Failed {
            workflow_id,
            reason,
            details,
        },
        Outcome::ChildTimedOut => ChildFailure::TimedOut { workflow_id },
        Outcome::Terminated => ChildFailure::Terminated { workflow_id },
        Outcome::Refused(Refusal::Child(cause)) => ChildFailure::Refused { workflow_id, cause },
        _ => ChildFailure::Cancelled { workflow_id },
    }
}
