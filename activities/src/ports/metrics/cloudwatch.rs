//! Metrics to CloudWatch, in batches and in the background.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{Dimension, MetricDatum, StandardUnit};
use serde::Deserialize;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};

use super::{Datum, Metrics, MetricsError, Unit, check};
use crate::ports::aws::AwsSettings;
use crate::ports::fault::ServiceFault;

/// Most data in one call, as CloudWatch limits it.
pub const BATCH_MAX: usize = 1000;
/// Data that may wait to be sent. What finds no room is dropped and counted.
pub const BUFFER_MAX: usize = 20_000;
/// How long a datum waits for others to be sent with it.
const BATCH_WAIT: Duration = Duration::from_secs(5);

/// Where the figures go.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CloudWatchSettings {
    /// Region, endpoint and credentials.
    pub aws: AwsSettings,
    /// The namespace of the custom metrics.
    #[serde(default = "default_namespace")]
    pub namespace: String,
}

pub(in crate::ports) fn default_namespace() -> String {
    "DocStore".to_owned()
}

/// The publisher. Dropped, it sends what it has and ends; [`Metrics::flush`] waits for that.
pub struct CloudWatchMetrics {
    data: mpsc::Sender<Datum>,
    flushes: mpsc::Sender<Flush>,
    dropped: Arc<AtomicU64>,
}

/// Answered when everything taken before it has been sent or dropped.
type Flush = oneshot::Sender<Result<(), ServiceFault>>;

impl CloudWatchMetrics {
    /// Starts the publisher; nothing is sent yet.
    pub async fn start(settings: &CloudWatchSettings) -> Self {
        let (data, waiting) = mpsc::channel(BUFFER_MAX);
        let (flushes, flush_requests) = mpsc::channel(1);
        let dropped = Arc::new(AtomicU64::new(0));
        let publisher = Publisher {
            client: Client::new(&settings.aws.load().await),
            namespace: settings.namespace.clone(),
            waiting,
            flush_requests,
            dropped: dropped.clone(),
        };
        tokio::spawn(publisher.run());
        Self {
            data,
            flushes,
            dropped,
        }
    }
}

#[async_trait]
impl Metrics for CloudWatchMetrics {
    async fn put(&self, data: Vec<Datum>) -> Result<(), MetricsError> {
        check(&data)?;
        let lost = data
            .into_iter()
            .filter_map(|datum| self.data.try_send(datum).err())
            .count();
        if lost > 0 {
            self.dropped.fetch_add(lost as u64, Ordering::Relaxed);
            tracing::warn!(
                lost,
                "metrics found no room to wait for CloudWatch and were dropped"
            );
        }
        Ok(())
    }

    async fn flush(&self) -> Result<(), MetricsError> {
        let (answer, answered) = oneshot::channel();
        self.flushes.send(answer).await.map_err(|_| MetricsError::Ended)?;
        answered
            .await
            .map_err(|_| MetricsError::Ended)?
            .map_err(MetricsError::Undelivered)
    }

    fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

struct Publisher {
    client: Client,
    namespace: String,
    waiting: mpsc::Receiver<Datum>,
    flush_requests: mpsc::Receiver<Flush>,
    dropped: Arc<AtomicU64>,
}

impl Publisher {
    async fn run(mut self) {
        let mut batch = Vec::new();
        let mut deadline = Instant::now();
        loop {
            let room = BATCH_MAX - batch.len();
            tokio::select! {
                biased;
                Some(flush) = self.flush_requests.recv() => {
                    let outcome = self.send_all(std::mem::take(&mut batch)).await;
                    // Whoever asked may have stopped waiting.
                    let _ = flush.send(outcome);
                }
                () = sleep_until(deadline), if !batch.is_empty() => {
                    // A failure is counted and logged where it happens.
                    let _ = self.send(std::mem::take(&mut batch)).await;
                }
                received = self.waiting.recv_many(&mut batch, room) => {
                    if received == batch.len() {
                        deadline = Instant::now() + BATCH_WAIT;
                    }
                    let is_ended = received == 0;
                    if batch.len() == BATCH_MAX || (is_ended && !batch.is_empty()) {
                        let _ = self.send(std::mem::take(&mut batch)).await;
                    }
                    if is_ended {
                        return;
                    }
                }
            }
        }
    }

    /// Sends a batch begun and whatever else waits.
    async fn send_all(&mut self, mut batch: Vec<Datum>) -> Result<(), ServiceFault> {
        let mut outcome = Ok(());
        loop {
            while batch.len() < BATCH_MAX
                && let Ok(datum) = self.waiting.try_recv()
            {
                batch.push(datum);
            }
            if batch.is_empty() {
                return outcome;
            }
            outcome = outcome.and(self.send(std::mem::take(&mut batch)).await);
        }
    }

    async fn send(&self, batch: Vec<Datum>) -> Result<(), ServiceFault> {
        let size = batch.len();
        let request = self.client.put_metric_data().namespace(&self.namespace);
        let sent = request
            .set_metric_data(Some(batch.into_iter().map(datum_of).collect()))
            .send()
            .await;
        sent.map(drop).map_err(|error| {
            let fault = ServiceFault::from(error);
            self.dropped.fetch_add(size as u64, Ordering::Relaxed);
            tracing::warn!(%fault, dropped = size, "CloudWatch did not take metrics, they are dropped");
            fault
        })
    }
}

fn datum_of(datum: Datum) -> MetricDatum {
    let unit = match datum.unit {
        Unit::Count => StandardUnit::Count,
        Unit::Bytes => StandardUnit::Bytes,
        Unit::Seconds => StandardUnit::Seconds,
        Unit::Level => StandardUnit::None,
    };
    let dimension = |(name, value)| Dimension::builder().name(name).value(value).build();
    MetricDatum::builder()
        .metric_name(datum.name)
        .value(datum.value)
        .unit(unit)
        .timestamp(DateTime::from_millis(datum.at.timestamp_millis()))
        .set_dimensions(Some(datum.dimensions.into_iter().map(dimension).collect()))
        .build()
}
