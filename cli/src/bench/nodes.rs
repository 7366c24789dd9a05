//! `--nodes`: several nodes on one database, each with its deciders, its worker and its callers in a process of its own,
//! as an operator has them. What is in flight is split among them, so that what they do together can be compared with
//! what one does alone.

use futures::future::{join_all, try_join_all};
use serde::{Deserialize, Serialize};
use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;

use crate::failure::{Failure, failed};

use super::database::Database;
use super::load::{Load, Measured};
use super::process::{Parent, Process, Role};
use super::stack::{Stack, System};

/// The processes.
pub struct Nodes(Vec<Process>);

/// What one of them is told.
#[derive(Serialize, Deserialize)]
struct Part {
    database_url: String,
    load: Load,
}

impl Nodes {
    /// Starts so many.
    pub async fn start(database: &Database, nodes: u16, load: &Load) -> Result<Self, Failure> {
        let mut processes = Vec::new();
        for load in load.split(nodes.into()) {
            let part = Part {
                database_url: database.options.to_url_lossy().into(),
                load,
            };
            processes.push(Process::start(Role::Node, &part).await?);
        }
        Ok(Nodes(processes))
    }
}

impl System for Nodes {
    async fn run(&mut self) -> Result<Measured, Failure> {
        try_join_all(self.0.iter_mut().map(Process::go)).await?;
        let parts = try_join_all(self.0.iter_mut().map(Process::result)).await?;
        Ok(Measured::together(parts))
    }

    async fn stop(self) -> Result<(), Failure> {
        let ended = join_all(self.0.into_iter().map(Process::end)).await;
        ended.into_iter().collect()
    }
}

/// Does what one process is for.
pub async fn serve(parent: &mut Parent) -> Result<(), Failure> {
    let part: Part = parent.assignment().await?;
    let database: PgConnectOptions = part.database_url.parse().map_err(failed)?;
    let mut stack = Stack::start(database, part.load).await?;
    if parent.begin().await? {
        parent.tell(&stack.run().await?)?;
        parent.dismissal().await?;
    }
    stack.stop().await
}
