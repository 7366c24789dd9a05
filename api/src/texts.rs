//! The texts that were read from documents, for their owners to look at.

use std::sync::Arc;

use docstore_activities::catalog::Document;
use docstore_activities::ports::objects::{ObjectError, Objects};
use docstore_activities::search::PageText;
use docstore_activities::{Stored, TEXT_BYTES_MAX};
use moka::future::Cache;

use crate::problem::{Problem, Result};

/// Bytes of text that are kept in memory, so that turning a page does not read the whole document again.
const KEPT_BYTES: u64 = 32 << 20;
/// What one more page takes besides its text.
const PAGE_BYTES: usize = 32;

/// Reads texts from the object store and keeps the latest.
pub struct Texts {
    objects: Arc<dyn Objects>,
    kept: Cache<Edition, Arc<Vec<PageText>>>,
}

/// A text: of which version, by which attempt at reading it.
type Edition = (uuid::Uuid, i32);

impl Texts {
    /// The texts in this object store.
    pub fn new(objects: Arc<dyn Objects>) -> Self {
        let weigh = |_: &Edition, pages: &Arc<Vec<PageText>>| {
            let bytes: usize = pages.iter().map(|page| page.text.len() + PAGE_BYTES).sum();
            u32::try_from(bytes).unwrap_or(u32::MAX)
        };
        let kept = Cache::builder().max_capacity(KEPT_BYTES).weigher(weigh).build();
        Self { objects, kept }
    }

    /// The pages of a version that have a text, in order. Who asks for the same one at the same time waits for one
    /// reading.
    ///
    /// # Errors
    /// [`Problem::NoText`] if none was read from it.
    pub async fn of(&self, document: &Document) -> Result<Arc<Vec<PageText>>> {
        if !document.state.is_final() {
            // What is there may be of an attempt before, and is about to be replaced.
            return Err(Problem::NoText);
        }
        let edition = (document.version_id, document.attempt);
        let read = self.kept.try_get_with(edition, self.read(document)).await;
        read.map_err(|problem| match &*problem {
            Problem::NoText => Problem::NoText,
            other => Problem::Unavailable(anyhow::anyhow!("cannot read a text: {other}")),
        })
    }

    async fn read(&self, document: &Document) -> Result<Arc<Vec<PageText>>> {
        let key = Stored::Text
            .key(document.owner, document.version_id)
            .map_err(Problem::internal)?;
        let body = match self.objects.get(&key, TEXT_BYTES_MAX).await {
            Ok(body) => body,
            Err(ObjectError::NotFound(_)) => return Err(Problem::NoText),
            Err(error) => return Err(error.into()),
        };
        Ok(Arc::new(
            serde_json::from_slice(&body).map_err(Problem::internal)?,
        ))
    }
}
