//! Figures about a document that was processed.

use std::sync::Arc;

use apus::sdk::{Activity, ActivityError, ActivityOptions, ActivityTask};
use chrono::Utc;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::catalog::Plan;
use crate::ports::metrics::{Datum, Unit};
use crate::{Environment, policy};

/// Publishes what became of an upload. Figures may count a document twice after a crash; counters that must be exact
/// are in the catalog.
#[derive(Debug, Serialize, Deserialize)]
pub struct PutMetrics {
    /// The document.
    pub document: Uuid,
    /// What its account pays for.
    pub plan: Plan,
    /// Its kind.
    pub kind: String,
    /// `ready`, `ready_degraded` or `failed`.
    pub outcome: String,
    /// In bytes.
    pub size: u64,
    /// From the start of its processing to its end, in seconds.
    pub seconds: f64,
}

impl Activity for PutMetrics {
    type Output = ();
    type Context = Environment;
    const NAME: &'static str = "put-metrics";

    fn options() -> ActivityOptions {
        policy::quick()
    }

    async fn run(self, _: ActivityTask, with: Arc<Environment>) -> Result<(), ActivityError> {
        let plan = match self.plan {
            Plan::Free => "free",
            Plan::Premium => "premium",
        };
        let dimensions = vec![
            ("account_type".to_owned(), plan.to_owned()),
            ("kind".to_owned(), self.kind),
            ("outcome".to_owned(), self.outcome),
        ];
        let datum = |name: &str, value: f64, unit: Unit| Datum {
            name: name.into(),
            value,
            unit,
            dimensions: dimensions.clone(),
            at: Utc::now(),
        };
        let data = vec![
            datum("documents_uploaded", 1.0, Unit::Count),
            datum("document_size", self.size as f64, Unit::Bytes),
            datum("processing_time", self.seconds, Unit::Seconds),
        ];
        with.metrics
            .put(data)
            .await
            .map_err(|error| ActivityError::permanent("metrics", error.to_string()))
    }
}
