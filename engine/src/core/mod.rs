//! The pure core: what may happen, decided without I/O, clock, randomness or async.
//!
//! [`start`] and [`step`] decide which events a command leads to; [`fold`] says what an event means for the state.
//! An [`Execution`] is the fold of its history and nothing else (but for heartbeats, which write no event).
//! [`messages`] says what an event means for other runs. One file a family of moves: each file holds both what a
//! family's commands and decisions write, and what its events mean.

mod activity;
mod child;
mod close;
mod command;
mod deadline;
mod decision_task;
mod decisions;
mod execution;
mod external;
mod fold;
#[cfg(any(test, feature = "generate"))]
pub mod generate;
mod message;
mod start;
mod step;
mod timer;
mod turn;

#[cfg(test)]
mod tests;

pub use activity::heartbeat;
pub use close::successor;
pub use command::{Command, Completion, NewRun};
pub use execution::{
    ActivityState, Closed, DecisionTasks, Execution, OpenActivity, OpenChild, OpenCounts, OpenExternal,
    OpenTimer, Parent, StartedTask, StickyTaskList, WaitingDecision,
};
pub use fold::{CorruptHistory, fold};
pub use message::messages;
pub use start::{begin, start};
pub use step::step;

use crate::model::{DomainTypes, Limits};

/// What the core looks up while it decides.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// The service's limits.
    pub limits: &'a Limits,
    /// The registered types of the run's domain.
    pub types: &'a DomainTypes,
}
