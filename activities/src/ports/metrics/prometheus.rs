//! Metrics for Prometheus, kept in the process and rendered on demand.

use std::sync::Arc;

use async_trait::async_trait;
use metrics::{Key, Label, Level, Metadata, Recorder, SetRecorderError};
use metrics_exporter_prometheus::{
    BuildError, Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};

use super::{Datum, Metrics, MetricsError, Unit, check};

/// What names of metrics begin with.
const PREFIX: &str = "docstore";
/// Upper bounds of the buckets of durations, in seconds.
const SECONDS_BUCKETS: [f64; 12] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0, 600.0,
];
/// Upper bounds of the buckets of sizes, in bytes: 1 KiB to 1 GiB by factors of four.
const BYTES_BUCKETS: [f64; 11] = [
    1_024.0,
    4_096.0,
    16_384.0,
    65_536.0,
    262_144.0,
    1_048_576.0,
    4_194_304.0,
    16_777_216.0,
    67_108_864.0,
    268_435_456.0,
    1_073_741_824.0,
];

/// The recorder and what it has recorded.
pub struct PrometheusMetrics {
    recorder: Arc<PrometheusRecorder>,
    handle: PrometheusHandle,
}

impl PrometheusMetrics {
    /// A recorder of its own, with nothing in it.
    pub fn new() -> Result<Self, BuildError> {
        let recorder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS_BUCKETS)?
            .set_buckets_for_metric(Matcher::Suffix("_bytes".to_owned()), &BYTES_BUCKETS)?
            .build_recorder();
        let handle = recorder.handle();
        Ok(Self {
            recorder: Arc::new(recorder),
            handle,
        })
    }

    /// Makes it the recorder of the whole process, so that `metrics::counter!` and its like end up
    /// here too. Fails if the process has one.
    pub fn install(&self) -> Result<(), SetRecorderError<Arc<PrometheusRecorder>>> {
        metrics::set_global_recorder(self.recorder.clone())
    }

    /// Everything recorded, in Prometheus's text format. To be called now and then even if nobody
    /// asks, as it also folds samples together.
    pub fn render(&self) -> String {
        self.handle.render()
    }

    fn record(&self, datum: Datum) {
        let suffix = match datum.unit {
            Unit::Count => "_total",
            Unit::Bytes => "_bytes",
            Unit::Seconds => "_seconds",
            Unit::Level => "",
        };
        let labels: Vec<Label> = datum
            .dimensions
            .into_iter()
            .map(|(name, value)| Label::new(name, value))
            .collect();
        let key = Key::from_parts(format!("{PREFIX}_{}{suffix}", datum.name), labels);
        let metadata = Metadata::new(module_path!(), Level::INFO, None);
        match datum.unit {
            // Counters of Prometheus are whole numbers, and so are things that are counted.
            Unit::Count => self
                .recorder
                .register_counter(&key, &metadata)
                .increment(datum.value.round() as u64),
            Unit::Level => self.recorder.register_gauge(&key, &metadata).set(datum.value),
            Unit::Bytes | Unit::Seconds => self
                .recorder
                .register_histogram(&key, &metadata)
                .record(datum.value),
        }
    }
}

#[async_trait]
impl Metrics for PrometheusMetrics {
    async fn put(&self, data: Vec<Datum>) -> Result<(), MetricsError> {
        check(&data)?;
        data.into_iter().for_each(|datum| self.record(datum));
        Ok(())
    }

    async fn flush(&self) -> Result<(), MetricsError> {
        Ok(())
    }

    fn dropped(&self) -> u64 {
        0
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use chrono::Utc;

    use super::*;

    fn datum(name: &str, value: f64, unit: Unit) -> Datum {
        let dimensions = vec![("account_type".to_owned(), "free \"x\"".to_owned())];
        Datum {
            name: name.to_owned(),
            value,
            unit,
            dimensions,
            at: Utc::now(),
        }
    }

    #[tokio::test]
    async fn data_are_rendered_by_their_units() {
        let metrics = PrometheusMetrics::new().unwrap();
        let data = vec![
            datum("documents_uploaded", 2.0, Unit::Count),
            datum("documents_uploaded", 1.0, Unit::Count),
            datum("document_size", 2_000.0, Unit::Bytes),
            datum("processing_time", 0.3, Unit::Seconds),
            datum("queue_depth", 9.0, Unit::Level),
            datum("queue_depth", 4.0, Unit::Level),
        ];
        metrics.put(data).await.unwrap();
        let text = metrics.render();
        let expected = [
            "# TYPE docstore_documents_uploaded_total counter",
            "docstore_documents_uploaded_total{account_type=\"free \\\"x\\\"\"} 3",
            "docstore_document_size_bytes_bucket{account_type=\"free \\\"x\\\"\",le=\"1024\"} 0",
            "docstore_document_size_bytes_bucket{account_type=\"free \\\"x\\\"\",le=\"4096\"} 1",
            "docstore_processing_time_seconds_sum{account_type=\"free \\\"x\\\"\"} 0.3",
            "docstore_queue_depth{account_type=\"free \\\"x\\\"\"} 4",
        ];
        for line in expected {
            assert!(
                text.lines().any(|rendered| rendered == line),
                "{line} is not in\n{text}"
            );
        }
    }

    #[tokio::test]
    async fn data_that_cannot_be_published_are_refused_whole() {
        let metrics = PrometheusMetrics::new().unwrap();
        let good = datum("good", 1.0, Unit::Count);
        let bad = [
            datum("", 1.0, Unit::Count),
            datum("Documents", 1.0, Unit::Count),
            datum("x", f64::NAN, Unit::Level),
            datum("x", f64::INFINITY, Unit::Level),
            datum("x", -1.0, Unit::Count),
            Datum {
                dimensions: vec![("a".to_owned(), String::new())],
                ..good.clone()
            },
            Datum {
                dimensions: vec![("a b".to_owned(), "c".to_owned())],
                ..good.clone()
            },
            Datum {
                dimensions: vec![("a".to_owned(), "b".to_owned()); 31],
                ..good.clone()
            },
        ];
        for datum in bad {
            let outcome = metrics.put(vec![good.clone(), datum.clone()]).await;
            assert!(
                matches!(outcome, Err(MetricsError::Invalid { .. })),
                "{datum:?} was taken"
            );
        }
        assert_eq!(metrics.render(), "");
    }
}
