//! Documents: from a form that promises one to the row that is deleted last.
//!
//! ```text
//! awaiting_upload -> uploading -> processing <-> ready | ready_degraded | failed
//!        |               |            ^
//!        +---------------+-> abandoned (late arrivals return)        any state -> deleting -> (gone)
//! ```
//!
//! What is ready or failed is processed again when its owner or an operator asks for it, and when its form was posted
//! again.
//!
//! A row is one version of a document, with an object of its own. What its owner calls the document is the lineage of
//! those versions; one of them is current: the newest that has arrived. Where a document is changed as a whole, all of
//! its rows are locked first, in the order of their versions, then the row of the account.

mod deletion;
mod duplicates;
mod edit;
mod forms;
mod history;
mod indexing;
mod list;
mod processing;
mod reconcile;
mod reindexing;
mod reprocess;
mod standing;
mod trash;
mod upload;
mod versions;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Catalog, CatalogError, Result};

pub use edit::{Edit, EditError};
pub use forms::EndedForm;
pub use history::{HistoryEntry, HistoryPage};
pub use list::{Cursor, CursorKey, ListQuery, Page, Sort};
pub use processing::{Metadata, Outcome, Reason};
pub use reconcile::Stalled;
pub use reindexing::Unindexed;
pub use reprocess::{FailureCount, Reprocess};
pub use standing::Standing;
pub use trash::TRASH_KEPT;
pub use upload::{Arrival, MAX_OPEN_FORMS, MAX_OPEN_UNSIZED_FORMS, NewUpload, Reservation, UNDER_WAY};
pub use versions::MAX_VERSIONS;

/// Where a document stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum DocumentState {
    /// A form was issued; nothing is known of its file.
    AwaitingUpload,
    /// The client said that it has begun to upload.
    Uploading,
    /// The object is there and is being worked on.
    Processing,
    /// All that could be done with it was done.
    Ready,
    /// It can be used, but something is missing; the reason says what.
    ReadyDegraded,
    /// It could not be processed; it can still be downloaded and found by name.
    Failed,
    /// Its form expired and no object came.
    Abandoned,
    /// It is being removed everywhere.
    Deleting,
}

impl DocumentState {
    /// Its object has not arrived, and may still.
    pub fn is_awaited(self) -> bool {
        matches!(self, Self::AwaitingUpload | Self::Uploading)
    }

    /// Processing has ended.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Ready | Self::ReadyDegraded | Self::Failed)
    }
}

/// A version of a document, usually its current one.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Document {
    /// The document, time-ordered and public: the id of its first version.
    #[sqlx(rename = "lineage")]
    pub id: Uuid,
    /// This version: what its objects, its workflows and its events are named by. That of the first is the document's.
    #[sqlx(rename = "id")]
    pub version_id: Uuid,
    /// The number of this version, from 1.
    pub version: i32,
    /// This is the version that is listed and found.
    pub current: bool,
    /// The account that it belongs to.
    pub owner: Uuid,
    /// Where the object store keeps it.
    pub object_key: String,
    /// Where the object store keeps its thumbnail, if it has one.
    pub thumbnail_key: Option<String>,
    /// As the user gave it: only to be shown.
    pub file_name: String,
    /// As the user gave it: only to be shown.
    pub title: String,
    /// As the user gave them.
    pub tags: Vec<String>,
    /// The content type that the client declared.
    pub declared_type: String,
    /// The content type that the content shows.
    pub sniffed_type: Option<String>,
    /// The kind of document that the content shows.
    pub kind: Option<String>,
    /// Bytes, once the object is there.
    pub size: Option<i64>,
    /// The object store's tag of the content.
    pub etag: Option<String>,
    /// SHA-256 of the content.
    pub digest: Option<Vec<u8>>,
    /// Where it stands.
    pub state: DocumentState,
    /// Why it is degraded or failed, for programs.
    pub reason_code: Option<String>,
    /// Why it is degraded or failed, for people.
    pub reason: Option<String>,
    /// Pages whose text has been extracted.
    pub pages_done: i32,
    /// Pages in all, once known.
    pub pages_total: Option<i32>,
    /// Bytes of the quota held until the real size is counted.
    pub reserved_bytes: i64,
    /// The object store's name of its upload, if it comes in parts.
    pub upload_name: Option<String>,
    /// Bytes that were declared for an upload in parts.
    pub declared_bytes: Option<i64>,
    /// How often its processing was asked for again.
    pub attempt: i32,
    /// Grows with every change that its owner can see.
    pub revision: i64,
    /// When the upload form ends.
    pub form_expires: DateTime<Utc>,
    /// When the form of the first version was issued.
    pub created: DateTime<Utc>,
    /// When something that the user sees last changed.
    pub modified: DateTime<Utc>,
    /// Since when it lies in the trash.
    pub trashed: Option<DateTime<Utc>>,
    /// When the client said that it has begun.
    pub upload_begun: Option<DateTime<Utc>>,
    /// When the object was seen.
    pub uploaded: Option<DateTime<Utc>>,
    /// When processing ended.
    pub processed: Option<DateTime<Utc>>,
}

impl Catalog {
    /// The version with this id, for activities. What a user asks for goes through [`Catalog::owned_document`].
    pub async fn document(&self, version_id: Uuid) -> Result<Document> {
        sqlx::query_as("SELECT * FROM documents WHERE id = $1")
            .bind(version_id)
            .fetch_optional(&self.pool)
            .await?
            .ok_or(CatalogError::NoSuchDocument)
    }

    /// The current version of this document if `owner` owns it; that another one does is not told from its absence.
    pub async fn owned_document(&self, owner: Uuid, id: Uuid) -> Result<Document> {
        sqlx::query_as("SELECT * FROM documents WHERE lineage = $1 AND owner = $2 AND current")
            .bind(id)
            .bind(owner)
            .fetch_optional(&self.pool)
            .await?
            .ok_or(CatalogError::NoSuchDocument)
    }

    /// Those of these documents that `owner` owns, by their ids, in their current versions.
    pub async fn owned_documents(&self, owner: Uuid, ids: &[Uuid]) -> Result<HashMap<Uuid, Document>> {
        let documents: Vec<Document> =
            sqlx::query_as("SELECT * FROM documents WHERE owner = $1 AND lineage = ANY($2) AND current")
                .bind(owner)
                .bind(ids)
                .fetch_all(&self.pool)
                .await?;
        Ok(documents
            .into_iter()
            .map(|document| (document.id, document))
            .collect())
    }
}
