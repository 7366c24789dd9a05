//! The running engine: committer, cache of executions, matcher, timekeeper, outbox.

mod decider;
mod tasks;

pub use decider::{Decided, Decider, DeciderFactory, DecisionInput};
pub use tasks::{ActivityTask, TaskToken};
