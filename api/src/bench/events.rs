//! Uploads that begin: a request puts the event into the queue, the initializer takes it out and starts the workflow. How
//! long that takes is what the program's own metric `docstore_event_wait_seconds` says.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use reqwest::Method;

use super::Options;
use super::fill::Filled;
use super::load::{self, Figures, Pace, receive};
use crate::node::Node;

/// Between two looks whether the queue is empty.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What the requests took, and what the starts.
pub async fn measure(node: &Node, filled: &Arc<Filled>, options: &Options) -> Result<Vec<Figures>> {
    let pace = Pace {
        rate: options.rate,
        requests: options.requests(),
    };
    let asking = Arc::clone(filled);
    let begun = Instant::now();
    let answers = load::put_on(pace, move |number| {
        let path = format!("/v1/documents/{}/upload-begun", asking.documents[number]);
        asking.request(Method::POST, number, &path)
    })
    .await?;
    while waiting(node).await? > 0 {
        tokio::time::sleep(LOOK_EVERY).await;
    }
    let spent = begun.elapsed();
    let url = format!("http://{}/metrics", node.operators());
    let metrics = receive(filled.http().get(url)).await?;
    let buckets = buckets(&String::from_utf8_lossy(metrics.as_ref()));
    Ok(vec![
        Figures::of_answers("upload-begun requests", options.rate, &answers),
        Figures::of_buckets("from the event to its workflow", options.rate, spent, &buckets)
            .context("no workflow was started")?,
    ])
}

async fn waiting(node: &Node) -> Result<u64> {
    let depth = node.app().queue.depth().await?;
    Ok(depth.waiting + depth.in_flight)
}

/// Of how many events the wait was at most so many seconds.
fn buckets(metrics: &str) -> Vec<(f64, usize)> {
    let bucket = r#"docstore_event_wait_seconds_bucket{event="upload-initiated",le=""#;
    let lines = metrics.lines().filter_map(|line| line.strip_prefix(bucket));
    lines
        .filter_map(|line| {
            let (bound, count) = line.split_once("\"} ")?;
            Some((bound.parse().ok()?, count.parse().ok()?))
        })
        .collect()
}
