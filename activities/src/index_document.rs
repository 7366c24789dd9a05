//! A document into the full-text index.

use std::sync::Arc;

use apus::sdk::{Activity, ActivityError, ActivityOptions, ActivityTask};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::index_entry::{self, Text};
use crate::search::Indexed;
use crate::{Environment, policy};

/// Makes the document found by its name and tags and, where there is one, by its text. Once more replaces.
#[derive(Debug, Serialize, Deserialize)]
pub struct IndexDocument {
    /// The document.
    pub document: Uuid,
    /// Its text was extracted and is to be found too.
    pub with_text: bool,
}

impl Activity for IndexDocument {
    type Output = Indexed;
    type Context = Environment;
    const NAME: &'static str = "index-document";

    fn options() -> ActivityOptions {
        policy::quick()
    }

    async fn run(self, _: ActivityTask, with: Arc<Environment>) -> Result<Indexed, ActivityError> {
        let document = with.catalog.document(self.document).await?;
        if !document.current {
            // A newer version has arrived, and is put into the index by its own processing.
            return Ok(Indexed::default());
        }
        let text = if self.with_text {
            Text::Required
        } else {
            Text::None
        };
        index_entry::bring_up_to_date(&with, document.id, text).await
    }
}
