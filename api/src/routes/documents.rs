//! Documents: list, status, download, deletion.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use docstore_activities::catalog::{AuditEvent, Cursor, CursorKey, Document, DocumentState, ListQuery, Sort};
use docstore_activities::ports::objects::ObjectKey;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::app::{App, AppState};
use crate::auth::{ClientAddress, Login, Owned};
use crate::events::{DocumentEvent, Event};
use crate::input::{MAX_TAG_CHARS, Params, line};
use crate::problem::{Problem, ProblemBody, Result};

/// The most documents on a page.
const MAX_PAGE: u16 = 200;
/// Documents on a page when the client does not say.
const USUAL_PAGE: u16 = 50;

/// A document.
#[derive(Serialize, ToSchema)]
#[schema(as = Document)]
pub struct DocumentBody {
    /// Its id.
    id: Uuid,
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
    /// Where it stands: `awaiting_upload`, `uploading`, `processing`, then `ready`, `ready_degraded` or `failed`; or
    /// `abandoned`, `deleting`.
    #[schema(value_type = String, example = "ready")]
    state: DocumentState,
    /// Why it is degraded or failed.
    reason: Option<ReasonBody>,
    /// Pages whose text has been extracted.
    pages_done: u32,
    /// Pages in all, once known.
    pages_total: Option<u32>,
    /// It has a thumbnail.
    has_thumbnail: bool,
    /// When its upload was asked for.
    created: DateTime<Utc>,
    /// When something that can be seen here last changed.
    modified: DateTime<Utc>,
    /// When it arrived.
    uploaded: Option<DateTime<Utc>>,
    /// When its processing ended.
    processed: Option<DateTime<Utc>>,
}

/// Why a document is degraded or failed.
#[derive(Serialize, ToSchema)]
#[schema(as = Reason)]
pub struct ReasonBody {
    /// For programs, in snake_case.
    code: String,
    /// For people.
    message: String,
}

/// Which documents to list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListParams {
    /// What to sort by: `created` (the usual), `modified`, `title` or `size`.
    #[serde(default)]
    #[param(value_type = Option<String>, example = "created")]
    sort: Sort,
    /// `desc` (the usual) or `asc`.
    #[serde(default)]
    #[param(inline)]
    order: Order,
    /// Only documents in this state. Without it all but those abandoned or being deleted.
    #[param(value_type = Option<String>, example = "ready")]
    state: Option<DocumentState>,
    /// Only documents of this kind.
    #[param(example = "pdf")]
    kind: Option<String>,
    /// Only documents with this tag.
    tag: Option<String>,
    /// Documents on the page, at most 200.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next_cursor` of the page before, with the same `sort` and `order`.
    cursor: Option<String>,
}

/// Which way a list is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// From the least to the greatest.
    Asc,
    /// From the greatest to the least.
    #[default]
    Desc,
}

/// A page of documents.
#[derive(Serialize, ToSchema)]
pub struct DocumentList {
    /// The documents, sorted.
    documents: Vec<DocumentBody>,
    /// What to ask the next page with; absent on the last one.
    next_cursor: Option<String>,
}

/// A link that downloads a document.
#[derive(Serialize, ToSchema)]
pub struct DownloadLink {
    /// Good for one document, without further credentials.
    url: String,
    /// When it ends.
    expires: DateTime<Utc>,
}

/// List documents
///
/// A page at a time. What is added or deleted between two pages shows nothing twice and leaves nothing out.
#[utoipa::path(get, operation_id = "list_documents", path = "/v1/documents", tag = "documents", params(ListParams), responses(
    (status = 200, description = "A page", body = DocumentList),
    (status = 401, description = "Not logged in", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A value is not allowed", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn list(
    State(app): State<AppState>,
    login: Login,
    Params(params): Params<ListParams>,
) -> Result<Json<DocumentList>> {
    let sort = params.sort;
    let query = params.into_query()?;
    let page = app.catalog.list(login.account_id(), &query).await?;
    let next_cursor = page.next.map(|cursor| encode_cursor(sort, &cursor)).transpose()?;
    Ok(Json(DocumentList {
        documents: page.documents.into_iter().map(DocumentBody::from).collect(),
        next_cursor,
    }))
}

