//! A document out of the full-text index.

use std::sync::Arc;

use apus::sdk::{Activity, ActivityError, ActivityOptions, ActivityTask};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Environment, policy};

/// Removes the document's entries. What is gone is fine.
#[derive(Debug, Serialize, Deserialize)]
pub struct RemoveFromIndex {
    /// The document.
    pub document: Uuid,
}

impl Activity for RemoveFromIndex {
    type Output = ();
    type Context = Environment;
    const NAME: &'static str = "remove-from-index";

    fn options() -> ActivityOptions {
        policy::quick()
    }

    async fn run(self, _: ActivityTask, with: Arc<Environment>) -> Result<(), ActivityError> {
        Ok(with.search.remove(self.document).await?)
    }
}
