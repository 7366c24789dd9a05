//! How the load is put on, and what a caller sees of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use crate::failure::{Failure, failed};

use super::workloads::{TIMER, WIDTH};

/// Starts a second of the timers of W5.
const TIMERS_PER_SECOND: f64 = 200.0;
/// At the ends of a long run, the rate is looked at for so long.
const EDGE: Duration = Duration::from_secs(10);

/// What is to be done.
#[derive(Clone, Serialize, Deserialize)]
pub struct Load {
    /// Which workflow.
    pub kind: Kind,
    until: Until,
    in_flight: usize,
    /// Which of the numbers are its own.
    share: Share,
}

/// One process's part of the numbers: `own`, and then each `of`th.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Share {
    own: usize,
    of: usize,
}

/// A workflow, but for its number.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub enum Kind {
    /// W1 and W4.
    OneActivity,
    /// W2.
    TenInSequence,
    /// W3.
    FanOut {
        /// The last of the activities takes so many microseconds, the first no time.
        spread_us: u64,
    },
    /// W5.
    Timers,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
enum Until {
    Count(usize),
    Time(Duration),
}

/// Where runs are started.
pub trait Target: Clone + Send + Sync + 'static {
    /// Starts a run under that number and waits until it has completed.
    fn run(&self, kind: Kind, number: usize) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// What the callers saw.
#[derive(Serialize, Deserialize)]
pub struct Measured {
    /// How long all of it took.
    pub took: Duration,
    ends: Vec<End>,
}

/// One workflow that was done.
#[derive(Serialize, Deserialize)]
struct End {
    /// When, from the beginning.
    at_us: u64,
    latency_us: u64,
}

impl Load {
    fn new(kind: Kind, until: Until, in_flight: usize) -> Self {
        Load {
            kind,
            until,
            in_flight,
            share: Share { own: 0, of: 1 },
        }
    }

    /// So many workflows of one activity.
    pub fn one_activity(count: usize, in_flight: usize) -> Self {
        Load::new(Kind::OneActivity, Until::Count(count), in_flight)
    }

    /// Workflows of one activity for so long.
    pub fn one_activity_for(time: Duration, in_flight: usize) -> Self {
        Load::new(Kind::OneActivity, Until::Time(time), in_flight)
    }

    /// So many workflows of ten activities.
    pub fn ten_in_sequence(count: usize, in_flight: usize) -> Self {
        Load::new(Kind::TenInSequence, Until::Count(count), in_flight)
    }

    /// So many workflows, all at once, of a hundred activities.
    pub fn fan_out(count: usize, spread: Duration) -> Self {
        let spread_us = spread.as_micros() as u64;
        Load::new(Kind::FanOut { spread_us }, Until::Count(count), count)
    }

    /// So many timers, begun at a steady pace.
    pub fn timers(count: usize) -> Self {
        Load::new(Kind::Timers, Until::Count(count), count)
    }

    /// Its parts for so many processes that put it on together: each has its part of what is in flight, and of the
    /// numbers. What is done one at a time is done by the first alone.
    pub fn split(&self, among: usize) -> Vec<Load> {
        let busy = among.min(self.in_flight);
        let part = |own: usize| Load {
            in_flight: (self.in_flight + among - 1 - own) / among,
            share: Share { own, of: busy },
            ..self.clone()
        };
        (0..among).map(part).collect()
    }

    /// How many tasks of one kind there may be at once.
    pub fn tasks_at_once(&self) -> usize {
        match self.kind {
            Kind::FanOut { .. } => self.in_flight * WIDTH as usize,
            Kind::OneActivity | Kind::TenInSequence | Kind::Timers => self.in_flight,
        }
    }

    /// Puts it on these, in turn, and waits until all is done.
    pub async fn run<T: Target>(self, targets: &[T]) -> Result<Measured, Failure> {
        let next = Arc::new(AtomicUsize::new(0));
        let begun = Instant::now();
        let mut callers = JoinSet::new();
        for target in targets.iter().cycle().take(self.in_flight) {
            let caller = Caller {
                target: target.clone(),
                load: self.clone(),
                next: Arc::clone(&next),
                begun,
            };
            callers.spawn(caller.work());
        }
        let mut ends = Vec::new();
        while let Some(ended) = callers.join_next().await {
            ends.extend(ended.map_err(failed)??);
        }
        Ok(Measured {
            took: begun.elapsed(),
            ends,
        })
    }
}

impl Measured {
    /// What several processes saw that began together.
    pub fn together(parts: Vec<Measured>) -> Self {
        Measured {
            took: parts.iter().map(|part| part.took).max().unwrap_or_default(),
            ends: parts.into_iter().flat_map(|part| part.ends).collect(),
        }
    }

    /// Workflows that were done.
    pub fn workflows(&self) -> usize {
        self.ends.len()
    }

    /// From the call to the result, sorted. Of timers: how much later than due.
    pub fn latencies(&self) -> Vec<Duration> {
        let latencies = self.ends.iter().map(|end| Duration::from_micros(end.latency_us));
        let mut latencies: Vec<Duration> = latencies.collect();
        latencies.sort_unstable();
        latencies
    }

    /// Workflows a second in the first and in the last ten seconds, if it took long enough.
    pub fn edges(&self) -> Option<(f64, f64)> {
        let within = |from: Duration| {
            let window = from..from + EDGE;
            let ends = self.ends.iter();
            let ends = ends.filter(|end| window.contains(&Duration::from_micros(end.at_us)));
            ends.count() as f64 / EDGE.as_secs_f64()
        };
        (self.took > EDGE * 3).then(|| (within(Duration::ZERO), within(self.took - EDGE)))
    }
}

/// Runs one workflow after another.
struct Caller<T> {
    target: T,
    load: Load,
    next: Arc<AtomicUsize>,
    begun: Instant,
}

impl<T: Target> Caller<T> {
    async fn work(self) -> Result<Vec<End>, Failure> {
        let mut ends = Vec::new();
        while let Some(number) = self.take() {
            let mut expected = Duration::ZERO;
            if let Kind::Timers = self.load.kind {
                let at = self.begun + Duration::from_secs_f64(number as f64 / TIMERS_PER_SECOND);
                tokio::time::sleep_until(at.into()).await;
                expected = TIMER;
            }
            let called = Instant::now();
            self.target.run(self.load.kind, number).await?;
            let latency = called.elapsed().checked_sub(expected);
            let latency = latency.ok_or_else(|| failed("a timer fired too early"))?;
            ends.push(End {
                at_us: self.begun.elapsed().as_micros() as u64,
                latency_us: latency.as_micros() as u64,
            });
        }
        Ok(ends)
    }

    /// The number of the next workflow, if there is to be one.
    fn take(&self) -> Option<usize> {
        let Share { own, of } = self.load.share;
        let number = own + of * self.next.fetch_add(1, Ordering::Relaxed);
        let more = match self.load.until {
            Until::Count(count) => number < count,
            Until::Time(time) => self.begun.elapsed() < time,
        };
        more.then_some(number)
    }
}
