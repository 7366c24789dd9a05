//! How programs use the engine: workflows, activities, workers, clients, the test kit.
//!
//! - [`Workflow`] and [`Activity`]: a struct is the input and names the type; an async function does the work.
//! - [`WorkflowContext`]: what a workflow sees of the world; [`ActivityTask`]: what an activity sees of its task.
//! - [`Workflows`] and [`Activities`]: what a program offers, one line each.
//!
//! Payloads are JSON texts. A failure has a stable code, its `reason`, and a message for people.

mod activity;
mod activity_error;
mod activity_task;
mod call;
mod child;
mod client;
mod context;
mod external;
mod failure;
pub mod limits;
mod memory;
mod node;
mod payload;
mod random;
mod registry;
mod retry;
mod run;
mod saga;
mod scope;
mod signal;
pub mod testkit;
mod worker;
mod workflow;

pub use activity::{Activity, ActivityOptions};
pub use activity_error::{ActivityError, OrActivityError};
pub use activity_task::ActivityTask;
pub use call::ActivityCall;
pub use child::{ChildCall, StartedChild};
pub use client::{Client, RunFailure, RunHandle, WorkflowService};
pub use context::WorkflowContext;
pub use failure::{ActivityFailure, ChildFailure, ExternalFailure, SignalFailure, TimerFailure};
pub use futures::future::Either;
pub use payload::PayloadError;
pub use registry::{Activities, Workflows};
pub use retry::RetryPolicy;
pub use run::Nondeterminism;
pub use saga::Saga;
pub use signal::Signals;
pub use worker::{ActivityService, ActivityWorker, WorkerOptions};
pub use workflow::{Workflow, WorkflowError, WorkflowOptions};

#[cfg(test)]
mod tests;
