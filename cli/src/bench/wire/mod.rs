//! `--mode wire`: a node as it serves in production, and deciders, workers and callers that call it over HTTP, each
//! kind in a process of its own.
//!
//! ```text
//! server.rs    the node: `apus serve` on the bench's database
//! session.rs   a client of it, and how many calls it has under way
//! registry.rs  the domain and the types
//! decider.rs   the process that decides
//! worker.rs    the process that does the activities
//! callers.rs   the process that starts runs and sees when they are done
//! ```

mod callers;
mod decider;
mod registry;
mod server;
mod session;
mod worker;

pub use callers::call;
pub use decider::decide;
pub use server::Server;
pub use worker::work;

use apus::wire::Role as CallerRole;

use crate::failure::Failure;

use super::database::Database;
use super::load::{Load, Measured};
use super::process::{Process, Role};
use super::stack::System;
use callers::Calls;
use session::Polls;

/// Requests of pollers under way at once, at most: what a task list takes is more.
const POLLERS_MAX: usize = 512;
/// Requests of pollers under way at once, at least.
const POLLERS_MIN: usize = 16;

/// The processes.
pub struct Stack {
    server: Server,
    decider: Process,
    worker: Process,
    callers: Process,
}

impl Stack {
    /// Starts them for this load.
    pub async fn start(database: &Database, load: Load) -> Result<Self, Failure> {
        let server = Server::start(&database.options).await?;
        registry::register(&server.session(CallerRole::Admin).await?).await?;
        // A task that finds a poller needs no row of its own.
        let pollers = load.tasks_at_once().clamp(POLLERS_MIN, POLLERS_MAX);
        let worker = server.session(CallerRole::Worker).await?;
        let polls = Polls {
            session: worker,
            pollers,
        };
        let calls = Calls {
            session: server.session(CallerRole::Operator).await?,
            load,
        };
        Ok(Stack {
            decider: Process::start(Role::Decider, &polls).await?,
            worker: Process::start(Role::Worker, &polls).await?,
            callers: Process::start(Role::Callers, &calls).await?,
            server,
        })
    }
}

impl System for Stack {
    async fn run(&mut self) -> Result<Measured, Failure> {
        self.decider.go().await?;
        self.worker.go().await?;
        self.callers.go().await?;
        tokio::select! {
            measured = self.callers.result() => measured,
            failure = self.decider.ended() => Err(failure),
            failure = self.worker.ended() => Err(failure),
            failure = self.server.ended() => Err(failure),
        }
    }

    async fn stop(self) -> Result<(), Failure> {
        self.callers.end().await?;
        self.decider.end().await?;
        self.worker.end().await?;
        self.server.stop().await
    }
}
