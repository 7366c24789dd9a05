//! What became of a document that was read once more.

use std::sync::Arc;

use apus::sdk::{Activity, ActivityError, ActivityOptions, ActivityTask};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::catalog::Outcome;
use crate::{Environment, policy};

/// Writes down how reading a document went that had been processed before. One that is deleted meanwhile is fine.
#[derive(Debug, Serialize, Deserialize)]
pub struct ReviseOutcome {
    /// The document.
    pub document: Uuid,
    /// How it went.
    pub outcome: Outcome,
}

impl Activity for ReviseOutcome {
    type Output = ();
    type Context = Environment;
    const NAME: &'static str = "revise-outcome";

    fn options() -> ActivityOptions {
        policy::quick()
    }

    async fn run(self, _: ActivityTask, with: Arc<Environment>) -> Result<(), ActivityError> {
        Ok(with.catalog.revise_outcome(self.document, &self.outcome).await?)
    }
}
