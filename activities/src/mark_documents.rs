//! The documents of an account that is being deleted.

use std::sync::Arc;

use apus::sdk::{Activity, ActivityError, ActivityOptions, ActivityTask};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Environment, policy};

/// Documents of one answer: as many deletions run at once.
const BATCH: i64 = 50;

/// Marks documents of a closed account as being deleted and names them, at most 50 at a time; none when none is left.
#[derive(Debug, Serialize, Deserialize)]
pub struct MarkDocuments {
    /// The account.
    pub account: Uuid,
}

impl Activity for MarkDocuments {
    type Output = Vec<Uuid>;
    type Context = Environment;
    const NAME: &'static str = "mark-documents";

    fn options() -> ActivityOptions {
        policy::quick()
    }

    async fn run(self, _: ActivityTask, with: Arc<Environment>) -> Result<Vec<Uuid>, ActivityError> {
        Ok(with
            .catalog
            .mark_documents_of_deleted(self.account, BATCH)
            .await?)
    }
}
