//! An upload that never came.

use std::sync::Arc;

use apus::sdk::{Activity, ActivityError, ActivityOptions, ActivityTask};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Environment, policy};

/// Marks the document as abandoned and gives back the quota that was reserved for it.
#[derive(Debug, Serialize, Deserialize)]
pub struct AbandonUpload {
    /// The document.
    pub document: Uuid,
}

impl Activity for AbandonUpload {
    type Output = ();
    type Context = Environment;
    const NAME: &'static str = "abandon-upload";

    fn options() -> ActivityOptions {
        policy::quick()
    }

    async fn run(self, _: ActivityTask, with: Arc<Environment>) -> Result<(), ActivityError> {
        with.catalog.abandon(self.document).await?;
        Ok(())
    }
}
