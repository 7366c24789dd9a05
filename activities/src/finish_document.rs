//! The end of a document's processing.

use std::sync::Arc;

use apus::sdk::{Activity, ActivityError, ActivityOptions, ActivityTask};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::catalog::{DocumentState, Outcome};
use crate::{Environment, policy};

/// Writes down how the processing ended. The first outcome of the latest attempt stands.
#[derive(Debug, Serialize, Deserialize)]
pub struct FinishDocument {
    /// The document.
    pub document: Uuid,
    /// Which attempt at its processing ended: how often it was asked for again.
    #[serde(default, skip_serializing_if = "is_first")]
    pub attempt: i32,
    /// How it ended.
    pub outcome: Outcome,
}

impl Activity for FinishDocument {
    type Output = DocumentState;
    type Context = Environment;
    const NAME: &'static str = "finish-document";

    fn options() -> ActivityOptions {
        policy::quick()
    }

    async fn run(self, _: ActivityTask, with: Arc<Environment>) -> Result<DocumentState, ActivityError> {
        Ok(with
            .catalog
            .finish(self.document, self.attempt, &self.outcome)
            .await?)
    }
}

fn is_first(attempt: &i32) -> bool {
    *attempt == 0
}
