//! `apus bench`: what the engine does on this machine, beside what the machine's Postgres can do.
//!
//! ```text
//! workloads.rs   what is run: the workflows and the activity
//! load.rs        how it is put on: so many in flight, one at a time, paced
//! stack.rs       on what: a database and a node with deciders and workers
//! nodes.rs       or: several of them, each in a process of its own
//! wire/          or: a node, deciders, workers and callers in processes of their own, over HTTP
//! process.rs     a process of the bench
//! meter.rs       what it used: CPU, memory
//! database.rs    what Postgres says: its settings, its counters, its own limit
//! report.rs      a line of JSON for each workload
//! idle.rs        an engine whose runs all wait, in a process of its own
//! at_once.rs     W5 with all timers due in the same second
//! long_run.rs    runs with long histories
//! held.rs        load beside transactions that stay open (readers.rs)
//! lists.rs       filters of lists, each by itself, over the runs of executions.rs
//! ```

mod at_once;
mod database;
mod executions;
mod held;
mod idle;
mod lists;
mod load;
mod long_run;
mod meter;
mod nodes;
mod process;
mod readers;
mod report;
mod stack;
mod wire;
mod workloads;

use std::io::Write;
use std::time::Duration;

use clap::{Args, ValueEnum};
use serde::Serialize;
use sqlx::postgres::PgConnectOptions;

use crate::failure::{Failure, failed};

use database::{Counters, Database};
use held::Held;
use load::{Load, Measured};
use long_run::LongRun;
use meter::{Meter, Used};
use nodes::Nodes;
use report::Report;
use stack::{Place, Stack, System};

pub use process::{BenchProcess, run as run_process};

/// Runs of `lists` and `idle`.
const MANY_RUNS: u32 = 1_000_000;

/// `apus bench`.
#[derive(Args)]
pub struct Bench {
    /// What to run
    #[arg(value_enum)]
    workload: Choice,
    /// The PostgreSQL to run on; a private one with its usual settings if there is none. Each workload gets a database
    /// of its own there, dropped afterwards
    #[arg(
        long,
        env = "APUS_BENCH_DATABASE_URL",
        value_name = "URL",
        hide_env_values = true
    )]
    database_url: Option<PgConnectOptions>,
    /// Where deciders, workers and callers are
    #[arg(long, value_enum, default_value = "embedded")]
    mode: Mode,
    /// Nodes that share the database, each in a process of its own and with its part of what is in flight
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=16))]
    nodes: u16,
    /// Workflows in flight at once (W1, W2, long-run, held)
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    in_flight: u32,
    /// Workflows to run, in place of the workload's own number; activities of each run (long-run)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    count: Option<u32>,
    /// Run W1, or the load of each of the three of held, for so long, whatever its number
    #[arg(long, value_name = "SECONDS", conflicts_with = "count", value_parser = clap::value_parser!(u64).range(1..))]
    seconds: Option<u64>,
    /// Let all timers fall due in the same second, however long it takes to start them (W5)
    #[arg(long)]
    at_once: bool,
    /// Spread the activities' times evenly up to so many milliseconds (W3)
    #[arg(long, value_name = "MS", default_value_t = 0)]
    spread: u64,
    /// Ask each filter so many times (lists)
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u16).range(1..))]
    samples: u16,
    /// Leave the engine alone for so long (idle)
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    alone: u64,
    /// Print a line of JSON for each workload
    #[arg(long)]
    json: bool,
}

/// Where deciders, workers and callers are.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Mode {
    /// In the process of the node
    Embedded,
    /// In processes of their own, which call `apus serve` over HTTP with signatures
    Wire,
}

/// What to run.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
#[clap(rename_all = "verbatim")]
enum Choice {
    /// One activity each
    W1,
    /// Ten activities in sequence
    W2,
    /// A hundred activities at once, then a join
    W3,
    /// One activity, one workflow at a time
    W4,
    /// A timer of five seconds each
    W5,
    /// Lists and counts of a million runs, filter by filter
    #[value(name = "lists")]
    Lists,
    /// An engine with a million runs that wait
    #[value(name = "idle")]
    Idle,
    /// Ten thousand activities in sequence: what those at the end cost, over what those at the beginning do
    #[value(name = "long-run")]
    LongRun,
    /// W1 clean, beside readers, and beside a transaction that stays open, in turns: ten minutes each
    #[value(name = "held")]
    Held,
    /// W1 to W5
    #[value(name = "all")]
    All,
}

/// One of those that are put on in the same way, and reported alike.
#[derive(Clone, Copy)]
enum Workload {
    W1,
    W2,
    W3,
    W4,
    W5,
}

/// Runs what was chosen and prints what came out.
pub async fn run(bench: Bench) -> Result<(), Failure> {
    if bench.mode == Mode::Wire && bench.nodes > 1 {
        return Err(Failure::Usage(
            "over the wire one node is measured: leave out --nodes".to_owned(),
        ));
    }
    let embedded_only = bench.at_once || matches!(bench.workload, Choice::LongRun | Choice::Held);
    if embedded_only && (bench.mode == Mode::Wire || bench.nodes > 1) {
        return Err(Failure::Usage(
            "long-run, held and --at-once are measured embedded, on one node: leave out --mode and --nodes"
                .to_owned(),
        ));
    }
    let place = Place::open(bench.database_url.clone()).await?;
    let done = run_on(&bench, &place).await;
    place.close().await?;
    done
}

