//! `held`: does a transaction that somebody leaves open slow the engine down? As long as it is open, Postgres can
//! remove no row and no index entry that died since it began.
//!
//! Three databases on one server, so that their tables grow alike: one `clean`; one beside `readers`, four analytical
//! readers that let go of their snapshot after each query; one `held`, with a transaction that stays open from the
//! first turn to the last, and the same readers with the same queries in long transactions. What readers take from the
//! processors shows in the second, what dead rows cost between the second and the third.
//!
//! They have the load in turns, a quarter of a minute each: a host that is slow for some minutes is slow for all three.

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
use super::meter::Meter;
use super::readers::{Bloat, Readers};
use super::report::{Cpu, rounded};
use super::stack::{Engine, Place, Program};

/// The load of each, unless said otherwise.
const LOAD: Duration = Duration::from_secs(600);
/// A turn.
const TURN: Duration = Duration::from_secs(15);

/// How long, and how many workflows at once.
pub struct Held {
    /// The load that each of the three has in all; ten minutes if none is given.
    pub load: Option<Duration>,
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

/// What a turn gave. A line of JSON.
#[derive(Serialize)]
pub struct Turn {
    workload: &'static str,
    phase: Phase,
    secs: f64,
    n: u32,
    wf_per_s: f64,
    #[serde(flatten)]
    cpu: Cpu,
    /// The table of open runs after it.
    #[serde(flatten)]
    bloat: Bloat,
    other_cores: f64,
}

/// The phases compared, each turn of the second half with that of the other in the same round: medians of the ratios.
/// A line of JSON.
#[derive(Serialize)]
pub struct Summary {
    workload: &'static str,
    rounds: usize,
    /// Rates.
    readers_to_clean: f64,
    held_to_clean: f64,
    /// What dead rows cost, without what readers do.
    held_to_readers: f64,
    /// CPU for a workflow, likewise.
    cpu_readers_to_clean: f64,
    cpu_held_to_clean: f64,
    cpu_held_to_readers: f64,
    /// Workflows that the readers of the last two have counted.
    rows_read: u64,
}

/// One turn of each.
type Round = [Turn; 3];

impl Held {
    /// Runs all turns; `each` is told of each as it ends.
    pub async fn measure(
        &self,
        place: &Place,
        mut each: impl FnMut(&Turn) -> Result<(), Failure>,
    ) -> Result<Summary, Failure> {
        let load = self.load.unwrap_or(LOAD);
        let turn = load.min(TURN);
        let mut lanes = [
            Lane::make(Phase::Clean, place, self.in_flight).await?,
            Lane::make(Phase::Readers, place, self.in_flight).await?,
            Lane::make(Phase::Held, place, self.in_flight).await?,
        ];
        let mut rounds: Vec<Round> = Vec::new();
        for _ in 0..load.div_duration_f64(turn).round() as usize {
            let [clean, readers, held] = &mut lanes;
            let round = [
                clean.turn(turn, &mut each).await?,
                readers.turn(turn, &mut each).await?,
                held.turn(turn, &mut each).await?,
            ];
            rounds.push(round);
        }
        let mut rows_read = 0;
        for lane in lanes {
            rows_read += lane.clear().await?;
        }
        Ok(Summary::of(&rounds, rows_read))
    }
}

/// A database and an engine that wait for their next turn.
struct Lane {
    phase: Phase,
    database: Database,
    engine: Engine,
    readers: Option<Readers>,
    in_flight: usize,
    /// Of the workflow to be started next.
    number: Arc<AtomicU32>,
}

impl Lane {
    async fn make(phase: Phase, place: &Place, in_flight: usize) -> Result<Self, Failure> {
        let database = Database::create(place).await?;
        let engine = Engine::start(database.options.clone(), Program::usual(in_flight)).await?;
        let readers = match phase {
            Phase::Clean => None,
            Phase::Readers => Some(Readers::start(&database, false).await?),
            Phase::Held => Some(Readers::start(&database, true).await?),
        };
        Ok(Lane {
            phase,
            database,
            engine,
            readers,
            in_flight,
            number: Arc::default(),
        })
    }

