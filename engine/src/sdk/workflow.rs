//! What a workflow is: a struct that is its input and names its type, and the async function that decides.

use std::fmt;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::model::{
    ChildPolicy, ContinueAsNewWorkflowExecution, Data, TaskList, TaskPriority, Text, Timeout, WorkflowType,
    WorkflowTypeDefaults,
};

use super::{
    ActivityFailure, ChildFailure, ExternalFailure, PayloadError, SignalFailure, TimerFailure,
    WorkflowContext, retry,
};

/// A durable function. It is run again from its history after a restart, so it must be deterministic: time, chance
/// and everything that it learns of the world come from its [`WorkflowContext`].
///
/// ```
/// use apus::sdk::{Workflow, WorkflowContext, WorkflowError};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// struct Remind { days: u32 }
///
/// impl Workflow for Remind {
///     type Output = String;
///     const NAME: &'static str = "remind";
///
///     async fn run(self, ctx: WorkflowContext) -> Result<String, WorkflowError> {
///         ctx.timer(std::time::Duration::from_secs(86_400) * self.days).await?;
///         Ok(format!("{} days later", self.days))
///     }
/// }
/// ```
pub trait Workflow: Serialize + DeserializeOwned + Send + 'static {
    /// What it gives back.
    type Output: Serialize + DeserializeOwned + Send + 'static;
    /// The name of its type.
    const NAME: &'static str;
    /// The version of its type. Runs keep the version that they began with.
    const VERSION: &'static str = "1";

    /// Its task list, timeouts and child policy, unless a start says otherwise.
    fn options() -> WorkflowOptions {
        WorkflowOptions::default()
    }

    /// Decides.
    ///
    /// # Errors
    /// [`WorkflowError::Failed`] ends the run as failed, [`WorkflowError::Cancelled`] as canceled and
    /// [`WorkflowError::ContinueAsNew`] begins its successor.
    fn run(self, ctx: WorkflowContext) -> impl Future<Output = Result<Self::Output, WorkflowError>> + Send;
}

/// The type of a workflow.
pub(super) fn type_of<W: Workflow>() -> WorkflowType {
    WorkflowType::new(W::NAME, W::VERSION)
}

/// Where a run's decisions are made and how long it and they may take.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkflowOptions {
    /// The task list of its decision tasks. The deciders of a node take those of the list that the type was registered
    /// with, so a run on another list needs a decider that polls it.
    pub task_list: Text,
    /// How long the run may take.
    pub execution_timeout: Timeout,
    /// How long a decision task may take: also how long a run stands still when a node dies while it decides.
    pub task_timeout: Timeout,
    /// What happens to its children when it is terminated or times out.
    pub child_policy: ChildPolicy,
    /// The place of its decision tasks among waiting ones: higher first.
    pub priority: TaskPriority,
}

impl WorkflowOptions {
    /// The task list of workflows that name none.
    pub const TASK_LIST: &'static str = "workflows";

    /// On this task list.
    pub fn task_list(self, name: impl Into<Text>) -> Self {
        WorkflowOptions {
            task_list: name.into(),
            ..self
        }
    }

    /// The run may take so long.
    pub fn execution_timeout(self, limit: Duration) -> Self {
        WorkflowOptions {
            execution_timeout: retry::timeout(limit),
            ..self
        }
    }

    /// A decision task may take so long.
    pub fn task_timeout(self, limit: Duration) -> Self {
        WorkflowOptions {
            task_timeout: retry::timeout(limit),
            ..self
        }
    }

    /// With this child policy.
    pub fn child_policy(self, child_policy: ChildPolicy) -> Self {
        WorkflowOptions { child_policy, ..self }
    }

    /// The defaults that its type is registered with.
    pub fn defaults(&self) -> WorkflowTypeDefaults {
        WorkflowTypeDefaults {
            default_task_start_to_close_timeout: Some(self.task_timeout),
            default_execution_start_to_close_timeout: Some(self.execution_timeout),
            default_task_list: Some(TaskList::new(self.task_list.clone())),
            default_task_priority: Some(self.priority),
            default_child_policy: Some(self.child_policy),
            default_lambda_role: None,
        }
    }
}

impl Default for WorkflowOptions {
    /// A year for the run (the engine's limit), ten seconds for a decision; children of a terminated run are terminated.
    fn default() -> Self {
        WorkflowOptions {
            task_list: Self::TASK_LIST.into(),
            execution_timeout: Timeout::Seconds(365 * 24 * 3_600),
            task_timeout: Timeout::Seconds(10),
            child_policy: ChildPolicy::Terminate,
            priority: TaskPriority::default(),
        }
    }
}

/// How a workflow ends other than with a result.
#[derive(Clone, Debug, PartialEq)]
pub enum WorkflowError {
    /// As failed.
    Failed {
        /// A stable code in `snake_case`, up to 256 characters.
        reason: Text,
        /// For people.
        details: Data,
    },
    /// As canceled.
    Cancelled,
    /// With a successor under the same workflow id: see [`WorkflowContext::continue_as_new`].
    ContinueAsNew(Box<ContinueAsNewWorkflowExecution>),
}

impl WorkflowError {
    /// The run failed for this reason.
    pub fn failed(reason: impl Into<Text>, details: impl Into<Data>) -> Self {
        WorkflowError::Failed {
            reason: reason.into(),
            details: details.into(),
        }
    }

    fn because(reason: &str, why: &impl fmt::Display) -> Self {
        WorkflowError::failed(reason, why.to_string())
    }
}

impl fmt::Display for WorkflowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WorkflowError::Failed { reason, details } => write!(f, "{reason}: {details}"),
            WorkflowError::Cancelled => f.write_str("cancelled"),
            WorkflowError::ContinueAsNew(_) => f.write_str("continues as a new run"),
        }
    }
}

impl std::error::Error for WorkflowError {}

impl From<ActivityFailure> for WorkflowError {
    fn from(failure: ActivityFailure) -> Self {
        if failure.is_cancelled() {
            return WorkflowError::Cancelled;
        }
        WorkflowError::because(failure.reason(), &failure)
    }
}

impl From<ChildFailure> for WorkflowError {
    fn from(failure: ChildFailure) -> Self {
        match failure {
            ChildFailure::Cancelled { .. } => WorkflowError::Cancelled,
            failure => WorkflowError::because(failure.reason(), &failure),
        }
    }
}

impl From<TimerFailure> for WorkflowError {
    fn from(failure: TimerFailure) -> Self {
        match failure {
            TimerFailure::Cancelled => WorkflowError::Cancelled,
            TimerFailure::Refused(_) => WorkflowError::because("timer_refused", &failure),
        }
    }
}

impl From<SignalFailure> for WorkflowError {
    fn from(failure: SignalFailure) -> Self {
        match failure {
            SignalFailure::Cancelled => WorkflowError::Cancelled,
            SignalFailure::Payload { .. } => WorkflowError::because("unreadable_signal", &failure),
        }
    }
}

impl From<ExternalFailure> for WorkflowError {
    fn from(failure: ExternalFailure) -> Self {
        match failure {
            ExternalFailure::Cancelled { .. } => WorkflowError::Cancelled,
            failure => WorkflowError::because("external_workflow_not_reached", &failure),
        }
    }
}

impl From<PayloadError> for WorkflowError {
    fn from(error: PayloadError) -> Self {
        WorkflowError::because(error.reason(), &error)
    }
}
