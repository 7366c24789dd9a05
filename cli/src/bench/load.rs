//! How the load is put on, and what a caller sees of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use apus::node::Node;
use apus::sdk::{Client, Workflow};
use tokio::task::JoinSet;

use crate::failure::{Failure, failed};

use super::stack::Stack;
use super::workloads::{FanOut, OneActivity, Sleep, TIMER, TenInSequence};

/// Starts a second of the timers of W5.
const TIMERS_PER_SECOND: f64 = 200.0;
/// At the ends of a long run, the rate is looked at for so long.
const EDGE: Duration = Duration::from_secs(10);

/// What is to be done.
pub struct Load {
    kind: Kind,
    until: Until,
    in_flight: usize,
}

enum Kind {
    OneActivity,
    TenInSequence,
    FanOut { spread: Duration },
    Timers,
}

#[derive(Clone, Copy)]
enum Until {
    Count(usize),
    Time(Duration),
}

/// What the callers saw.
pub struct Measured {
    /// Workflows that were done.
    pub workflows: usize,
    /// How long all of it took.
    pub took: Duration,
    /// From the call to the result, sorted. Of timers: how much later than due.
    pub latencies: Vec<Duration>,
    /// Workflows a second in the first and in the last ten seconds, if it took long enough.
    pub edges: Option<(f64, f64)>,
}

impl Load {
    /// So many workflows of one activity.
    pub fn one_activity(count: usize, in_flight: usize) -> Self {
        Load {
            kind: Kind::OneActivity,
            until: Until::Count(count),
            in_flight,
        }
    }

    /// Workflows of one activity for so long.
    pub fn one_activity_for(time: Duration, in_flight: usize) -> Self {
        Load {
            kind: Kind::OneActivity,
            until: Until::Time(time),
            in_flight,
        }
    }

    /// So many workflows of ten activities.
    pub fn ten_in_sequence(count: usize, in_flight: usize) -> Self {
        Load {
            kind: Kind::TenInSequence,
            until: Until::Count(count),
            in_flight,
        }
    }

    /// So many workflows, all at once, of a hundred activities.
    pub fn fan_out(count: usize, spread: Duration) -> Self {
        Load {
            kind: Kind::FanOut { spread },
            until: Until::Count(count),
            in_flight: count,
        }
    }

    /// So many timers, begun at a steady pace.
    pub fn timers(count: usize) -> Self {
        Load {
            kind: Kind::Timers,
            until: Until::Count(count),
            in_flight: count,
        }
    }

    /// Puts it on the stack and waits until all is done.
    pub async fn run(self, stack: &Stack) -> Result<Measured, Failure> {
        let next = Arc::new(AtomicUsize::new(0));
        let begun = Instant::now();
        let mut callers = JoinSet::new();
        for number in 0..self.in_flight {
            let caller = Caller {
                client: stack.clients[number % stack.clients.len()].clone(),
                next: Arc::clone(&next),
                until: self.until,
                begun,
            };
            match &self.kind {
                Kind::OneActivity => callers.spawn(caller.work(|number| OneActivity(number as u32))),
                Kind::TenInSequence => callers.spawn(caller.work(|number| TenInSequence(number as u32))),
                Kind::FanOut { spread } => {
                    let spread_us = spread.as_micros() as u64;
                    callers.spawn(caller.work(move |_| FanOut { spread_us }))
                }
                Kind::Timers => callers.spawn(caller.sleep()),
            };
        }
        let mut ends = Vec::new();
        while let Some(ended) = callers.join_next().await {
            ends.extend(ended.map_err(failed)??);
        }
        Ok(Measured::new(begun.elapsed(), ends))
    }
}

impl Measured {
    fn new(took: Duration, ends: Vec<End>) -> Self {
        let within = |from: Duration| {
            let ends = ends.iter().filter(|end| end.at >= from && end.at < from + EDGE);
            ends.count() as f64 / EDGE.as_secs_f64()
        };
        let edges = (took > EDGE * 3).then(|| (within(Duration::ZERO), within(took - EDGE)));
        let mut latencies: Vec<Duration> = ends.iter().map(|end| end.latency).collect();
        latencies.sort_unstable();
        Measured {
            workflows: ends.len(),
            took,
            latencies,
            edges,
        }
    }
}

/// One workflow that was done.
struct End {
    /// When, from the beginning.
    at: Duration,
    latency: Duration,
}

/// Runs one workflow after another.
struct Caller {
    client: Client<Node>,
    next: Arc<AtomicUsize>,
    until: Until,
    begun: Instant,
}

impl Caller {
    async fn work<W: Workflow + Sync>(self, input: impl Fn(usize) -> W + Send) -> Result<Vec<End>, Failure> {
        let mut ends = Vec::new();
        while let Some(number) = self.take() {
            ends.push(self.one(number, &input(number)).await?);
        }
        Ok(ends)
    }

    async fn sleep(self) -> Result<Vec<End>, Failure> {
        let Some(number) = self.take() else {
            return Ok(Vec::new());
        };
        let at = self.begun + Duration::from_secs_f64(number as f64 / TIMERS_PER_SECOND);
        tokio::time::sleep_until(at.into()).await;
        let end = self.one(number, &Sleep).await?;
        let latency = end.latency.checked_sub(TIMER);
        let latency = latency.ok_or_else(|| failed("a timer fired too early"))?;
        Ok(vec![End { latency, ..end }])
    }

    async fn one<W: Workflow + Sync>(&self, number: usize, input: &W) -> Result<End, Failure> {
        let called = Instant::now();
        let run = self
            .client
            .start(format!("{}-{number}", W::NAME), input)
            .await
            .map_err(failed)?;
        run.result().await.map_err(failed)?;
        Ok(End {
            at: self.begun.elapsed(),
            latency: called.elapsed(),
        })
    }

    /// The number of the next workflow, if there is to be one.
    fn take(&self) -> Option<usize> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let more = match self.until {
            Until::Count(count) => number < count,
            Until::Time(time) => self.begun.elapsed() < time,
        };
        more.then_some(number)
    }
}
