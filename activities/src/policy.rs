//! Timeouts and retries that activities share.

use std::time::Duration;

use apus::sdk::{ActivityOptions, RetryPolicy};

/// A step that only asks a service or Postgres: quick, and repeated until the service is back.
pub fn quick() -> ActivityOptions {
    ActivityOptions::default()
        .start_to_close(Duration::from_secs(60))
        .heartbeat(HEARTBEAT)
        .retry(RetryPolicy::forever().backoff(Duration::from_secs(1), 2.0, Duration::from_secs(60)))
}

/// A step that reads a whole document: it may take long, its worker says that it is alive meanwhile, and a worker that
/// dies of it is not replaced for ever.
pub fn long() -> ActivityOptions {
    ActivityOptions::default()
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
