//! A document into the full-text index.

use std::sync::Arc;

use apus::sdk::{Activity, ActivityError, ActivityOptions, ActivityTask};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::catalog::Document;
use crate::environment::Stored;
use crate::search::{Indexed, IndexedDocument, PageText};
use crate::{Environment, policy};

/// The most bytes of a stored text: as the extraction writes it, with JSON around it.
const TEXT_BYTES_MAX: u64 = 64 << 20;

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
        let pages = if self.with_text {
            self.pages(&with, &document).await?
        } else {
            Vec::new()
        };
        let indexed = with.search.put(entry(document, pages)).await?;
        // The deletion marks the document before it removes the entry, so one of the two sees the other.
        if with.is_leaving(self.document).await? {
            with.search.remove(self.document).await?;
        }
        Ok(indexed)
    }
}

impl IndexDocument {
    async fn pages(&self, with: &Environment, document: &Document) -> Result<Vec<PageText>, ActivityError> {
        let key = Stored::Text.key(document.owner, document.id)?;
        let text = with.objects.get(&key, TEXT_BYTES_MAX).await?;
        Ok(serde_json::from_slice(&text)?)
    }
}

fn entry(document: Document, pages: Vec<PageText>) -> IndexedDocument {
    IndexedDocument {
        document: document.id,
        owner: document.owner,
        title: document.title,
        file_name: document.file_name,
        tags: document.tags,
        kind: document.kind.unwrap_or_else(|| "unknown".into()),
        created: document.created,
        modified: document.modified,
        size: document.size.unwrap_or_default() as u64,
        pages,
    }
}
