//! The limits of the SDK, each stated once.

use std::time::Duration;

/// Runs that one decider thread keeps live between decision tasks; the least recently used goes first.
pub const RUNS_KEPT: usize = 200_000;

/// Bytes that the live runs of one decider thread may take, by estimate.
pub const RUN_BYTES_KEPT: usize = 256 << 20;

/// How often a workflow may wake itself after one event before it is taken to spin.
pub const POLLS_PER_EVENT: usize = 100_000;

/// The longest timeout of the wire: eight digits of seconds, a little over three years.
pub const TIMEOUT_SECONDS: u32 = 99_999_999;

/// Characters of a failure's message that are written to the history; the rest is cut off.
pub const MESSAGE_CHARS: usize = 4_096;

/// Characters of a failure's reason.
pub const REASON_CHARS: usize = 256;

/// Characters of heartbeat details that are sent; the rest is cut off.
pub const HEARTBEAT_CHARS: usize = 2_048;

/// How often a worker tries to hand in an answer before it leaves the task to its timeout.
pub const ANSWER_ATTEMPTS: u32 = 8;

/// The pause before a worker asks again after the engine refused a poll or an answer; doubled each time.
pub const ANSWER_PAUSE: Duration = Duration::from_millis(50);

/// The longest such pause.
pub const ANSWER_PAUSE_MAX: Duration = Duration::from_secs(5);
