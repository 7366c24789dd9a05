//! An engine with a million runs that wait. A node of this process starts them, each with a timer a day away, and ends;
//! then `apus serve` is started on that database, as after a deploy, is asked for a little work, and left alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use apus::node::{Node, NodeOptions};
use apus::sdk::{Activity, Client, Workflow, WorkflowOptions};
use apus::wire::Role;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::client;
use crate::failure::{Failure, failed};

use super::database::{Counters, Database};
use super::meter::{self, Meter, Usage};
use super::report::{milliseconds, rounded};
use super::stack::RETENTION_DAYS;
use super::wire::Server;
use super::workloads::{Echo, OneActivity, Wait, activities, workflows};

/// Runs of one domain: half of Amazon's limit, so that the engine keeps its usual ones.
const RUNS_PER_DOMAIN: u32 = 50_000;
/// Starts under way at once.
const STARTERS: usize = 1_024;
/// Where the activity of the run that is started meanwhile waits.
const ACTIVITIES: &str = "idle-activities";

/// What came out.
#[derive(Serialize)]
pub struct Report {
    system: &'static str,
    workload: &'static str,
    /// Open, waiting runs.
    n: u32,
    /// How they were started.
    starts_per_s: f64,
    db_bytes_per_wf: i64,
    /// The memory of the process that started them, this one, with a node's usual cache.
    starter_rss_mb: f64,
    /// From the start of the process until it says that it listens.
    ready_ms: f64,
    /// The first work that it was asked for: until a signal to a waiting run, sent right after, has reached its decider.
    first_signal_ms: f64,
    /// Until a run that was started after that has done its activity and is closed.
    first_run_ms: f64,
    /// How long it was then left alone.
    secs: f64,
    /// Its memory at the end of that, with and without its share of what other processes use too.
    rss_mb: f64,
    pss_mb: f64,
    /// The largest that it ever had.
    peak_rss_mb: f64,
    /// The memory of Postgres, shared buffers included.
    pg_pss_mb: f64,
    /// Of one core.
    cpu_percent: f64,
    pg_cpu_percent: f64,
    /// Cores that others used meanwhile.
    other_cores: f64,
}

/// Starts so many runs, starts the engine anew, and looks at it for so long.
pub async fn measure(database: &Database, runs: u32, alone: Duration) -> Result<Report, Failure> {
    let before = database.counters().await?;
    let begun = Instant::now();
    start_runs(database, runs).await?;
    let starting = begun.elapsed();
    let counted: Counters = database.counters().await?.since(&before);
    let starter = Usage::of(std::process::id());

    let begun = Instant::now();
    let server = Server::start(&database.options).await?;
    let ready = begun.elapsed();
    let client = server.session(Role::Admin).await?.client()?;
    let first_signal = signal_one(&client).await?;
    let first_run = run_one(&client).await?;

    let meter = Meter::start(database.postmaster());
    let at_first = Usage::of(server.pid()?);
    let begun = Instant::now();
    tokio::time::sleep(alone).await;
    let (secs, at_last) = (begun.elapsed().as_secs_f64(), Usage::of(server.pid()?));
    let postgres_bytes = database.postmaster().map_or(0, meter::memory_of_tree);
    let used = meter.stop();
    server.stop().await?;

    let percent = |cpu_s: f64| rounded(cpu_s / secs * 100.0, 3);
    let megabytes = |bytes: u64| rounded(bytes as f64 / 1e6, 1);
    Ok(Report {
        system: "apus",
        workload: "idle",
        n: runs,
        starts_per_s: rounded(f64::from(runs) / starting.as_secs_f64(), 1),
        db_bytes_per_wf: counted.bytes / i64::from(runs),
        starter_rss_mb: megabytes(starter.resident_bytes),
        ready_ms: milliseconds(ready),
        first_signal_ms: milliseconds(first_signal),
        first_run_ms: milliseconds(first_run),
        secs: rounded(secs, 3),
        rss_mb: megabytes(at_last.resident_bytes),
        pss_mb: megabytes(at_last.proportional_bytes),
        peak_rss_mb: megabytes(at_last.peak_bytes),
        pg_pss_mb: megabytes(postgres_bytes),
        cpu_percent: percent(at_last.cpu_s - at_first.cpu_s),
        pg_cpu_percent: percent(used.postgres_cpu_s),
        other_cores: rounded(used.other_cores, 2),
    })
}

impl Report {
    /// A line for people.
    pub fn text(&self) -> String {
        format!(
            "idle  {} waiting runs, started {:.0} a second ({} B database each)  ready in {:.0} ms  first signal {:.1} ms  \
             first run {:.1} ms  then for {:.0} s: {:.1} MB (Postgres {:.0} MB), {:.2} % CPU (Postgres {:.2} %)",
            self.n,
            self.starts_per_s,
            self.db_bytes_per_wf,
            self.ready_ms,
            self.first_signal_ms,
            self.first_run_ms,
            self.secs,
            self.rss_mb,
            self.pg_pss_mb,
            self.cpu_percent,
            self.pg_cpu_percent,
        )
    }
}

