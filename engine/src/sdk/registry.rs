//! What a program offers: its workflows and its activities, one line each.

use std::collections::{BTreeMap, HashMap};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;

use crate::model::{
    ActivityType, ActivityTypeDefaults, Data, Limits, TaskList, WorkflowType, WorkflowTypeDefaults,
};

use super::run::{RunFuture, panic_message};
use super::{
    Activity, ActivityError, ActivityTask, PayloadError, Workflow, WorkflowContext, activity, payload,
    workflow,
};

/// Starts a workflow's future from its input.
type Start = Arc<dyn Fn(WorkflowContext, Option<&Data>) -> Result<RunFuture, PayloadError> + Send + Sync>;

/// The workflows that a program decides: `Workflows::new().add::<UploadComplete>()`.
#[derive(Clone, Default)]
pub struct Workflows {
    entries: HashMap<WorkflowType, WorkflowEntry>,
    limits: Limits,
}

#[derive(Clone)]
struct WorkflowEntry {
    start: Start,
    defaults: WorkflowTypeDefaults,
}

impl Workflows {
    /// None yet.
    pub fn new() -> Self {
        Workflows::default()
    }

    /// And this one. Two of the same name and version: the later one stands.
    pub fn add<W: Workflow>(mut self) -> Self {
        let data_chars = self.limits.data_chars;
        let start: Start = Arc::new(move |ctx, input| {
            let input: W = payload::read("the workflow's input", input)?;
            Ok(async move {
                let output = input.run(ctx).await?;
                Ok(payload::write("the workflow's result", &output, data_chars)?)
            }
            .boxed())
        });
        let entry = WorkflowEntry {
            start,
            defaults: W::options().defaults(),
        };
        self.entries.insert(workflow::type_of::<W>(), entry);
        self
    }

    /// For an engine with other limits than the default ones; call it before [`Workflows::add`].
    pub fn limits(self, limits: Limits) -> Self {
        Workflows { limits, ..self }
    }

    /// Their types, in order, with the defaults to register them with.
    pub fn registrations(&self) -> BTreeMap<WorkflowType, WorkflowTypeDefaults> {
        self.entries
            .iter()
            .map(|(of, entry)| (of.clone(), entry.defaults.clone()))
            .collect()
    }

    pub(super) fn get(&self, of: &WorkflowType) -> Option<&Start> {
        self.entries.get(of).map(|entry| &entry.start)
    }

    /// What the engine takes.
    pub(super) fn engine_limits(&self) -> &Limits {
        &self.limits
    }
}

/// The activities that a program does: `Activities::new().add::<ReadObjectMetadata>(context)`.
#[derive(Clone)]
pub struct Activities {
    entries: HashMap<ActivityType, ActivityEntry>,
    data_chars: usize,
}

#[derive(Clone)]
struct ActivityEntry {
    run: Run,
    defaults: ActivityTypeDefaults,
}

type Run =
    Arc<dyn Fn(ActivityTask, Option<Data>) -> BoxFuture<'static, Result<Data, ActivityError>> + Send + Sync>;

impl Default for Activities {
    fn default() -> Self {
        Activities {
            entries: HashMap::new(),
            data_chars: Limits::default().data_chars,
        }
    }
}

impl Activities {
    /// None yet.
    pub fn new() -> Self {
        Activities::default()
    }

    /// And this one, with what it needs. Two of the same name and version: the later one stands.
    #[expect(
        clippy::should_implement_trait,
        reason = "it reads as in `Workflows::add`, and adds no numbers"
    )]
    pub fn add<A: Activity>(mut self, context: Arc<A::Context>) -> Self {
        let data_chars = self.data_chars;
        let run: Run = Arc::new(move |task, input| {
            let context = context.clone();
            async move {
                let input: A = payload::read("the activity's input", input.as_ref())
                    .map_err(|error| ActivityError::permanent(error.reason(), error.to_string()))?;
                let output = input.run(task, context).await?;
                payload::write("the activity's result", &output, data_chars)
                    .map_err(|error| ActivityError::permanent(error.reason(), error.to_string()))
            }
            .boxed()
        });
        let entry = ActivityEntry {
            run,
            defaults: A::options().defaults(),
        };
        self.entries.insert(activity::type_of::<A>(), entry);
        self
    }

    /// Results may have so many characters; call it before [`Activities::add`]. As the engine's limit, unless set.
    pub fn data_limit(self, data_chars: usize) -> Self {
        Activities { data_chars, ..self }
    }

    /// Their types, in order, with the defaults to register them with.
    pub fn registrations(&self) -> BTreeMap<ActivityType, ActivityTypeDefaults> {
        self.entries
            .iter()
            .map(|(of, entry)| (of.clone(), entry.defaults.clone()))
            .collect()
    }

    /// The task lists that their types name, in order: what a worker for all of them polls.
    pub fn task_lists(&self) -> Vec<TaskList> {
        let lists = self
            .entries
            .values()
            .filter_map(|entry| entry.defaults.default_task_list.clone());
        let mut lists: Vec<_> = lists.collect();
        lists.sort();
        lists.dedup();
        lists
    }

    /// Does an activity. A panic is a failure like others; another attempt may help.
    pub(super) async fn run(
        &self,
        of: &ActivityType,
        task: ActivityTask,
        input: Option<Data>,
    ) -> Result<Data, ActivityError> {
        let Some(entry) = self.entries.get(of) else {
            let message = format!(
                "no activity {} {} is registered with this worker",
                of.name, of.version
            );
            return Err(ActivityError::retryable("unknown_activity_type", message));
        };
        // Made inside the future, so that a panic while it is made is caught as well.
        let done = AssertUnwindSafe(async { (entry.run)(task, input).await })
            .catch_unwind()
            .await;
        done.unwrap_or_else(|panic| Err(ActivityError::retryable("panicked", panic_message(&*panic))))
    }
}
