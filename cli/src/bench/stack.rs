//! On what it is run: a node with deciders and workers in this process, as an application has them.

use std::sync::Arc;

use apus::model::Limits;
use apus::node::{Node, NodeOptions};
use apus::postgres::PrivatePostgres;
use apus::sdk::{Activities, ActivityWorker, Client, WorkerOptions, Workflow, Workflows};
use sqlx::postgres::PgConnectOptions;
use tempfile::TempDir;

use crate::failure::{Failure, failed};

use super::load::{Kind, Load, Measured, Target};
use super::workloads::{FanOut, OneActivity, Sleep, TenInSequence, activities, workflows};

/// The domain of all runs.
pub const DOMAIN: &str = "bench";
/// How long its closed runs are kept.
pub const RETENTION_DAYS: u32 = 1;
/// Each node's worker has room for so many activities at least. With no more than are under way, each would be scheduled
/// just before its worker polls again, and would have to be written down for a poller that comes later.
const ACTIVITIES_MIN: usize = 1_024;
/// And for all activities of a load at once, up to so many.
pub const ACTIVITIES_MAX: usize = 16_384;

/// A Postgres: a private one in a temporary directory, or one that is there.
pub struct Place {
    private: Option<(PrivatePostgres, TempDir)>,
    /// How to reach it.
    pub options: PgConnectOptions,
}

impl Place {
    /// Starts a private server unless there is one to use.
    pub async fn open(given: Option<PgConnectOptions>) -> Result<Self, Failure> {
        if let Some(options) = given {
            return Ok(Place {
                private: None,
                options,
            });
        }
        let dir = TempDir::new().map_err(|error| Failure::Io("cannot make a directory".to_owned(), error))?;
        let postgres = PrivatePostgres::start(dir.path()).await.map_err(failed)?;
        let options = postgres.connect_options();
        Ok(Place {
            private: Some((postgres, dir)),
            options,
        })
    }

    /// Ends a private server and removes its files.
    pub async fn close(self) -> Result<(), Failure> {
        let Some((postgres, dir)) = self.private else {
            return Ok(());
        };
        postgres.shutdown().await.map_err(failed)?;
        PrivatePostgres::remove(dir.path()).await.map_err(failed)
    }
}

/// What a load is put on.
pub trait System: Sized {
    /// Puts the load on it that it was started for.
    async fn run(&mut self) -> Result<Measured, Failure>;

    /// Ends it.
    async fn stop(self) -> Result<(), Failure>;
}

/// A node with its deciders, a worker and callers, all in this process.
pub struct Stack {
    load: Load,
    engine: Engine,
}

impl Stack {
    /// Starts it on the database.
    pub async fn start(database: PgConnectOptions, load: Load) -> Result<Self, Failure> {
        let engine = Engine::start(database, Program::usual(load.tasks_at_once())).await?;
        Ok(Stack { load, engine })
    }
}

impl System for Stack {
    async fn run(&mut self) -> Result<Measured, Failure> {
        let client = std::slice::from_ref(&self.engine.client);
        self.load.clone().run(client).await
    }

    async fn stop(self) -> Result<(), Failure> {
        self.engine.stop().await;
        Ok(())
    }
}

/// What a node runs, and within which limits.
pub struct Program {
    /// Its workflows.
    pub workflows: Workflows,
    /// Its activities.
    pub activities: Activities,
    /// Limits of the service, but for that on pollers.
    pub limits: Limits,
    /// Activities at once, as far as that many may be.
    pub concurrency: usize,
}

impl Program {
    /// The usual workloads, within the usual limits, with so many activities at once.
    pub fn usual(concurrency: usize) -> Self {
        Program {
            workflows: workflows(),
            activities: activities(),
            limits: Limits::default(),
            concurrency,
        }
    }
}

/// A node with its deciders and a worker.
pub struct Engine {
    /// The node.
    pub node: Node,
    /// A client of it.
    pub client: Client<Node>,
    worker: ActivityWorker,
}

impl Engine {
    /// Starts it on the database.
    pub async fn start(database: PgConnectOptions, program: Program) -> Result<Self, Failure> {
        let Program {
            workflows,
            activities,
            limits,
            concurrency,
        } = program;
        let concurrency = concurrency.clamp(ACTIVITIES_MIN, ACTIVITIES_MAX);
        let limits = Limits {
            pollers_per_list: concurrency,
            ..limits
        };
        let node = Node::start(NodeOptions {
            deciders: Some(Arc::new(workflows.clone())),
            limits,
            ..NodeOptions::new(database)
        });
        let node = node.await.map_err(failed)?;
        node.ensure_domain(DOMAIN, RETENTION_DAYS).await.map_err(failed)?;
        workflows.register(&node, DOMAIN).await.map_err(failed)?;
        activities.register(&node, DOMAIN).await.map_err(failed)?;
        let options = WorkerOptions::new(DOMAIN).concurrency(concurrency);
        Ok(Engine {
            worker: ActivityWorker::start(node.clone(), activities, &options),
            client: Client::new(node.clone(), DOMAIN),
            node,
        })
    }

    /// Ends it.
    pub async fn stop(self) {
        self.worker.drain().await;
        self.node.shutdown().await;
    }
}

impl Target for Client<Node> {
    async fn run(&self, kind: Kind, number: usize) -> Result<(), Failure> {
        match kind {
            Kind::OneActivity => complete(self, number, &OneActivity(number as u32)).await,
            Kind::TenInSequence => complete(self, number, &TenInSequence(number as u32)).await,
            Kind::FanOut { spread_us } => complete(self, number, &FanOut { spread_us }).await,
            Kind::Timers => complete(self, number, &Sleep).await,
        }
    }
}

async fn complete<W: Workflow + Sync>(
    client: &Client<Node>,
    number: usize,
    input: &W,
) -> Result<(), Failure> {
    let run = client.start(format!("{}-{number}", W::NAME), input).await;
    run.map_err(failed)?.result().await.map_err(failed)?;
    Ok(())
}
