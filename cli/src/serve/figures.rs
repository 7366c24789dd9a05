//! What the engine measures, in Prometheus's text format.

use std::time::Duration;

use axum::Router;
use axum::routing::get;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::failure::{Failure, failed};

/// Upper bounds of the buckets of durations, in seconds: from a commit's to a long poll's.
const SECONDS: [f64; 15] = [
    0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 20.0, 60.0,
];
/// Upper bounds of the buckets of counts.
const COUNTS: [f64; 11] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1_024.0];
/// How often what was recorded is folded together if nobody asks for it.
const FOLD_EVERY: Duration = Duration::from_secs(5);

/// Makes this process keep what is measured.
pub fn install() -> Result<PrometheusHandle, Failure> {
    let figures = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
        .and_then(|builder| builder.set_buckets_for_metric(Matcher::Suffix("_turns".to_owned()), &COUNTS))
        .and_then(PrometheusBuilder::install_recorder)
        .map_err(failed)?;
    apus::metrics::describe();
    let folded = figures.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(FOLD_EVERY).await;
            folded.run_upkeep();
        }
    });
    Ok(figures)
}

/// `GET /metrics`.
pub fn routes(figures: PrometheusHandle) -> Router {
    Router::new().route("/metrics", get(async move || figures.render()))
}
