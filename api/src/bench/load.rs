//! So many requests a second, whatever the answers take: whoever is slow gets no fewer of them. A latency begins when its
//! request was due, so that no request hides behind another.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Error, Result, ensure};
use chrono::{DateTime, Utc};
use futures::future::{BoxFuture, FutureExt};
use reqwest::RequestBuilder;
use serde::Serialize;
use tokio::runtime::Builder;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinSet;

use super::Options;

/// Requests under way at once, each on a connection of its own; more of them wait, which counts.
const CONNECTIONS_MAX: usize = 256;

/// How fast and how many.
#[derive(Clone, Copy)]
pub struct Pace {
    /// Requests a second.
    pub rate: u32,
    /// Requests in all.
    pub requests: usize,
}

impl Pace {
    /// As the options have it.
    pub fn of(options: &Options) -> Self {
        Self {
            rate: options.rate,
            requests: options.requests(),
        }
    }
}

/// A request that was answered.
pub struct Answered {
    /// When it was to be sent.
    pub due: DateTime<Utc>,
    /// From then until the whole answer was there.
    pub took: Duration,
}

/// What came out.
#[derive(Serialize)]
pub struct Figures {
    workload: &'static str,
    n: usize,
    /// Requests a second that were asked for.
    rate: u32,
    /// Requests a second that were done.
    per_s: f64,
    p50_ms: f64,
    p99_ms: f64,
    max_ms: f64,
    /// The latencies are known to the next bound of a histogram only.
    at_most: bool,
}

/// Puts a load on from a thread of its own, so that it is on time while the service works.
pub async fn put_on<F>(pace: Pace, request: impl Fn(usize) -> F + Send + 'static) -> Result<Vec<Answered>>
where
    F: Future<Output = Result<()>> + Send + 'static,
{
    let (done, answers) = oneshot::channel();
    thread::Builder::new().name("load".to_owned()).spawn(move || {
        let runtime = Builder::new_current_thread().enable_all().build();
        let answered = runtime
            .map_err(Error::from)
            .and_then(|runtime| runtime.block_on(send_all(pace, request)));
        // Whoever no longer waits was interrupted.
        let _ = done.send(answered);
    })?;
    answers.await.context("the load's thread ended")?
}

/// Puts a load on.
pub async fn send_all<F>(pace: Pace, request: impl Fn(usize) -> F) -> Result<Vec<Answered>>
where
    F: Future<Output = Result<()>> + Send + 'static,
{
    let (begun, begun_at) = (Instant::now(), Utc::now());
    let connections = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut under_way = JoinSet::new();
    for number in 0..pace.requests {
        let offset = Duration::from_secs_f64(number as f64 / f64::from(pace.rate));
        tokio::time::sleep_until((begun + offset).into()).await;
        let (sending, connections) = (request(number), Arc::clone(&connections));
        under_way.spawn(async move {
            let _connection = connections.acquire_owned().await?;
            sending.await?;
            anyhow::Ok(Answered {
                due: begun_at + offset,
                took: begun.elapsed() - offset,
            })
        });
    }
    let mut answered = Vec::with_capacity(pace.requests);
    while let Some(ended) = under_way.join_next().await {
        answered.push(ended??);
    }
    Ok(answered)
}

/// A request under way.
pub type Request = BoxFuture<'static, Result<()>>;

/// Sends a request of which only the time counts that it takes.
pub fn send(request: RequestBuilder) -> Request {
    async { receive(request).await.map(drop) }.boxed()
}

/// The body of the answer, which has to be a good one.
pub async fn receive(request: RequestBuilder) -> Result<impl AsRef<[u8]>> {
    let answer = request.send().await?;
    let status = answer.status();
    let body = answer.bytes().await?;
    ensure!(
        status.is_success(),
        "an answer was {status}: {}",
        String::from_utf8_lossy(&body)
    );
    Ok(body)
}

impl Figures {
    /// Of a histogram: how many were within so many seconds, for rising bounds. None when there are none.
    pub fn of_buckets(
        workload: &'static str,
        rate: u32,
        spent: Duration,
        buckets: &[(f64, usize)],
    ) -> Option<Self> {
        let n = buckets.last()?.1;
        let within = |quantile: f64| {
            let wanted = (n as f64 * quantile).ceil() as usize;
            let bucket = buckets.iter().find(|(_, count)| *count >= wanted);
            bucket.map_or(f64::INFINITY, |(bound, _)| bound * 1e3)
        };
        Some(Self {
            workload,
            n,
            rate,
            per_s: (n as f64 / spent.as_secs_f64()).round(),
            p50_ms: within(0.5),
            p99_ms: within(0.99),
            max_ms: within(1.0),
            at_most: true,
        })
    }

    /// Of these answers.
    pub fn of_answers(workload: &'static str, rate: u32, answers: &[Answered]) -> Self {
        let end = |answer: &Answered| answer.due + answer.took;
        let first = answers.iter().map(|answer| answer.due).min();
        let spent = answers.iter().map(end).max().zip(first);
        let spent = spent.and_then(|(last, first)| (last - first).to_std().ok());
        let mut times: Vec<_> = answers.iter().map(|answer| answer.took).collect();
        times.sort_unstable();
        let at = |quantile: f64| {
            let place = (times.len().saturating_sub(1) as f64 * quantile).round() as usize;
            times
                .get(place)
                .map_or(0.0, |time| (time.as_secs_f64() * 1e5).round() / 1e2)
        };
        Self {
            workload,
            n: times.len(),
            rate,
            per_s: (times.len() as f64 / spent.unwrap_or_default().as_secs_f64()).round(),
            p50_ms: at(0.5),
            p99_ms: at(0.99),
            max_ms: at(1.0),
            at_most: false,
        }
    }

    /// A line for people.
    pub fn text(&self) -> String {
        let at_most = if self.at_most { "at most " } else { "" };
        format!(
            "{}: {} at {}/s, {}/s done; p50 {at_most}{} ms, p99 {at_most}{} ms, max {at_most}{} ms",
            self.workload, self.n, self.rate, self.per_s, self.p50_ms, self.p99_ms, self.max_ms
        )
    }
}