    async fn turn(
        &mut self,
        length: Duration,
        each: &mut impl FnMut(&Turn) -> Result<(), Failure>,
    ) -> Result<Turn, Failure> {
        if let Some(readers) = &mut self.readers {
            readers.work();
        }
        let (first, meter, begun) = (
            self.started(),
            Meter::start(self.database.postmaster()),
            Instant::now(),
        );
        load(&self.engine.client, self.in_flight, &self.number, begun + length).await?;
        let (took, used, n) = (begun.elapsed(), meter.stop(), self.started() - first);
        if let Some(readers) = &mut self.readers {
            readers.rest().await;
        }
        let turn = Turn {
            workload: "held",
            phase: self.phase,
            secs: rounded(took.as_secs_f64(), 1),
            n,
            wf_per_s: rounded(f64::from(n) / took.as_secs_f64(), 1),
            cpu: Cpu::per_1000(&used, n as usize),
            bloat: Bloat::of(&self.database).await?,
            other_cores: rounded(used.other_cores, 2),
        };
        each(&turn)?;
        Ok(turn)
    }

    fn started(&self) -> u32 {
        self.number.load(Ordering::Relaxed)
    }

    /// Ends it; how many workflows its readers have counted.
    async fn clear(self) -> Result<u64, Failure> {
        let rows_read = match self.readers {
            Some(readers) => readers.stop().await?,
            None => 0,
        };
        self.engine.stop().await;
        self.database.drop().await?;
        Ok(rows_read)
    }
}

/// Workflows of one activity, so many in flight, until a moment; those that are under way then are waited for. Counted
/// only: in ten minutes there are millions.
async fn load(
    client: &Client<Node>,
    in_flight: usize,
    number: &Arc<AtomicU32>,
    until: Instant,
) -> Result<(), Failure> {
    let mut callers = JoinSet::<Result<(), Failure>>::new();
    for _ in 0..in_flight {
        let (client, number) = (client.clone(), Arc::clone(number));
        callers.spawn(async move {
            while Instant::now() < until {
                let number = number.fetch_add(1, Ordering::Relaxed);
                client.run(Kind::OneActivity, number as usize).await?;
            }
            Ok(())
        });
    }
    while let Some(ended) = callers.join_next().await {
        ended.map_err(failed)??;
    }
    Ok(())
}

impl Turn {
    /// A line for people.
    pub fn text(&self) -> String {
        let phase = match self.phase {
            Phase::Clean => "clean",
            Phase::Readers => "readers",
            Phase::Held => "held",
        };
        format!(
            "held  {phase:<7}  {:>9.1} wf/s  {:.3} CPU-s per 1,000 (engine {:.3}, Postgres {:.3})  open runs: {:.0} MB, \
             {} dead rows",
            self.wf_per_s,
            self.cpu.all,
            self.cpu.engine,
            self.cpu.postgres,
            self.bloat.bytes as f64 / 1e6,
            self.bloat.dead_rows,
        )
    }
}

impl Summary {
    fn of(rounds: &[Round], rows_read: u64) -> Self {
        let rate = |turn: &Turn| turn.wf_per_s;
        let cpu = |turn: &Turn| turn.cpu.all;
        let [clean, readers, held] = [0, 1, 2];
        let late = &rounds[rounds.len() / 2..];
        Summary {
            workload: "held",
            rounds: rounds.len(),
            readers_to_clean: ratio(late, rate, readers, clean),
            held_to_clean: ratio(late, rate, held, clean),
            held_to_readers: ratio(late, rate, held, readers),
            cpu_readers_to_clean: ratio(late, cpu, readers, clean),
            cpu_held_to_clean: ratio(late, cpu, held, clean),
            cpu_held_to_readers: ratio(late, cpu, held, readers),
            rows_read,
        }
    }

    /// A line for people.
    pub fn text(&self) -> String {
        format!(
            "held  medians of the second half of {} rounds: rate with readers {:.3} of clean, held {:.3} of clean and \
             {:.3} of readers; CPU {:.3}, {:.3} and {:.3}",
            self.rounds,
            self.readers_to_clean,
            self.held_to_clean,
            self.held_to_readers,
            self.cpu_readers_to_clean,
            self.cpu_held_to_clean,
            self.cpu_held_to_readers,
        )
    }
}

/// The median, over the rounds, of a figure of one turn by that of another.
fn ratio(rounds: &[Round], figure: fn(&Turn) -> f64, of: usize, to: usize) -> f64 {
    let mut ratios: Vec<f64> = rounds
        .iter()
        .map(|round| figure(&round[of]) / figure(&round[to]))
        .collect();
    ratios.sort_by(f64::total_cmp);
    rounded(ratios[ratios.len() / 2], 3)
}
