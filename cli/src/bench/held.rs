//! `held`: does a transaction that somebody leaves open slow the engine down? As long as it is open, Postgres can
//! remove no row and no index entry that died since it began.
//!
//! Three phases of the same length, each on a database of its own, so that the tables grow alike: `clean`; `readers`,
//! four analytical readers that let go of their snapshot after each query; `held`, a transaction that stays open for
//! the whole phase, and the same readers with the same queries in long transactions. What readers take from the
//! processors shows in the second phase, what dead rows cost between the second and the third.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use apus::node::Node;
use apus::sdk::Client;
use serde::Serialize;
use tokio::task::JoinSet;

use crate::failure::{Failure, failed};

use super::database::Database;
use super::load::{Kind, Target};
use super::meter::{Meter, Used};
use super::readers::{Bloat, Readers};
use super::report::{Cpu, rounded};
use super::stack::{Engine, Place, Program};

/// Each phase, unless said otherwise.
const PHASE: Duration = Duration::from_secs(600);

/// How long, and how many workflows at once.
pub struct Held {
    /// Each phase; ten minutes if none is given.
    pub phase: Option<Duration>,
    /// Workflows in flight.
    pub in_flight: usize,
}

/// What goes on beside the load.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "lowercase")]
enum Phase {
    Clean,
    Readers,
    Held,
}

/// What a phase gave. A line of JSON.
#[derive(Serialize)]
pub struct PhaseReport {
    workload: &'static str,
    phase: Phase,
    secs: f64,
    n: u64,
    wf_per_s: f64,
    /// In the last fifth of the phase.
    last_wf_per_s: f64,
    /// What that fifth took: CPU seconds for 1,000 workflows.
    last_cpu_s_per_1000: f64,
    last_cpu_engine_per_1000: f64,
    last_cpu_pg_per_1000: f64,
    /// Rows that readers were given.
    rows_read: u64,
    /// Of the table of open runs, in the end.
    open_table_mb: f64,
    dead_rows: i64,
    other_cores: f64,
}

/// The phases compared. A line of JSON.
#[derive(Serialize)]
pub struct Summary {
    workload: &'static str,
    /// Rates of the last fifths.
    readers_to_clean: f64,
    held_to_clean: f64,
    /// What dead rows cost, without what readers do.
    held_to_readers: f64,
    /// CPU for a workflow, likewise.
    cpu_held_to_readers: f64,
}

impl Held {
    /// Runs the three phases; `each` is told of each as it ends.
    pub async fn measure(
        &self,
        place: &Place,
        mut each: impl FnMut(&PhaseReport) -> Result<(), Failure>,
    ) -> Result<Summary, Failure> {
        let mut reports = Vec::new();
        for phase in [Phase::Clean, Phase::Readers, Phase::Held] {
            let report = self.run(phase, place).await?;
            each(&report)?;
            reports.push(report);
        }
        let rate = |phase: usize| reports[phase].last_wf_per_s;
        let cpu = |phase: usize| reports[phase].last_cpu_s_per_1000;
        Ok(Summary {
            workload: "held",
            readers_to_clean: rounded(rate(1) / rate(0), 3),
            held_to_clean: rounded(rate(2) / rate(0), 3),
            held_to_readers: rounded(rate(2) / rate(1), 3),
            cpu_held_to_readers: rounded(cpu(2) / cpu(1), 3),
        })
    }