async fn run_on(bench: &Bench, place: &Place) -> Result<(), Failure> {
    let workloads: &[Workload] = match bench.workload {
        Choice::LongRun => return measure_long_run(bench, place).await,
        Choice::Held => return measure_held(bench, place).await,
        Choice::W5 if bench.at_once => return measure_at_once(bench, place).await,
        Choice::Lists => return measure_lists(bench, place).await,
        Choice::Idle => return measure_idle(bench, place).await,
        Choice::W1 => &[Workload::W1],
        Choice::W2 => &[Workload::W2],
        Choice::W3 => &[Workload::W3],
        Choice::W4 => &[Workload::W4],
        Choice::W5 => &[Workload::W5],
        Choice::All => Workload::ALL,
    };
    for &workload in workloads {
        let report = measure(bench, workload, place).await?;
        // The next workload takes its time: this line is wanted now.
        bench.say(&report, || report.text())?;
    }
    Ok(())
}

async fn measure_long_run(bench: &Bench, place: &Place) -> Result<(), Failure> {
    let long_run = LongRun {
        activities: bench.count.unwrap_or(10_000),
        runs: bench.in_flight as usize,
    };
    let report = long_run.measure(place).await?;
    bench.say(&report, || report.text())
}

async fn measure_held(bench: &Bench, place: &Place) -> Result<(), Failure> {
    let held = Held {
        load: bench.seconds.map(Duration::from_secs),
        in_flight: bench.in_flight as usize,
    };
    let say = |turn: &held::Turn| bench.say(turn, || turn.text());
    let summary = held.measure(place, say).await?;
    bench.say(&summary, || summary.text())
}

async fn measure_at_once(bench: &Bench, place: &Place) -> Result<(), Failure> {
    let count = bench.count.unwrap_or(1_000) as usize;
    let report = at_once::measure(count, place).await?;
    bench.say(&report, || report.text())
}

async fn measure_lists(bench: &Bench, place: &Place) -> Result<(), Failure> {
    let database = Database::create(place).await?;
    let runs = bench.count.unwrap_or(MANY_RUNS);
    let say = |of: &lists::Answered| bench.say(of, || of.text());
    let worst = lists::measure(&database, runs, bench.samples, say).await?;
    database.drop().await?;
    bench.say(&worst, || worst.text())
}

async fn measure_idle(bench: &Bench, place: &Place) -> Result<(), Failure> {
    let database = Database::create(place).await?;
    let runs = bench.count.unwrap_or(MANY_RUNS);
    let report = idle::measure(&database, runs, Duration::from_secs(bench.alone)).await?;
    database.drop().await?;
    bench.say(&report, || report.text())
}

async fn measure(bench: &Bench, workload: Workload, place: &Place) -> Result<Report, Failure> {
    let database = Database::create(place).await?;
    let limit = database.limit().await?;
    let load = bench.load(workload);
    let (measured, used, counted) = match bench.mode {
        Mode::Embedded if bench.nodes > 1 => {
            put_on(Nodes::start(&database, bench.nodes, &load).await?, &database).await
        }
        Mode::Embedded => put_on(Stack::start(database.options.clone(), load).await?, &database).await,
        Mode::Wire => put_on(wire::Stack::start(&database, load).await?, &database).await,
    }?;
    database.drop().await?;
    Ok(Report::new(
        workload.name(),
        bench.mode,
        bench.nodes,
        &measured,
        &used,
        &counted,
        limit,
    ))
}

/// Lets the system work, and looks at what it takes for that.
async fn put_on(mut system: impl System, database: &Database) -> Result<(Measured, Used, Counters), Failure> {
    let before = database.counters().await?;
    let meter = Meter::start(database.postmaster());
    let measured = system.run().await?;
    let used = meter.stop();
    // Connections report all that they counted when they end.
    system.stop().await?;
    let after = database.counters().await?;
    Ok((measured, used, after.since(&before)))
}

impl Mode {
    fn name(self) -> &'static str {
        match self {
            Mode::Embedded => "embedded",
            Mode::Wire => "wire",
        }
    }
}

impl Bench {
    fn say(&self, of: &impl Serialize, text: impl FnOnce() -> String) -> Result<(), Failure> {
        let line = if self.json {
            serde_json::to_string(of).map_err(failed)?
        } else {
            text()
        };
        writeln!(std::io::stdout(), "{line}").map_err(output_failed)
    }

    fn load(&self, workload: Workload) -> Load {
        let in_flight = self.in_flight as usize;
        let count = |usual: usize| self.count.map_or(usual, |count| count as usize);
        match workload {
            Workload::W1 => match self.seconds {
                Some(seconds) => Load::one_activity_for(Duration::from_secs(seconds), in_flight),
                None => Load::one_activity(count(20_000), in_flight),
            },
            Workload::W2 => Load::ten_in_sequence(count(10_000), in_flight),
            Workload::W3 => Load::fan_out(count(100), Duration::from_millis(self.spread)),
            Workload::W4 => Load::one_activity(count(1_000), 1),
            Workload::W5 => Load::timers(count(1_000)),
        }
    }
}

impl Workload {
    const ALL: &[Workload] = &[
        Workload::W1,
        Workload::W2,
        Workload::W3,
        Workload::W4,
        Workload::W5,
    ];

    fn name(self) -> &'static str {
        match self {
            Workload::W1 => "W1",
            Workload::W2 => "W2",
            Workload::W3 => "W3",
            Workload::W4 => "W4",
            Workload::W5 => "W5",
        }
    }
}

fn output_failed(error: std::io::Error) -> Failure {
    Failure::Io("cannot write the result".to_owned(), error)
}
