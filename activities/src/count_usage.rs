//! Counters, exact however often this runs.

use std::sync::Arc;

use apus::sdk::{Activity, ActivityError, ActivityOptions, ActivityTask};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::catalog::UsageAfter;
use crate::{Environment, policy};

/// Counts the document in its account's usage and in the totals, once.
#[derive(Debug, Serialize, Deserialize)]
pub struct CountUsage {
    /// The document.
    pub document: Uuid,
    /// Its real size in bytes.
    pub size: u64,
}

impl Activity for CountUsage {
    type Output = UsageAfter;
    type Context = Environment;
    const NAME: &'static str = "count-usage";

    fn options() -> ActivityOptions {
        policy::quick()
    }

    async fn run(self, _: ActivityTask, with: Arc<Environment>) -> Result<UsageAfter, ActivityError> {
        Ok(with.catalog.count_usage(self.document, self.size).await?)
    }
}
