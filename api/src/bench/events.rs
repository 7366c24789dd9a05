//! Uploads that begin, until the workflow that watches over each has durably started: from the event, which the web tier
//! puts into the queue, or from the request of the client on. How long an event waits for its workflow is what the
//! program's own metric `docstore_event_wait_seconds` says.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use reqwest::Method;

use super::Options;
use super::fill::Filled;
use super::load::{self, Answered, Figures, Pace, receive, send};
use crate::events::{DocumentEvent, Event};
use crate::node::Node;

/// Between two looks whether the queue is empty.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What it took to put events into the queue, and to start the workflows.
pub async fn from_the_event(node: &Node, filled: &Arc<Filled>, options: &Options) -> Result<Vec<Figures>> {
    let begun = Instant::now();
    // Not from another thread: connections to the database belong to the runtime that opened them.
    let sent = load::send_all(Pace::of(options), |number| {
        let (queue, document) = (node.app().queue.clone(), filled.documents[number]);
        let event = Event::UploadInitiated(DocumentEvent::now(document, filled.account(number)));
        async move { Ok(event.send(&*queue).await?) }
    })
    .await?;
    figures(node, filled, options, "events sent", &sent, begun).await
}

/// What the requests took, and the starts of the workflows.
pub async fn from_the_request(node: &Node, filled: &Arc<Filled>, options: &Options) -> Result<Vec<Figures>> {
    let (begun, asking) = (Instant::now(), Arc::clone(filled));
    let answers = load::put_on(Pace::of(options), move |number| {
        let path = format!("/v1/documents/{}/upload-begun", asking.documents[number]);
        send(asking.request(Method::POST, number, &path))
    })
    .await?;
    figures(node, filled, options, "requests", &answers, begun).await
}

async fn figures(
    node: &Node,
    filled: &Filled,
    options: &Options,
    what: &'static str,
    answers: &[Answered],
    begun: Instant,
) -> Result<Vec<Figures>> {
    while waiting(node).await? > 0 {
        tokio::time::sleep(LOOK_EVERY).await;
    }
    let spent = begun.elapsed();
    let url = format!("http://{}/metrics", node.operators());
    let metrics = receive(filled.http().get(url)).await?;
    let buckets = buckets(&String::from_utf8_lossy(metrics.as_ref()));
    let started = Figures::of_buckets("from the event to its workflow", options.rate, spent, &buckets);
    Ok(vec![
        Figures::of_answers(what, options.rate, answers),
        started.context("no workflow was started")?,
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
