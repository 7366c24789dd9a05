//! `long-run`: runs of ten thousand activities each. Does an activity cost more when the history behind it is long?
//!
//! All runs go side by side and wait for each other before and after the two stretches that are measured, so that
//! what is measured is activities of one place in the history and nothing else. In the end another node takes over
//! runs of that length: how long does it take to read, fold and replay one?

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use apus::model::Limits;
use apus::node::Node;
use apus::sdk::{
    Activities, Activity, ActivityError, ActivityOptions, ActivityTask, Client, RunHandle, Workflow,
    WorkflowContext, WorkflowError, Workflows,
};
use serde::{Deserialize, Serialize};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::failure::{Failure, failed};

use super::database::Database;
use super::meter::Meter;
use super::report::{at, rounded};
use super::stack::{ACTIVITIES_MAX, DOMAIN, Engine, Place, Program};

/// Activities of a stretch, unless the runs are too short.
const STRETCH: u32 = 500;
/// The first stretch begins here: plans are made by then, and caches warm.
const WARM: u32 = 50;
/// Events that an activity adds to the history: three of its own, three of the decision that follows.
const EVENTS_EACH: u64 = 6;
/// Runs that another node takes over in the end, one after the other.
const TAKEN_OVER: usize = 20;
/// The signal that lets a run end.
const END: &str = "end";

type Handle = RunHandle<ManySteps, Node>;

/// How many activities, and how many runs side by side.
#[derive(Clone, Copy)]
pub struct LongRun {
    /// Activities of a run.
    pub activities: u32,
    /// Runs.
    pub runs: usize,
}

/// What came out. A line of JSON.
#[derive(Serialize)]
pub struct Report {
    workload: &'static str,
    activities: u32,
    runs: usize,
    secs: f64,
    events: u64,
    /// Around the 100th activity.
    early: Stretch,
    /// Before the last one.
    late: Stretch,
    /// What an activity of the second stretch costs, over what one of the first does: CPU.
    cpu_ratio: f64,
    /// And time.
    p50_ratio: f64,
    /// How long another node takes over such a run: from a signal to the end that it leads to.
    takeover_p50_ms: f64,
    takeover_max_ms: f64,
    other_cores: f64,
}

/// What the activities of a stretch cost.
#[derive(Serialize)]
struct Stretch {
    first: u32,
    last: u32,
    p50_ms: f64,
    p99_ms: f64,
    cpu_ms_each: f64,
    cpu_engine_ms_each: f64,
    cpu_pg_ms_each: f64,
}

impl LongRun {
    /// Measures it.
    pub async fn measure(self, place: &Place) -> Result<Report, Failure> {
        if self.activities < 8 {
            return Err(Failure::Usage("a long run has 8 activities at least".to_owned()));
        }
        if self.runs > ACTIVITIES_MAX {
            return Err(Failure::Usage(format!(
                "at most {ACTIVITIES_MAX} long runs go side by side: each has an activity under way"
            )));
        }
        let database = Database::create(place).await?;
        let begun = Instant::now();
        let pace = Arc::new(Pace::new(self));
        let engine = Engine::start(database.options.clone(), self.program(&pace)).await?;
        let client = &engine.client;
        let mut runs = self.start(client).await?;
        let mut ends = JoinSet::new();
        for run in runs.iter().map(|run| run.execution().clone()) {
            let run = client.handle::<ManySteps>(run);
            ends.spawn(async move { run.result().await });
        }
        let watched = tokio::select! {
            watched = watch(&pace, &database) => watched?,
            Some(ended) = ends.join_next() => {
                return Err(failed(format!("a run ended before its time: {ended:?}")));
            }
        };
        ends.shutdown().await;
        engine.stop().await;
        runs.truncate(TAKEN_OVER);
        let (takeovers, events) = self.take_over(&database, &pace, &runs).await?;
        database.drop().await?;
        Ok(self.report(begun.elapsed(), watched, &takeovers, events))
    }

    async fn start(self, client: &Client<Node>) -> Result<Vec<Handle>, Failure> {
        let mut runs = Vec::with_capacity(self.runs);
        for run in 0..self.runs {
            let steps = ManySteps {
                run,
                steps: self.activities,
            };
            let started = client.start(format!("many-steps-{run}"), &steps);
            runs.push(started.await.map_err(failed)?);
        }
        Ok(runs)
    }

    /// Lets a node that has never seen these runs bring them to their end.
    async fn take_over(
        self,
        database: &Database,
        pace: &Arc<Pace>,
        runs: &[Handle],
    ) -> Result<(Vec<Duration>, u64), Failure> {
        let engine = Engine::start(database.options.clone(), self.program(pace)).await?;
        let (node, client) = (&engine.node, &engine.client);
        let (mut took, mut events) = (Vec::new(), 0);
        for run in runs {
            let run = client.handle::<ManySteps>(run.execution().clone());
            let asked = Instant::now();
            run.signal(END, &()).await.map_err(failed)?;
            run.result().await.map_err(failed)?;
            took.push(asked.elapsed());
            let page = node.history_page(DOMAIN, run.execution(), None, 1, true);
            let last = page.await.map_err(failed)?.events.pop();
            events = last.map_or(0, |last| last.id);
        }
        engine.stop().await;
        took.sort_unstable();
        Ok((took, events))
    }

    fn program(self, pace: &Arc<Pace>) -> Program {
        Program {
            workflows: Workflows::new().add::<ManySteps>(),
            activities: Activities::new().add::<Step>(Arc::clone(pace)),
            limits: Limits {
                history_events: (u64::from(self.activities) + u64::from(STRETCH)) * EVENTS_EACH,
                ..Limits::default()
            },
            concurrency: self.runs,
        }
    }

