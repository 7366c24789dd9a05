//! Has somebody processed a document that arrived?

use std::sync::Arc;

use apus::sdk::{Activity, ActivityError, ActivityOptions, ActivityTask};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Environment, policy};

/// Asks the catalog whether the document has been processed: true when it needs no `upload-complete` any more.
#[derive(Debug, Serialize, Deserialize)]
pub struct VerifyProcessed {
    /// The document.
    pub document: Uuid,
}

impl Activity for VerifyProcessed {
    type Output = bool;
    type Context = Environment;
    const NAME: &'static str = "verify-processed";

    fn options() -> ActivityOptions {
        policy::quick()
    }

    async fn run(self, _: ActivityTask, with: Arc<Environment>) -> Result<bool, ActivityError> {
        let state = with.catalog.document(self.document).await?.state;
        Ok(state.is_final() || with.is_leaving(self.document).await?)
    }
}