    async fn run(&self, phase: Phase, place: &Place) -> Result<PhaseReport, Failure> {
        let database = Database::create(place).await?;
        let engine = Engine::start(database.options.clone(), Program::usual(self.in_flight)).await?;
        let readers = match phase {
            Phase::Clean => None,
            Phase::Readers => Some(Readers::start(&database, false).await?),
            Phase::Held => Some(Readers::start(&database, true).await?),
        };
        let length = self.phase.unwrap_or(PHASE);
        let load = Load::start(&engine.client, self.in_flight, length);
        let begun = Instant::now();
        tokio::time::sleep(length * 4 / 5).await;
        let (before, meter, edge) = (load.done(), Meter::start(database.postmaster()), Instant::now());
        tokio::time::sleep(length.saturating_sub(begun.elapsed())).await;
        let (last, last_took, used) = (load.done() - before, edge.elapsed(), meter.stop());
        let n = load.finish().await?;
        let took = begun.elapsed();
        let bloat = Bloat::of(&database).await?;
        let rows_read = match readers {
            Some(readers) => readers.stop().await?,
            None => 0,
        };
        engine.stop().await;
        database.drop().await?;
        Ok(PhaseReport::new(
            phase,
            (n, took),
            (last, last_took),
            &used,
            bloat,
            rows_read,
        ))
    }
}

impl PhaseReport {
    fn new(
        phase: Phase,
        (n, took): (u64, Duration),
        (last, last_took): (u64, Duration),
        used: &Used,
        bloat: Bloat,
        rows_read: u64,
    ) -> Self {
        let cpu = Cpu::per_1000(used, last as usize);
        PhaseReport {
            workload: "held",
            phase,
            secs: rounded(took.as_secs_f64(), 1),
            n,
            wf_per_s: rounded(n as f64 / took.as_secs_f64(), 1),
            last_wf_per_s: rounded(last as f64 / last_took.as_secs_f64(), 1),
            last_cpu_s_per_1000: cpu.all,
            last_cpu_engine_per_1000: cpu.engine,
            last_cpu_pg_per_1000: cpu.postgres,
            rows_read,
            open_table_mb: rounded(bloat.bytes as f64 / 1e6, 1),
            dead_rows: bloat.dead_rows,
            other_cores: rounded(used.other_cores, 2),
        }
    }

    /// A line for people.
    pub fn text(&self) -> String {
        let phase = match self.phase {
            Phase::Clean => "clean",
            Phase::Readers => "readers",
            Phase::Held => "held",
        };
        format!(
            "held  {phase:<7}  {:>9.1} wf/s, {:>9.1} in the last fifth at {:.3} CPU-s per 1,000 (engine {:.3}, Postgres \
             {:.3})  open runs: {:.0} MB, {} dead rows",
            self.wf_per_s,
            self.last_wf_per_s,
            self.last_cpu_s_per_1000,
            self.last_cpu_engine_per_1000,
            self.last_cpu_pg_per_1000,
            self.open_table_mb,
            self.dead_rows,
        )
    }
}

impl Summary {
    /// A line for people.
    pub fn text(&self) -> String {
        format!(
            "held  rate of the last fifth: readers {:.3} of clean, held {:.3} of clean and {:.3} of readers; CPU {:.3} of \
             readers",
            self.readers_to_clean, self.held_to_clean, self.held_to_readers, self.cpu_held_to_readers,
        )
    }
}

/// Workflows of one activity, so many in flight. Counted only: in ten minutes there are millions.
struct Load {
    done: Arc<AtomicU32>,
    callers: JoinSet<Result<(), Failure>>,
}

impl Load {
    fn start(client: &Client<Node>, in_flight: usize, length: Duration) -> Self {
        let (done, next, begun) = (Arc::default(), Arc::default(), Instant::now());
        let mut callers = JoinSet::new();
        for _ in 0..in_flight {
            let (done, next) = (Arc::clone(&done), Arc::clone(&next));
            callers.spawn(work(client.clone(), next, done, begun + length));
        }
        Load { done, callers }
    }

    fn done(&self) -> u64 {
        u64::from(self.done.load(Ordering::Relaxed))
    }

    async fn finish(mut self) -> Result<u64, Failure> {
        while let Some(ended) = self.callers.join_next().await {
            ended.map_err(failed)??;
        }
        Ok(self.done())
    }
}

async fn work(
    client: Client<Node>,
    next: Arc<AtomicU32>,
    done: Arc<AtomicU32>,
    until: Instant,
) -> Result<(), Failure> {
    while Instant::now() < until {
        let number = next.fetch_add(1, Ordering::Relaxed);
        client.run(Kind::OneActivity, number as usize).await?;
        done.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}