    fn report(
        self,
        took: Duration,
        [(early, others_early), (late, others_late)]: [(Stretch, f64); 2],
        takeovers: &[Duration],
        events: u64,
    ) -> Report {
        Report {
            workload: "long-run",
            activities: self.activities,
            runs: self.runs,
            secs: rounded(took.as_secs_f64(), 1),
            events,
            cpu_ratio: rounded(late.cpu_ms_each / early.cpu_ms_each, 3),
            p50_ratio: rounded(late.p50_ms / early.p50_ms, 3),
            early,
            late,
            takeover_p50_ms: at(takeovers, 0.5),
            takeover_max_ms: at(takeovers, 1.0),
            other_cores: rounded(others_early.max(others_late), 2),
        }
    }
}

impl Report {
    /// A line for people.
    pub fn text(&self) -> String {
        let Report { early, late, .. } = self;
        format!(
            "{}  activities {} to {}: p50 {:.2} ms, {:.4} CPU-ms each; {} to {}: p50 {:.2} ms, {:.4} CPU-ms each  \
             ratio {:.2} (p50 {:.2})  another node takes over {} events in {:.0} ms",
            self.workload,
            early.first,
            early.last,
            early.p50_ms,
            early.cpu_ms_each,
            late.first,
            late.last,
            late.p50_ms,
            late.cpu_ms_each,
            self.cpu_ratio,
            self.p50_ratio,
            self.events,
            self.takeover_p50_ms,
        )
    }
}

/// Measures both stretches: lets the runs into each when all are there, and looks again when all are through.
async fn watch(pace: &Pace, database: &Database) -> Result<[(Stretch, f64); 2], Failure> {
    let mut measured = Vec::new();
    for (first, last) in pace.stretches {
        pace.gate.wait().await;
        let meter = Meter::start(database.postmaster());
        pace.gate.wait().await;
        pace.gate.wait().await;
        let used = meter.stop();
        let laps = pace.take_laps();
        pace.gate.wait().await;
        let activities = laps.len().max(1) as f64;
        let each = |seconds: f64| rounded(seconds * 1e3 / activities, 5);
        let stretch = Stretch {
            first: first + 1,
            last,
            p50_ms: at(&laps, 0.50),
            p99_ms: at(&laps, 0.99),
            cpu_ms_each: each(used.own_cpu_s + used.postgres_cpu_s),
            cpu_engine_ms_each: each(used.own_cpu_s),
            cpu_pg_ms_each: each(used.postgres_cpu_s),
        };
        measured.push((stretch, used.other_cores));
    }
    let stretches = <[_; 2]>::try_from(measured);
    stretches.map_err(|_| failed("there are two stretches to measure"))
}

/// Where the runs wait for each other, and how long they took from activity to activity in between.
struct Pace {
    /// After the first of these activities until after the second.
    stretches: [(u32, u32); 2],
    /// For all runs and who measures them: once when they are there, once when they may go on.
    gate: Barrier,
    laps: Vec<Mutex<Laps>>,
}

#[derive(Default)]
struct Laps {
    last: Option<Instant>,
    took: Vec<Duration>,
}

impl Pace {
    fn new(of: LongRun) -> Self {
        let length = (of.activities / 4).clamp(1, STRETCH);
        let warm = WARM.min(length);
        Pace {
            stretches: [
                (warm, warm + length),
                (of.activities - length - 1, of.activities - 1),
            ],
            gate: Barrier::new(of.runs + 1),
            laps: (0..of.runs).map(|_| Mutex::default()).collect(),
        }
    }

    async fn pass(&self, step: &Step) {
        let within = |(first, last): &(u32, u32)| (first..=last).contains(&&step.number);
        let Some(&(first, last)) = self.stretches.iter().find(|stretch| within(stretch)) else {
            return;
        };
        self.lap(step);
        if step.number == first || step.number == last {
            self.gate.wait().await;
            self.gate.wait().await;
            self.laps(step.run).last = Some(Instant::now());
        }
    }

    fn lap(&self, step: &Step) {
        let mut laps = self.laps(step.run);
        let is_first = self.stretches.iter().any(|(first, _)| *first == step.number);
        if let Some(last) = laps.last.filter(|_| !is_first) {
            laps.took.push(last.elapsed());
        }
        laps.last = Some(Instant::now());
    }

    fn laps(&self, run: usize) -> std::sync::MutexGuard<'_, Laps> {
        self.laps[run].lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_laps(&self) -> Vec<Duration> {
        let all = (0..self.laps.len()).flat_map(|run| std::mem::take(&mut self.laps(run).took));
        let mut all: Vec<Duration> = all.collect();
        all.sort_unstable();
        all
    }
}

/// So many activities in sequence, then the end when a signal asks for it.
#[derive(Serialize, Deserialize)]
struct ManySteps {
    run: usize,
    steps: u32,
}

impl Workflow for ManySteps {
    type Output = ();
    const NAME: &'static str = "many-steps";

    async fn run(self, ctx: WorkflowContext) -> Result<(), WorkflowError> {
        for number in 0..self.steps {
            let run = self.run;
            ctx.run(Step { run, number }).await?;
        }
        Ok(ctx.signals(END).recv().await?)
    }
}

/// Takes no time, but where the runs wait for each other.
#[derive(Serialize, Deserialize)]
struct Step {
    run: usize,
    number: u32,
}

impl Activity for Step {
    type Output = ();
    type Context = Pace;
    const NAME: &'static str = "step";

    fn options() -> ActivityOptions {
        // It waits for the slowest run.
        ActivityOptions::default().start_to_close(Duration::from_secs(600))
    }

    async fn run(self, _: ActivityTask, pace: Arc<Pace>) -> Result<(), ActivityError> {
        pace.pass(&self).await;
        Ok(())
    }
}
