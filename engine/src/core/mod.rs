//! The pure core: what may happen, decided without I/O, clock, randomness or async.
//!
//! [`start`] and [`apply`] decide which events a command leads to; [`fold`] says what an event means for the state.
//! An [`Execution`] is the fold of its history and nothing else (but for heartbeats, which write no event).
//! [`messages`] says what an event means for other runs. One file a family of moves.

mod command;
mod execution;

pub use command::{Command, Completion, NewRun};
pub use execution::{
    ActivityState, Closed, DecisionTasks, Execution, OpenActivity, OpenChild, OpenExternal, OpenTimer,
    Parent, StartedTask, StickyTaskList, WaitingDecision,
};

use crate::model::{DomainTypes, Limits};

/// What the core looks up while it decides.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// The service's limits.
    pub limits: &'a Limits,
    /// The registered types of the run's domain.
    pub types: &'a DomainTypes,
}
