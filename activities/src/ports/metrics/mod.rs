//! Metrics: the figures of the business, as CloudWatch custom metrics and for Prometheus.

mod cloudwatch;
mod fan_out;
mod prometheus;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub(super) use cloudwatch::default_namespace;
pub use cloudwatch::{BATCH_MAX, BUFFER_MAX, CloudWatchMetrics, CloudWatchSettings};
pub use fan_out::FanOut;
pub use prometheus::PrometheusMetrics;

use super::fault::ServiceFault;

/// Most dimensions of a datum, as CloudWatch limits it.
pub const DIMENSIONS_MAX: usize = 30;
/// Most bytes of a name or of a dimension's value.
pub const NAME_BYTES_MAX: usize = 255;

/// Takes figures. Never blocks its caller on a network.
#[async_trait]
pub trait Metrics: Send + Sync {
    /// Takes data to be published in the background.
    ///
    /// An error means that nothing was taken because a datum is wrong. Data that find no room, or
    /// that the service does not take in the end, are counted as dropped and are no error: figures
    /// must never hold up work.
    async fn put(&self, data: Vec<Datum>) -> Result<(), MetricsError>;

    /// Publishes what has been taken so far and waits for it, for an orderly end of the program.
    async fn flush(&self) -> Result<(), MetricsError>;

    /// How many data have been dropped since the start.
    fn dropped(&self) -> u64;
}

/// One figure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Datum {
    /// `snake_case`, without a unit and without the application's name.
    pub name: String,
    /// The figure, finite.
    pub value: f64,
    /// What the figure counts; it also says how figures of the name add up.
    pub unit: Unit,
    /// Names and values that tell series apart. Names are `snake_case`; values are few: never the
    /// id of a document or of an account.
    pub dimensions: Vec<(String, String)>,
    /// When it was measured.
    pub at: DateTime<Utc>,
}

/// What a figure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Occurrences, which add up: a counter.
    Count,
    /// Bytes of one thing: a distribution.
    Bytes,
    /// Seconds that one thing took: a distribution.
    Seconds,
    /// A level at a moment, of which the last one counts: a gauge.
    Level,
}

/// Why data were not taken.
#[derive(Debug, thiserror::Error)]
pub enum MetricsError {
    /// A datum that no side could publish.
    #[error("the metric {name:?} cannot be published: {reason}")]
    Invalid {
        /// The datum's name.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The last publication failed; its data were dropped and counted.
    #[error("the metrics service did not take the data: {0}")]
    Undelivered(#[source] ServiceFault),
    /// The background task has ended.
    #[error("the metrics publisher has ended")]
    Ended,
}

/// Refuses data that one of the sides could not publish, so that both take the same.
pub(super) fn check(data: &[Datum]) -> Result<(), MetricsError> {
    for datum in data {
        if let Some(reason) = fault_of(datum) {
            return Err(MetricsError::Invalid {
                name: datum.name.clone(),
                reason,
            });
        }
    }
    Ok(())
}

fn fault_of(datum: &Datum) -> Option<&'static str> {
    if !is_snake_case(&datum.name) {
        return Some("its name is not snake_case of 1 to 255 bytes");
    }
    if !datum.value.is_finite() {
        return Some("its value is not finite");
    }
    if datum.unit == Unit::Count && datum.value < 0.0 {
        return Some("a count never goes down");
    }
    if datum.dimensions.len() > DIMENSIONS_MAX {
        return Some("it has more than 30 dimensions");
    }
    if datum.dimensions.iter().any(|(name, _)| !is_snake_case(name)) {
        return Some("the name of a dimension is not snake_case of 1 to 255 bytes");
    }
    let is_wrong = |value: &str| value.is_empty() || value.len() > NAME_BYTES_MAX || !value.is_ascii();
    if datum.dimensions.iter().any(|(_, value)| is_wrong(value)) {
        return Some("the value of a dimension is not ASCII of 1 to 255 bytes");
    }
    None
}

fn is_snake_case(name: &str) -> bool {
    let starts_right = name.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
    let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    starts_right && name.len() <= NAME_BYTES_MAX && name.bytes().all(is_plain)
}
