//! The limits of the service. Amazon's value is the default; each is a setting of the server.

use serde::{Deserialize, Serialize};

/// What a run, a domain and a request may have at most. Counts and sizes are inclusive maxima.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Events of one run's history.
    pub history_events: u64,
    /// At the history limit: end the run with `EVENT_LIMIT_EXCEEDED` as Amazon does (true), or only warn (false).
    pub terminate_at_history_limit: bool,
    /// Activity tasks that are scheduled or started at once in one run.
    pub open_activities: usize,
    /// Timers that are running at once in one run.
    pub open_timers: usize,
    /// Child workflows that are initiated or open at once in one run.
    pub open_children: usize,
    /// Tags of one run.
    pub tags: usize,
    /// Characters of `input`, `result`, `details`, `control` and `executionContext`.
    pub data_chars: usize,
    /// Characters of heartbeat details.
    pub heartbeat_chars: usize,
    /// Characters of names, ids and task lists.
    pub name_chars: usize,
    /// Characters of the reason of a failure or a termination.
    pub reason_chars: usize,
    /// Decisions in one completed decision task.
    pub decisions: usize,
    /// Pollers that wait on one task list of one node at once.
    pub pollers_per_list: usize,
    /// The longest execution start-to-close timeout, in seconds.
    pub execution_seconds: u32,
    /// The longest retention of a closed run, in days.
    pub retention_days: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            history_events: 25_000,
            terminate_at_history_limit: false,
            open_activities: 1_000,
            open_timers: 1_000,
            open_children: 1_000,
            tags: 5,
            data_chars: 32_768,
            heartbeat_chars: 2_048,
            name_chars: 256,
            reason_chars: 256,
            decisions: 1_000,
            pollers_per_list: 1_000,
            execution_seconds: 365 * 24 * 3_600,
            retention_days: 90,
        }
    }
}
