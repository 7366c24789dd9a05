//! A document as the API shows it.

use axum::Json;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use docstore_activities::catalog::{Document, DocumentState, TRASH_KEPT};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::etag;

/// A document, or a version of one.
#[derive(Serialize, ToSchema)]
#[schema(as = Document)]
pub struct DocumentBody {
    /// Its id; all versions of a document have the same.
    id: Uuid,
    /// The number of this version, from 1.
    version: i32,
    /// This is the version that is listed and found: the newest that has arrived.
    current: bool,
    /// The file's name, as given.
    file_name: String,
    /// Its title.
    title: String,
    /// Its tags.
    tags: Vec<String>,
    /// The content type that the content shows; the declared one until it has been looked at.
    content_type: String,
    /// The kind of document that the content shows.
    kind: Option<String>,
    /// Its size in bytes, once it has been uploaded.
    size: Option<u64>,
    /// SHA-256 of the content, in hexadecimal.
    sha256: Option<String>,
    /// Where it stands.
    state: StateName,
    /// Why it is degraded or failed.
    reason: Option<ReasonBody>,
    /// Pages whose text has been extracted.
    pages_done: u32,
    /// Pages in all, once known.
    pages_total: Option<u32>,
    /// It has a thumbnail.
    has_thumbnail: bool,
    /// When the upload of its first version was asked for.
    created: DateTime<Utc>,
    /// When something that can be seen here last changed.
    modified: DateTime<Utc>,
    /// When it arrived.
    uploaded: Option<DateTime<Utc>>,
    /// When its processing ended.
    processed: Option<DateTime<Utc>>,
    /// Since when it lies in the trash.
    trashed: Option<DateTime<Utc>>,
    /// When it will be deleted for good, unless it is restored.
    deleted_after: Option<DateTime<Utc>>,
}

/// Where a document stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DocumentState)]
pub enum StateName {
    /// A form was issued; nothing is known of its file.
    AwaitingUpload,
    /// The client said that it has begun to upload.
    Uploading,
    /// The file is there and is being worked on.
    Processing,
    /// All that could be done with it was done.
    Ready,
    /// It can be used, but something is missing; the reason says what.
    ReadyDegraded,
    /// It could not be processed; it can still be downloaded and found by name.
    Failed,
    /// Its form expired and no file came.
    Abandoned,
    /// It is being removed everywhere.
    Deleting,
}

/// Declares that the API's names of states are the catalog's.
macro_rules! same_states {
    ($($state:ident),+) => {
        impl From<DocumentState> for StateName {
            fn from(state: DocumentState) -> Self {
                match state { $(DocumentState::$state => Self::$state),+ }
            }
        }

        impl From<StateName> for DocumentState {
            fn from(state: StateName) -> Self {
                match state { $(StateName::$state => Self::$state),+ }
            }
        }
    };
}

same_states!(
    AwaitingUpload,
    Uploading,
    Processing,
    Ready,
    ReadyDegraded,
    Failed,
    Abandoned,
    Deleting
);

/// Why a document is degraded or failed.
#[derive(Serialize, ToSchema)]
#[schema(as = Reason)]
pub struct ReasonBody {
    /// For programs, in snake_case.
    pub code: String,
    /// For people.
    pub message: String,
}

impl ReasonBody {
    /// The reason, if both halves of it are there.
    pub fn of(code: Option<String>, message: Option<String>) -> Option<Self> {
        let (code, message) = code.zip(message)?;
        Some(Self { code, message })
    }
}

impl From<Document> for DocumentBody {
    fn from(document: Document) -> Self {
        Self {
            id: document.id,
            version: document.version,
            current: document.current,
            file_name: document.file_name,
            title: document.title,
            tags: document.tags,
            content_type: document.sniffed_type.unwrap_or(document.declared_type),
            kind: document.kind,
            size: document.size.and_then(|size| u64::try_from(size).ok()),
            sha256: document.digest.map(hex::encode),
            state: document.state.into(),
            reason: ReasonBody::of(document.reason_code, document.reason),
            pages_done: u32::try_from(document.pages_done).unwrap_or(0),
            pages_total: document.pages_total.and_then(|pages| u32::try_from(pages).ok()),
            has_thumbnail: document.thumbnail_key.is_some(),
            created: document.created,
            modified: document.modified,
            uploaded: document.uploaded,
            processed: document.processed,
            trashed: document.trashed,
            deleted_after: document.trashed.map(|since| since + TRASH_KEPT),
        }
    }
}

/// A document with the entity tag that a change of it can be made to depend on.
pub struct Tagged(pub Document);

impl IntoResponse for Tagged {
    fn into_response(self) -> Response {
        let tag = etag::of_document(&self.0);
        ([(header::ETAG, tag)], Json(DocumentBody::from(self.0))).into_response()
    }
}
