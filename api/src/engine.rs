//! The engine in this process: it decides DocStore's workflows and runs their activities.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use apus::node::{Node, NodeOptions};
use apus::sdk::{ActivityWorker, Client, WorkerOptions};
use docstore_activities::{Environment, TASK_LISTS, activities};
use docstore_workflows::workflows;
use sqlx::postgres::PgConnectOptions;

/// The domain of all DocStore's workflows.
pub const DOMAIN: &str = "docstore";
/// How long closed runs can be looked at, in days.
const RETENTION_DAYS: u32 = 30;

/// A running engine with DocStore's deciders and workers.
pub struct Engine {
    node: Node,
    workers: Vec<ActivityWorker>,
}

impl Engine {
    /// Starts the engine on the database, registers DocStore's types and begins to work. `cores` bounds how many
    /// documents are read at once.
    pub async fn start(
        database: PgConnectOptions,
        with: Arc<Environment>,
        cores: usize,
    ) -> anyhow::Result<Self> {
        let workflows = workflows();
        let options = NodeOptions {
            deciders: Some(Arc::new(workflows.clone())),
            ..NodeOptions::new(database)
        };
        let node = Node::start(options).await.context("cannot start the engine")?;
        node.ensure_domain(DOMAIN, RETENTION_DAYS).await?;
        workflows.register(&node, DOMAIN).await?;
        let activities = activities(with);
        activities.register(&node, DOMAIN).await?;
        let workers = TASK_LISTS
            .iter()
            .map(|list| {
                let options = WorkerOptions::new(DOMAIN)
                    .task_list(list.name)
                    .concurrency(list.concurrency(cores));
                ActivityWorker::start(node.clone(), activities.clone(), &options)
            })
            .collect();
        Ok(Self { node, workers })
    }

    /// Starts runs.
    pub fn client(&self) -> Client<Node> {
        Client::new(self.node.clone(), DOMAIN)
    }

    /// The engine itself, to look at runs.
    pub fn node(&self) -> &Node {
        &self.node
    }

    /// Lets the activities under way end and hands out no more tasks, here or to those who poll the endpoint.
    pub async fn drain(&mut self) {
        for worker in self.workers.drain(..) {
            worker.drain().await;
        }
        self.node.drain_polls().await;
    }

    /// Stops. What is open goes on at the next start.
    pub async fn stop(mut self) {
        self.drain().await;
        self.node.shutdown().await;
    }
}

/// The program that reads documents in a process of its own: this one, unless it is told otherwise.
pub fn reader_program(named: Option<PathBuf>) -> anyhow::Result<PathBuf> {
    match named {
        Some(program) => Ok(program),
        None => std::env::current_exe().context("cannot find the program itself, which reads documents"),
    }
}
