//! Prices parcels: the second step of `label-parcel`, whose decider and first step are in Python (`../python`).
//!
//! The worker runs on a node of its own, on the database of the engine that the others call. Any number of nodes may
//! share one: a task goes to whoever waits for it, on whichever node.

use std::sync::Arc;

use anyhow::{Context, Result};
use apus::node::{Node, NodeOptions};
use apus::sdk::{Activities, Activity, ActivityError, ActivityTask, ActivityWorker, WorkerOptions};
use serde::{Deserialize, Serialize};
use sqlx::postgres::PgConnectOptions;

const DOMAIN: &str = "parcels";
const TASK_LIST: &str = "prices";

/// What a parcel costs at least, and what each begun kilogram costs.
const CENTS: u32 = 250;
const CENTS_A_KILOGRAM: u32 = 120;

/// A parcel that has been weighed: the result of the step in Python.
#[derive(Serialize, Deserialize)]
struct Price {
    grams: u32,
}

/// A parcel with its price.
#[derive(Serialize, Deserialize)]
struct Priced {
    grams: u32,
    cents: u32,
}

impl Activity for Price {
    type Output = Priced;
    type Context = ();
    const NAME: &'static str = "price";

    async fn run(self, _: ActivityTask, _: Arc<()>) -> Result<Priced, ActivityError> {
        let Price { grams } = self;
        let cents = CENTS + CENTS_A_KILOGRAM * grams.div_ceil(1000);
        Ok(Priced { grams, cents })
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let url = std::env::var("APUS_DATABASE_URL").context("export the variables that `apus dev` prints")?;
    let database: PgConnectOptions = url.parse()?;
    let node = Node::start(NodeOptions::new(database)).await?;
    let activities = Activities::new().add::<Price>(Arc::new(()));
    let options = WorkerOptions::new(DOMAIN).task_list(TASK_LIST);
    let worker = ActivityWorker::start(node.clone(), activities, &options);
    println!("prices parcels");
    tokio::signal::ctrl_c().await?;
    worker.drain().await;
    node.shutdown().await;
    Ok(())
}
