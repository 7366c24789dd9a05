//! A document into the full-text index, because its account wants it indexed otherwise than before.

use std::sync::Arc;

use apus::sdk::{Activity, ActivityError, ActivityOptions, ActivityTask};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::search::Indexed;
use crate::{Environment, IndexDocument, policy};

/// Indexes the document, and notes by which wish of its account that was done.
#[derive(Debug, Serialize, Deserialize)]
pub struct ReindexDocument {
    /// The document.
    pub document: Uuid,
    /// Its text is stored and is to be found too.
    pub with_text: bool,
    /// The account's wish.
    pub wanted: i64,
}

impl Activity for ReindexDocument {
    type Output = Indexed;
    type Context = Environment;
    const NAME: &'static str = "reindex-document";

    fn options() -> ActivityOptions {
        policy::quick()
    }

    async fn run(self, task: ActivityTask, with: Arc<Environment>) -> Result<Indexed, ActivityError> {
        let index = IndexDocument {
            document: self.document,
            with_text: self.with_text,
        };
        let indexed = index.run(task, with.clone()).await?;
        with.catalog.record_reindexed(self.document, self.wanted).await?;
        Ok(indexed)
    }
}
