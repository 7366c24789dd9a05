//! What a workflow sees of the world.

use std::time::Duration;

use serde::de::DeserializeOwned;

use crate::model::{
    CancelTimer, ContinueAsNewWorkflowExecution, StartTimer, Text, Timeout, WorkflowExecution, WorkflowType,
};

use super::run::{Operate, Outcome, Refusal, ScopeId, Shared};
use super::{
    Activity, ActivityCall, ActivityFailure, ChildCall, ChildFailure, Signals, TimerFailure, Workflow,
    WorkflowError, payload, retry,
};

/// A workflow's only way to the world. Cheap to clone; a clone belongs to the same scope.
///
/// Its futures do nothing until they are polled. Dropping the future of an activity or timer gives it up.
///
/// Not deterministic, and so not for workflows: clocks, threads, files, sockets, other sources of chance, the order of
/// a `HashMap`, and `futures::select!` or `tokio::select!` (both draw lots; use [`WorkflowContext::race`]).
#[derive(Clone)]
pub struct WorkflowContext {
    pub(super) shared: Shared,
    pub(super) scope: ScopeId,
}

impl WorkflowContext {
    pub(super) fn new(shared: Shared) -> Self {
        WorkflowContext {
            shared,
            scope: ScopeId::ROOT,
        }
    }

    /// Has an activity done, with the options of its type.
    ///
    /// # Errors
    /// The last attempt's failure, once the retry policy gives up.
    pub fn run<A: Activity>(
        &self,
        activity: A,
    ) -> impl Future<Output = Result<A::Output, ActivityFailure>> + Send + use<A> {
        self.activity(activity).run()
    }

    /// An activity whose options this call changes.
    pub fn activity<A: Activity>(&self, activity: A) -> ActivityCall<A> {
        ActivityCall::new(self.clone(), activity)
    }

    /// Waits so long, durably; in whole seconds, rounded up.
    ///
    /// # Errors
    /// The scope was cancelled, or too many timers run.
    pub fn timer(&self, duration: Duration) -> impl Future<Output = Result<(), TimerFailure>> + Send + use<> {
        let ctx = self.clone();
        async move {
            let timer_id: Text = ctx.shared.lock().number().to_string().into();
            let start_to_fire_timeout = Timeout::Seconds(retry::whole_seconds(duration));
            let operate = Operate {
                scope: ctx.scope,
                decision: StartTimer {
                    timer_id: timer_id.clone(),
                    control: None,
                    start_to_fire_timeout,
                }
                .into(),
                cancel: Some(CancelTimer { timer_id }.into()),
                cancel_on_drop: true,
            };
            match ctx.shared.operate(operate).await {
                Outcome::Done => Ok(()),
                Outcome::Refused(Refusal::Timer(cause)) => Err(TimerFailure::Refused(cause)),
                _ => Err(TimerFailure::Cancelled),
            }
        }
    }

    /// Runs a child workflow under this workflow id and waits for its result. Dropping the future leaves the child alone.
    ///
    /// # Errors
    /// The child did not start, or ended without a result.
    pub fn child<I: Into<Text>, W: Workflow>(
        &self,
        workflow_id: I,
        input: W,
    ) -> impl Future<Output = Result<W::Output, ChildFailure>> + Send + use<I, W> {
        self.child_call(workflow_id, input).run()
    }

    /// A child whose options this call changes, or that is started without waiting for its end.
    pub fn child_call<W: Workflow>(&self, workflow_id: impl Into<Text>, input: W) -> ChildCall<W> {
        ChildCall::new(self.clone(), workflow_id.into(), input)
    }

    /// The signals of that name, in order of arrival. Receivers of one name share one queue.
    pub fn signals<T: DeserializeOwned>(&self, name: impl Into<Text>) -> Signals<T> {
        Signals::new(self.clone(), name.into())
    }

    /// Ends this run and begins its successor: `return Err(ctx.continue_as_new(&next))`. The successor has the same
    /// workflow id, task list, timeouts, tags and child policy; signals not yet received are not passed on.
    pub fn continue_as_new<W: Workflow>(&self, next: &W) -> WorkflowError {
        let input = match payload::write("the successor's input", next, self.data_chars()) {
            Ok(input) => input,
            Err(error) => return error.into(),
        };
        let state = self.shared.lock();
        let started = &state.started;
        WorkflowError::ContinueAsNew(Box::new(ContinueAsNewWorkflowExecution {
            input: Some(input),
            execution_start_to_close_timeout: started.execution_start_to_close_timeout,
            task_list: Some(started.task_list.clone()),
            task_priority: started.task_priority,
            task_start_to_close_timeout: started.task_start_to_close_timeout,
            child_policy: Some(started.child_policy),
            tag_list: started.tag_list.clone(),
            workflow_type_version: Some(W::VERSION.into()),
            lambda_role: started.lambda_role.clone(),
        }))
    }
}

/// Which run this is.
impl WorkflowContext {
    /// This run.
    pub fn execution(&self) -> WorkflowExecution {
        self.shared.lock().execution.clone()
    }

    /// The domain of this run.
    pub fn domain(&self) -> Text {
        self.shared.lock().domain.clone()
    }

    /// The type of this run.
    pub fn workflow_type(&self) -> WorkflowType {
        self.shared.lock().started.workflow_type.clone()
    }

    /// The parent of this run, if it is a child.
    pub fn parent(&self) -> Option<WorkflowExecution> {
        self.shared.lock().started.parent_workflow_execution.clone()
    }

    /// Whether the task at hand was decided before: for logging, never to decide by.
    pub fn is_replaying(&self) -> bool {
        self.shared.lock().replaying
    }

    pub(super) fn data_chars(&self) -> usize {
        self.shared.lock().data_chars
    }
}