/// A document's status
///
/// Live: the state, why it is not better, and how many pages have been read.
#[utoipa::path(get, operation_id = "show_document", path = "/v1/documents/{document}", tag = "documents",
    params(("document" = Uuid, Path, description = "The document")), responses(
    (status = 200, description = "The document", body = DocumentBody),
    (status = 404, description = "No document of yours", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn show(owned: Owned) -> Json<DocumentBody> {
    Json(owned.document.into())
}

/// Download a document
///
/// Redirects to a link that expires. With `Accept: application/json` the link itself is the answer.
#[utoipa::path(get, operation_id = "download_document", path = "/v1/documents/{document}/download", tag = "documents",
    params(("document" = Uuid, Path, description = "The document")), responses(
    (status = 200, description = "The link", body = DownloadLink),
    (status = 303, description = "To the link"),
    (status = 404, description = "No document of yours", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "It has not been uploaded", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn download(State(app): State<AppState>, owned: Owned, headers: HeaderMap) -> Result<Response> {
    let document = owned.document;
    match document.state {
        DocumentState::Deleting => return Err(Problem::NotFound),
        _ if document.uploaded.is_none() => return Err(Problem::NotUploaded),
        _ => {}
    }
    let life = app.site.link_lifetime;
    let key = ObjectKey::new(document.object_key).map_err(Problem::internal)?;
    let url = app.objects.signed_get(&key, &document.file_name, life).await?;
    let wants_json = headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("application/json"));
    let mut response = if wants_json {
        Json(DownloadLink {
            url,
            expires: Utc::now() + life,
        })
        .into_response()
    } else {
        Redirect::to(&url).into_response()
    };
    // The link is a key to the document: no cache may keep it.
    response.headers_mut().insert(
        header::CACHE_CONTROL,
        header::HeaderValue::from_static("no-store"),
    );
    Ok(response)
}

/// Delete a document
///
/// It is gone from every list at once, and everywhere else soon after.
#[utoipa::path(delete, operation_id = "delete_document", path = "/v1/documents/{document}", tag = "documents",
    params(("document" = Uuid, Path, description = "The document")), responses(
    (status = 202, description = "It is being deleted", body = DocumentBody),
    (status = 404, description = "No document of yours", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn delete(
    State(app): State<AppState>,
    address: ClientAddress,
    owned: Owned,
) -> Result<(StatusCode, Json<DocumentBody>)> {
    let document = remove(&app, address, &owned.document).await?;
    Ok((StatusCode::ACCEPTED, Json(document.into())))
}

/// Marks a document as being deleted and says so to the rest of DocStore.
pub(crate) async fn remove(app: &App, address: ClientAddress, document: &Document) -> Result<Document> {
    let marked = app.catalog.begin_delete(document.owner, document.id).await?;
    Event::DeleteDocument(DocumentEvent::now(marked.id, marked.owner))
        .send(&*app.queue)
        .await?;
    if document.state != DocumentState::Deleting {
        let (address, detail) = (address.0.to_string(), json!({ "document": marked.id }));
        app.catalog
            .audit(
                Some(marked.owner),
                AuditEvent::DocumentDeleted,
                Some(&address),
                detail,
            )
            .await?;
    }
    Ok(marked)
}

impl ListParams {
    /// What the catalog is asked; every text checked.
    pub(crate) fn into_query(self) -> Result<ListQuery> {
        Ok(ListQuery {
            sort: self.sort,
            descending: self.order == Order::Desc,
            state: self.state,
            kind: self
                .kind
                .map(|kind| line("kind", &kind, MAX_TAG_CHARS))
                .transpose()?,
            tag: self.tag.map(|tag| line("tag", &tag, MAX_TAG_CHARS)).transpose()?,
            after: self
                .cursor
                .map(|cursor| decode_cursor(self.sort, &cursor))
                .transpose()?,
            limit: match self.limit.unwrap_or(USUAL_PAGE) {
                limit @ 1..=MAX_PAGE => limit,
                _ => return Err(Problem::invalid("limit", format!("is between 1 and {MAX_PAGE}"))),
            },
        })
    }
}

/// Opaque to clients. Not signed: whatever is in it, only documents of the asking account are shown.
pub(crate) fn encode_cursor(sort: Sort, cursor: &Cursor) -> Result<String> {
    let json = serde_json::to_vec(&(sort, cursor)).map_err(Problem::internal)?;
    Ok(URL_SAFE_NO_PAD.encode(json))
}

/// The place that a cursor names, if it belongs to a list with this order.
pub(crate) fn decode_cursor(sort: Sort, text: &str) -> Result<Cursor> {
    let refused = || Problem::invalid("cursor", "is not the `next_cursor` of a page with this `sort`");
    let json = URL_SAFE_NO_PAD.decode(text).map_err(|_| refused())?;
    let (of, cursor): (Sort, Cursor) = serde_json::from_slice(&json).map_err(|_| refused())?;
    let fits = match (&cursor.key, sort) {
        (CursorKey::Time(_), Sort::Created | Sort::Modified) | (CursorKey::Size(_), Sort::Size) => true,
        (CursorKey::Title(title), Sort::Title) => !title.contains('\0'),
        _ => false,
    };
    if fits && of == sort {
        Ok(cursor)
    } else {
        Err(refused())
    }
}

impl From<Document> for DocumentBody {
    fn from(document: Document) -> Self {
        let reason = document
            .reason_code
            .zip(document.reason)
            .map(|(code, message)| ReasonBody { code, message });
        Self {
            id: document.id,
            file_name: document.file_name,
            title: document.title,
            tags: document.tags,
            content_type: document.sniffed_type.unwrap_or(document.declared_type),
            kind: document.kind,
            size: document.size.and_then(|size| u64::try_from(size).ok()),
            sha256: document.digest.map(hex::encode),
            state: document.state,
            reason,
            pages_done: u32::try_from(document.pages_done).unwrap_or(0),
            pages_total: document.pages_total.and_then(|pages| u32::try_from(pages).ok()),
            has_thumbnail: document.thumbnail_key.is_some(),
            created: document.created,
            modified: document.modified,
            uploaded: document.uploaded,
            processed: document.processed,
        }
    }
}
