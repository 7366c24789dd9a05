//! Timeouts and retries that activities share.

use std::time::Duration;

use apus::sdk::{ActivityOptions, RetryPolicy};

/// A task list and how much of it one process does at once.
#[derive(Clone, Copy, Debug)]
pub struct TaskListPlan {
    /// Its name.
    pub name: &'static str,
    /// Activities at once on each core.
    per_core: usize,
}

impl TaskListPlan {
    /// Activities at once on a machine with so many cores.
    pub fn concurrency(&self, cores: usize) -> usize {
        self.per_core * cores.max(1)
    }
}

/// The task lists of DocStore's activities: what waits for services, and what keeps a core busy.
pub const TASK_LISTS: [TaskListPlan; 2] = [
    TaskListPlan {
        name: SERVICES,
        per_core: 16,
    },
    TaskListPlan {
        name: DOCUMENTS,
        per_core: 1,
    },
];

const SERVICES: &str = "services";
const DOCUMENTS: &str = "documents";

/// A step that only asks a service or Postgres: quick, and repeated until the service is back.
pub fn quick() -> ActivityOptions {
    ActivityOptions::default()
        .task_list(SERVICES)
        .start_to_close(Duration::from_secs(60))
        .heartbeat(HEARTBEAT)
        .retry(RetryPolicy::forever().backoff(Duration::from_secs(1), 2.0, Duration::from_secs(60)))
}

/// A step that reads a whole document: it may take long, its worker says that it is alive meanwhile, and a worker that
/// dies of it is not replaced for ever.
pub fn long() -> ActivityOptions {
    ActivityOptions::default()
        .task_list(DOCUMENTS)
        .start_to_close(Duration::from_secs(3_600))
        .heartbeat(HEARTBEAT)
        .retry(RetryPolicy::default().attempts(5).backoff(
            Duration::from_secs(1),
            2.0,
            Duration::from_secs(30),
        ))
}

/// How long a worker may be silent before its task is given to another: what a crash costs.
const HEARTBEAT: Duration = Duration::from_secs(10);
