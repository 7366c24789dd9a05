//! What activities work with, and how its failures become theirs.

use std::sync::Arc;

use apus::sdk::ActivityError;
use tempfile::NamedTempFile;
use uuid::Uuid;

use crate::catalog::{Catalog, CatalogError, Document};
use crate::extract::Extractor;
use crate::ports::mail::Mailer;
use crate::ports::metrics::Metrics;
use crate::ports::objects::{KeyError, ObjectError, ObjectKey, Objects};
use crate::ports::regions::{RegionError, Regions};
use crate::search::{IndexError, SearchIndex};

/// The reason of an activity that found its document deleted, or processed already: its workflow has nothing to do.
pub const NOTHING_TO_DO: &str = "nothing_to_do";

/// The most bytes of a stored text: as the extraction writes it, with JSON around it.
pub const TEXT_BYTES_MAX: u64 = 64 << 20;

/// What activities work with.
pub struct Environment {
    /// DocStore's tables.
    pub catalog: Catalog,
    /// The bytes of documents.
    pub objects: Arc<dyn Objects>,
    /// What sends mail.
    pub mail: Arc<dyn Mailer>,
    /// Where figures go.
    pub metrics: Arc<dyn Metrics>,
    /// The full-text index.
    pub search: SearchIndex,
    /// The other regions.
    pub regions: Regions,
    /// Reads documents.
    pub extractor: Extractor,
    /// The most bytes of a document.
    pub max_document_bytes: u64,
}

/// Where the object store keeps what belongs to a document. Made of ids only.
#[derive(Clone, Copy, Debug)]
pub enum Stored {
    /// The text that was read from it, page by page.
    Text,
    /// The small picture of its first page.
    Thumbnail,
}

impl Stored {
    /// The key of this part of a version of a document.
    ///
    /// # Errors
    /// Never for ids; the signature is the key's.
    pub fn key(self, owner: Uuid, version_id: Uuid) -> Result<ObjectKey, KeyError> {
        let part = match self {
            Stored::Text => "text",
            Stored::Thumbnail => "thumbnail",
        };
        ObjectKey::new(format!("{owner}/{version_id}/{part}"))
    }
}

impl Environment {
    /// Brings a document's object into a temporary file, which goes when the value is dropped.
    ///
    /// # Errors
    /// When the object is gone, too large or out of reach.
    pub async fn download(&self, document: &Document) -> Result<NamedTempFile, ActivityError> {
        let key = ObjectKey::new(document.object_key.clone())?;
        let file = NamedTempFile::new()?;
        self.objects
            .get_to_file(&key, file.path(), self.max_document_bytes)
            .await?;
        Ok(file)
    }

    /// Whether the document is being deleted, or was: what is written about it now would be left over.
    ///
    /// # Errors
    /// When the catalog is out of reach.
    pub async fn is_leaving(&self, document: Uuid) -> Result<bool, ActivityError> {
        match self.catalog.document(document).await {
            Ok(document) => Ok(document.state == crate::catalog::DocumentState::Deleting),
            Err(CatalogError::NoSuchDocument) => Ok(true),
            Err(error) => Err(error.into()),
        }
    }
}

impl From<CatalogError> for ActivityError {
    fn from(error: CatalogError) -> Self {
        match error {
            CatalogError::NoSuchDocument => ActivityError::permanent(NOTHING_TO_DO, error.to_string()),
            CatalogError::NoSuchAccount => ActivityError::permanent("no_such_account", error.to_string()),
            error => ActivityError::retryable("catalog", error.to_string()),
        }
    }
}

impl From<ObjectError> for ActivityError {
    fn from(error: ObjectError) -> Self {
        match error {
            ObjectError::NotFound(_) => ActivityError::permanent("no_object", error.to_string()),
            ObjectError::TooLarge { .. } => ActivityError::permanent("too_large", error.to_string()),
            // What an operator has to put right (a bucket, a key, a disk) can be put right while this is retried.
            error => ActivityError::retryable("object_store", error.to_string()),
        }
    }
}

impl From<RegionError> for ActivityError {
    fn from(error: RegionError) -> Self {
        // Keys, clocks and addresses can be put right while this is retried.
        ActivityError::retryable("region", error.to_string())
    }
}

impl From<KeyError> for ActivityError {
    fn from(error: KeyError) -> Self {
        ActivityError::permanent("object_key", error.to_string())
    }
}

impl From<IndexError> for ActivityError {
    fn from(error: IndexError) -> Self {
        ActivityError::retryable("index", error.to_string())
    }
}
