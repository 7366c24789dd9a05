//! The deterministic executor: one future a run, fed one event at a time in history order.
//!
//! [`state`] is what the future and the executor share: open operations, scopes, signals and the decisions of the
//! task at hand. [`executor`] feeds events and compares the decisions with the history; [`decider`] keeps the live
//! runs and is what the node asks.

mod alarm;
mod cache;
mod decider;
mod deliver;
mod error;
mod executor;
mod fit;
mod operation;
mod scope;
mod state;

pub(super) use alarm::panic_message;
pub(super) use decider::WorkflowDecider;
pub use error::Nondeterminism;
pub(super) use error::RunError;
pub(super) use executor::{Run, RunFuture};
pub(super) use operation::{Ongoing, Operate, Outcome, Refusal};
pub(super) use scope::ScopeId;
pub(super) use state::{SIDE_EFFECT_MARKER, Shared, SideEffect};
