//! The text of a document, page by page, into the object store.

use std::sync::Arc;

use apus::sdk::{Activity, ActivityError, ActivityOptions, ActivityTask};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::environment::Stored;
use crate::extract::{Extraction, PageSource, Progress};
use crate::search::PageText;
use crate::{Environment, policy};

/// Reads the document's text and stores it; histories hold no texts.
#[derive(Debug, Serialize, Deserialize)]
pub struct ExtractText {
    /// The document.
    pub document: Uuid,
}

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextFacts {
    /// Pages of the document.
    pub pages: u32,
    /// Pages of which no text could be read, because nothing is on them or nothing could be made out.
    pub without_text: u32,
    /// Text beyond the limits was left out.
    pub truncated: bool,
    /// What is missing, for people.
    pub missing: Option<String>,
}

impl Activity for ExtractText {
    type Output = TextFacts;
    type Context = Environment;
    const NAME: &'static str = "extract-text";

    fn options() -> ActivityOptions {
        policy::long()
    }

    async fn run(self, task: ActivityTask, with: Arc<Environment>) -> Result<TextFacts, ActivityError> {
        let document = with.catalog.document(self.document).await?;
        let file = with.download(&document).await?;
        let (pages, mut turned) = tokio::sync::watch::channel(None::<Progress>);
        let extracting = async {
            let progress = |progress| {
                pages.send_replace(Some(progress));
            };
            let extracted = with.extractor.extract(file.path(), progress).await;
            drop(pages);
            extracted
        };
        let reporting = async {
            while turned.changed().await.is_ok() {
                let progress = *turned.borrow_and_update();
                if let Some(Progress { done, total }) = progress {
                    task.heartbeat(&format!("{done} of {total} pages"))?;
                    with.catalog
                        .record_progress(self.document, done, Some(total))
                        .await?;
                }
            }
            Ok::<_, ActivityError>(())
        };
        let (extracted, reported) = tokio::join!(extracting, reporting);
        reported?;
        let extraction = extracted.map_err(|error| match error.is_retryable() {
            true => ActivityError::retryable(error.code(), error.to_string()),
            false => ActivityError::permanent(error.code(), error.to_string()),
        })?;
        let facts = facts(&extraction);
        let key = Stored::Text.key(document.owner, document.version_id)?;
        let body = serde_json::to_vec(&texts(extraction))?;
        with.objects.put(&key, body.into(), "application/json").await?;
        if with.is_leaving(document.version_id).await? {
            with.objects.delete(&key).await?;
        }
        Ok(facts)
    }
}

fn facts(extraction: &Extraction) -> TextFacts {
    let without =
        |page: &&crate::extract::Page| page.source == PageSource::Nothing || page.source == PageSource::Blank;
    TextFacts {
        pages: extraction.pages.len() as u32,
        without_text: extraction.pages.iter().filter(without).count() as u32,
        truncated: extraction.truncated,
        missing: extraction.degraded.clone(),
    }
}

fn texts(extraction: Extraction) -> Vec<PageText> {
    let page = |page: crate::extract::Page| PageText {
        number: page.number,
        text: page.text,
    };
    extraction
        .pages
        .into_iter()
        .filter(|page| !page.text.is_empty())
        .map(page)
        .collect()
}
