//! The last step of a deletion.

use std::sync::Arc;

use apus::sdk::{Activity, ActivityError, ActivityOptions, ActivityTask};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Environment, policy};

/// Removes the document's row and gives back what it counted for, once.
#[derive(Debug, Serialize, Deserialize)]
pub struct ForgetDocument {
    /// The document.
    pub document: Uuid,
}

impl Activity for ForgetDocument {
    type Output = ();
    type Context = Environment;
    const NAME: &'static str = "forget-document";

    fn options() -> ActivityOptions {
        policy::quick()
    }

    async fn run(self, _: ActivityTask, with: Arc<Environment>) -> Result<(), ActivityError> {
        Ok(with.catalog.finish_delete(self.document).await?)
    }
}
