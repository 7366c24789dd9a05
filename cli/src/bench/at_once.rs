//! W5 `--at-once`: timers that were started over minutes and fall due in the same second, spread over it.
//!
//! How late a timer is, is told twice. `recorded`: its `TimerFired` against the time that follows from its
//! `TimerStarted`, both as the history has them, to the millisecond. `seen`: when its caller had the result, which
//! rests on that event and on the decision that it led to, and is told only after the commit of both.

use std::time::{Duration, Instant};

use apus::model::{EventAttributes, Timestamp, WorkflowExecution};
use apus::node::Node;
use apus::sdk::{Client, Workflow, WorkflowContext, WorkflowError};
use futures::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use crate::failure::{Failure, failed};

use super::database::Database;
use super::meter::{Meter, Used};
use super::report::{Cpu, at, rounded};
use super::stack::{DOMAIN, Engine, Place, Program};

/// Starts under way at once.
const STARTS_AT_ONCE: usize = 1_000;
/// So many are started a second at least; the due time follows from it.
const STARTS_PER_SECOND: u64 = 4_000;
/// Between the last start and the time at which the first timer is due, at least.
const AHEAD: Duration = Duration::from_secs(5);
/// Callers begin to wait for the result so long before. The node looks up now and then whether another one has ended
/// what they wait for, and that is not what is measured.
const WAIT_BEFORE: Duration = Duration::from_secs(3);
/// Histories read at once afterwards.
const READS_AT_ONCE: usize = 8;

/// What came out. A line of JSON.
#[derive(Serialize)]
pub struct Report {
    workload: &'static str,
    at_once: bool,
    n: usize,
    /// From when the first was due until the last was seen.
    secs: f64,
    per_s: f64,
    recorded_p50_ms: f64,
    recorded_p99_ms: f64,
    seen_p50_ms: f64,
    seen_p99_ms: f64,
    seen_max_ms: f64,
    #[serde(flatten)]
    cpu: Cpu,
    rss_mb: f64,
    other_cores: f64,
}

/// A timer that fired.
struct Fired {
    execution: WorkflowExecution,
    seen: Timestamp,
}

/// Sleeps until the second after this time, in milliseconds since 1970: how far into it follows from the moment of the
/// start, since timers take whole seconds.
#[derive(Serialize, Deserialize)]
pub struct SleepUntil {
    due_ms: i64,
}

impl Workflow for SleepUntil {
    type Output = ();
    const NAME: &'static str = "sleep-until";

    async fn run(self, ctx: WorkflowContext) -> Result<(), WorkflowError> {
        let left = (self.due_ms - ctx.now().0).max(0);
        ctx.timer(Duration::from_millis(left.unsigned_abs())).await?;
        Ok(())
    }
}

/// Measures so many timers.
pub async fn measure(count: usize, place: &Place) -> Result<Report, Failure> {
    let database = Database::create(place).await?;
    let engine = Engine::start(database.options.clone(), Program::usual(1)).await?;
    let (node, client) = (&engine.node, &engine.client);
    let wait = Duration::from_secs(count as u64 / STARTS_PER_SECOND) + AHEAD;
    let due = node.now().plus_millis(wait.as_millis() as i64);
    let due_at = Instant::now() + wait;
    let started = start_all(client, count, due).await?;
    if due_at < Instant::now() + WAIT_BEFORE {
        return Err(failed(
            "the timers were not all started before the first was due: this machine is too slow for so many",
        ));
    }
    tokio::time::sleep_until((due_at - WAIT_BEFORE).into()).await;
    let meter = Meter::start(database.postmaster());
    let fired = wait_for_all(node, client, started).await?;
    let used = meter.stop();
    let lateness = lateness(node, &fired).await?;
    engine.stop().await;
    database.drop().await?;
    Ok(Report::new(due, &fired, lateness, &used))
}

async fn start_all(
    client: &Client<Node>,
    count: usize,
    due: Timestamp,
) -> Result<Vec<WorkflowExecution>, Failure> {
    let sleep = SleepUntil { due_ms: due.0 };
    let start = |number: usize| {
        let sleep = &sleep;
        async move {
            let run = client.start(format!("sleep-until-{number}"), sleep).await;
            run.map(|run| run.execution().clone()).map_err(failed)
        }
    };
    stream::iter(0..count)
        .map(start)
        .buffer_unordered(STARTS_AT_ONCE)
        .try_collect()
        .await
}