/// Starts the runs and ends the node that did.
async fn start_runs(database: &Database, runs: u32) -> Result<(), Failure> {
    let workflows = workflows();
    let node = Node::start(NodeOptions {
        deciders: Some(Arc::new(workflows.clone())),
        ..NodeOptions::new(database.options.clone())
    });
    let node = node.await.map_err(failed)?;
    let mut clients = Vec::new();
    for domain in (0..runs.div_ceil(RUNS_PER_DOMAIN)).map(domain) {
        node.ensure_domain(&domain, RETENTION_DAYS)
            .await
            .map_err(failed)?;
        workflows.register(&node, &domain).await.map_err(failed)?;
        activities().register(&node, &domain).await.map_err(failed)?;
        clients.push(Client::new(node.clone(), domain));
    }
    let (clients, next) = (Arc::new(clients), Arc::new(AtomicU32::new(0)));
    let mut starters = JoinSet::new();
    for _ in 0..STARTERS {
        let (clients, next) = (Arc::clone(&clients), Arc::clone(&next));
        starters.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let Some(client) = clients
                    .get((number / RUNS_PER_DOMAIN) as usize)
                    .filter(|_| number < runs)
                else {
                    return Ok(());
                };
                client.start(workflow_id(number), &Wait).await?;
            }
        });
    }
    while let Some(ended) = starters.join_next().await {
        ended
            .map_err(failed)?
            .map_err(|failure: apus::sdk::RunFailure| failed(failure))?;
    }
    drop(clients);
    node.shutdown().await;
    Ok(())
}

fn domain(number: u32) -> String {
    format!("idle-{number}")
}

fn workflow_id(number: u32) -> String {
    format!("waits-{number}")
}

/// Signals a run that waits, and waits for what its decider is told.
async fn signal_one(client: &client::Client) -> Result<Duration, Failure> {
    let begun = Instant::now();
    let signal = json!({ "domain": domain(0), "workflowId": workflow_id(0), "signalName": "look" });
    client.call("SignalWorkflowExecution", &signal).await?;
    decide(client, &workflow_id(0), json!([])).await?;
    Ok(begun.elapsed())
}

/// Starts a run and does all of its work.
async fn run_one(client: &client::Client) -> Result<Duration, Failure> {
    const WORKFLOW_ID: &str = "asked-meanwhile";
    let begun = Instant::now();
    let start = json!({
        "domain": domain(0),
        "workflowId": WORKFLOW_ID,
        "workflowType": { "name": OneActivity::NAME, "version": OneActivity::VERSION },
        "taskList": { "name": WorkflowOptions::TASK_LIST },
        "executionStartToCloseTimeout": "60",
        "taskStartToCloseTimeout": "60",
        "childPolicy": "TERMINATE",
    });
    client.call("StartWorkflowExecution", &start).await?;
    let schedule = json!([{
        "decisionType": "ScheduleActivityTask",
        "scheduleActivityTaskDecisionAttributes": {
            "activityId": "1",
            "activityType": { "name": Echo::NAME, "version": Echo::VERSION },
            "taskList": { "name": ACTIVITIES },
            "scheduleToStartTimeout": "60",
            "scheduleToCloseTimeout": "60",
            "startToCloseTimeout": "60",
            "heartbeatTimeout": "NONE",
        },
    }]);
    decide(client, WORKFLOW_ID, schedule).await?;
    let poll = json!({ "domain": domain(0), "taskList": { "name": ACTIVITIES } });
    let task = client.call("PollForActivityTask", &poll).await?;
    let done = json!({ "taskToken": task["taskToken"], "result": "1" });
    client.call("RespondActivityTaskCompleted", &done).await?;
    let complete = json!([{
        "decisionType": "CompleteWorkflowExecution",
        "completeWorkflowExecutionDecisionAttributes": {},
    }]);
    decide(client, WORKFLOW_ID, complete).await?;
    Ok(begun.elapsed())
}

/// Takes the decision task that waits, which is to be that of this workflow id, and answers it.
async fn decide(client: &client::Client, workflow_id: &str, decisions: Value) -> Result<(), Failure> {
    let poll = json!({ "domain": domain(0), "taskList": { "name": WorkflowOptions::TASK_LIST } });
    let task = client.call("PollForDecisionTask", &poll).await?;
    let of = &task["workflowExecution"]["workflowId"];
    if of != workflow_id {
        return Err(failed(format!(
            "a decision task of {of} came where {workflow_id} was to be decided"
        )));
    }
    let decided = json!({ "taskToken": task["taskToken"], "decisions": decisions });
    client.call("RespondDecisionTaskCompleted", &decided).await?;
    Ok(())
}
