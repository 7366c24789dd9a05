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
        .retry(RetryPolicy::forever().backoff(Duration::from_secs(1), 2.0, LONGEST_PAUSE))
}

/// A step that asks another region, which may be away for long. Given up after hours only so that its workflow can begin
/// a new history and go on.
pub fn patient() -> ActivityOptions {
    quick().retry(RetryPolicy::forever().within(NEW_HISTORY_AFTER).backoff(
        Duration::from_secs(1),
        2.0,
        LONGEST_PAUSE,
    ))
}

/// A step that reads a whole document: it may take long, and its worker says that it is alive meanwhile. It outlasts a
/// service that is away for hours, but a document of which workers die is not given to workers for ever.
pub fn long() -> ActivityOptions {
    ActivityOptions::default()
        .task_list(DOCUMENTS)
        .start_to_close(Duration::from_secs(3_600))
        .heartbeat(HEARTBEAT)
        .retry(RetryPolicy::forever().within(GIVEN_UP_AFTER).backoff(
            Duration::from_secs(1),
            2.0,
            LONGEST_PAUSE,
        ))
}

/// No further attempt at a document begins so long after the first.
const GIVEN_UP_AFTER: Duration = Duration::from_secs(6 * 3_600);

/// How long attempts at a region go on in one history.
const NEW_HISTORY_AFTER: Duration = Duration::from_secs(12 * 3_600);

/// The longest pause between two attempts. Each attempt takes some ten events of a history of 25,000.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// How long a worker may be silent before its task is given to another: what a crash costs.
const HEARTBEAT: Duration = Duration::from_secs(10);