async fn wait_for_all(
    node: &Node,
    client: &Client<Node>,
    started: Vec<WorkflowExecution>,
) -> Result<Vec<Fired>, Failure> {
    let mut callers = JoinSet::<Result<Fired, Failure>>::new();
    for execution in started {
        let (node, client) = (node.clone(), client.clone());
        callers.spawn(async move {
            let run = client.handle::<SleepUntil>(execution.clone());
            run.result().await.map_err(failed)?;
            let seen = node.now();
            Ok(Fired { execution, seen })
        });
    }
    let mut fired = Vec::with_capacity(callers.len());
    while let Some(ended) = callers.join_next().await {
        fired.push(ended.map_err(failed)??);
    }
    Ok(fired)
}

/// How late each was: as recorded, and as seen.
async fn lateness(node: &Node, fired: &[Fired]) -> Result<Vec<(Duration, Duration)>, Failure> {
    stream::iter(fired)
        .map(|one| async move {
            let (due, at) = due_and_fired(node, &one.execution).await?;
            let recorded = since(at, due)?;
            let seen = since(one.seen, due)?;
            Ok((recorded, seen))
        })
        .buffer_unordered(READS_AT_ONCE)
        .try_collect()
        .await
}

/// When a run's timer was due, and when it fired.
async fn due_and_fired(
    node: &Node,
    execution: &WorkflowExecution,
) -> Result<(Timestamp, Timestamp), Failure> {
    let page = node.history_page(DOMAIN, execution, None, 100, false);
    let (mut due, mut fired) = (None, None);
    for event in page.await.map_err(failed)?.events {
        match event.attributes {
            EventAttributes::TimerStarted(timer) => due = event.at.after(timer.start_to_fire_timeout),
            EventAttributes::TimerFired(_) => fired = Some(event.at),
            _ => {}
        }
    }
    due.zip(fired)
        .ok_or_else(|| failed("a run completed without its timer"))
}

fn since(at: Timestamp, due: Timestamp) -> Result<Duration, Failure> {
    let late = u64::try_from(at.0 - due.0).map_err(|_| failed("a timer fired too early"))?;
    Ok(Duration::from_millis(late))
}

impl Report {
    fn new(due: Timestamp, fired: &[Fired], lateness: Vec<(Duration, Duration)>, used: &Used) -> Self {
        let last = fired.iter().map(|one| one.seen).max().unwrap_or(due);
        let secs = (last.0 - due.0) as f64 / 1e3;
        let (mut recorded, mut seen): (Vec<_>, Vec<_>) = lateness.into_iter().unzip();
        recorded.sort_unstable();
        seen.sort_unstable();
        let n = fired.len();
        Report {
            workload: "W5",
            at_once: true,
            n,
            secs: rounded(secs, 3),
            per_s: rounded(n as f64 / secs, 1),
            recorded_p50_ms: at(&recorded, 0.50),
            recorded_p99_ms: at(&recorded, 0.99),
            seen_p50_ms: at(&seen, 0.50),
            seen_p99_ms: at(&seen, 0.99),
            seen_max_ms: at(&seen, 1.0),
            cpu: Cpu::per_1000(used, n),
            rss_mb: rounded(used.memory_bytes as f64 / 1e6, 1),
            other_cores: rounded(used.other_cores, 2),
        }
    }

    /// A line for people.
    pub fn text(&self) -> String {
        format!(
            "W5 at once  {} timers in {:.2} s  recorded late by p50 {:.0} ms, p99 {:.0} ms  seen late by p50 {:.0} ms, \
             p99 {:.0} ms  {:.3} CPU-s per 1,000 (engine {:.3}, Postgres {:.3})",
            self.n,
            self.secs,
            self.recorded_p50_ms,
            self.recorded_p99_ms,
            self.seen_p50_ms,
            self.seen_p99_ms,
            self.cpu.all,
            self.cpu.engine,
            self.cpu.postgres,
        )
    }
}
