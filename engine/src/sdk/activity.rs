//! What an activity is: a struct that is its input and names its type, and the async function that does it.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::model::{ActivityType, ActivityTypeDefaults, TaskList, TaskPriority, Text, Timeout};

use super::retry::{self, RetryPolicy};
use super::{ActivityError, ActivityTask};

/// A step with effects on the world. It may run more than once (a worker can die after the effect and before the
/// answer), so it must do no harm the second time.
///
/// ```
/// use std::sync::Arc;
/// use apus::sdk::{Activity, ActivityError, ActivityTask};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// struct Greet { name: String }
///
/// impl Activity for Greet {
///     type Output = String;
///     type Context = ();
///     const NAME: &'static str = "greet";
///
///     async fn run(self, _: ActivityTask, _: Arc<()>) -> Result<String, ActivityError> {
///         Ok(format!("Hello, {}", self.name))
///     }
/// }
/// ```
pub trait Activity: Serialize + DeserializeOwned + Send + 'static {
    /// What it gives back.
    type Output: Serialize + DeserializeOwned + Send + 'static;
    /// What it needs to do its work: ports, pools, settings.
    type Context: Send + Sync + 'static;
    /// The name of its type.
    const NAME: &'static str;
    /// The version of its type: raise it when input or output change incompatibly.
    const VERSION: &'static str = "1";

    /// Its task list, timeouts and retry policy, unless a call says otherwise.
    fn options() -> ActivityOptions {
        ActivityOptions::default()
    }

    /// Does it. The future is dropped when the activity's start-to-close timeout is over.
    ///
    /// # Errors
    /// Whatever went wrong, and whether another attempt may help.
    fn run(
        self,
        task: ActivityTask,
        context: Arc<Self::Context>,
    ) -> impl Future<Output = Result<Self::Output, ActivityError>> + Send;
}

/// The type of an activity.
pub(super) fn type_of<A: Activity>() -> ActivityType {
    ActivityType::new(A::NAME, A::VERSION)
}

/// Where and how long an activity may wait and run, and how often it is tried.
#[derive(Clone, Debug, PartialEq)]
pub struct ActivityOptions {
    /// The task list that its workers poll.
    pub task_list: Text,
    /// How long it may wait for a worker.
    pub schedule_to_start: Timeout,
    /// How long one attempt may take.
    pub start_to_close: Timeout,
    /// How long one attempt may wait and take together.
    pub schedule_to_close: Timeout,
    /// How long a worker may be silent: how soon its death is noticed. Workers say by themselves that they live, as long
    /// as the activity does not block its thread.
    pub heartbeat: Timeout,
    /// Its place among waiting tasks: higher first.
    pub priority: TaskPriority,
    /// What happens after a failed attempt.
    pub retry: RetryPolicy,
}

impl ActivityOptions {
    /// The task list of activities that name none.
    pub const TASK_LIST: &'static str = "activities";

    /// On this task list.
    pub fn task_list(self, name: impl Into<Text>) -> Self {
        ActivityOptions {
            task_list: name.into(),
            ..self
        }
    }

    /// One attempt may take so long.
    pub fn start_to_close(self, limit: Duration) -> Self {
        ActivityOptions {
            start_to_close: retry::timeout(limit),
            ..self
        }
    }

    /// It may wait so long for a worker.
    pub fn schedule_to_start(self, limit: Duration) -> Self {
        ActivityOptions {
            schedule_to_start: retry::timeout(limit),
            ..self
        }
    }

    /// One attempt may wait and take so long together.
    pub fn schedule_to_close(self, limit: Duration) -> Self {
        ActivityOptions {
            schedule_to_close: retry::timeout(limit),
            ..self
        }
    }

    /// A worker that is silent for so long is given up.
    pub fn heartbeat(self, limit: Duration) -> Self {
        ActivityOptions {
            heartbeat: retry::timeout(limit),
            ..self
        }
    }

    /// With this retry policy.
    pub fn retry(self, retry: RetryPolicy) -> Self {
        ActivityOptions { retry, ..self }
    }

    /// Among waiting tasks, higher goes first.
    pub fn priority(self, priority: i32) -> Self {
        ActivityOptions {
            priority: TaskPriority(priority),
            ..self
        }
    }

    /// The defaults that its type is registered with.
    pub fn defaults(&self) -> ActivityTypeDefaults {
        ActivityTypeDefaults {
            default_task_start_to_close_timeout: Some(self.start_to_close),
            default_task_heartbeat_timeout: Some(self.heartbeat),
            default_task_list: Some(TaskList::new(self.task_list.clone())),
            default_task_priority: Some(self.priority),
            default_task_schedule_to_start_timeout: Some(self.schedule_to_start),
            default_task_schedule_to_close_timeout: Some(self.schedule_to_close),
        }
    }
}

impl Default for ActivityOptions {
    /// One minute an attempt, half a minute of silence, no limit on waiting.
    fn default() -> Self {
        ActivityOptions {
            task_list: Self::TASK_LIST.into(),
            schedule_to_start: Timeout::None,
            start_to_close: Timeout::Seconds(60),
            schedule_to_close: Timeout::None,
            heartbeat: Timeout::Seconds(30),
            priority: TaskPriority::default(),
            retry: RetryPolicy::default(),
        }
    }
}
