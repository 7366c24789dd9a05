//! What is in a document: its file, its text, its picture, and where else the same file is.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};
use docstore_activities::catalog::{Document, DocumentState};
use docstore_activities::ports::objects::{ObjectError, ObjectKey};
use headers::{ETag, HeaderMapExt, IfNoneMatch};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::DocumentBody;
use crate::app::{App, AppState};
use crate::auth::Owned;
use crate::input::Params;
use crate::problem::{Problem, ProblemBody, Result};

/// The most bytes of a thumbnail.
const THUMBNAIL_BYTES_MAX: u64 = 4 << 20;

/// A link that downloads a document.
#[derive(Serialize, ToSchema)]
pub struct DownloadLink {
    /// Good for one document, without further credentials.
    url: String,
    /// When it ends.
    expires: DateTime<Utc>,
}

/// Which page of a text to show.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TextParams {
    /// The page's number, from 1; without it the first page that has a text.
    #[param(minimum = 1)]
    page: Option<u32>,
}

/// The text of a page.
#[derive(Serialize, ToSchema)]
#[schema(as = PageText)]
pub struct TextBody {
    /// The page's number, from 1; slides and sheets are pages too.
    pub(crate) page: u32,
    /// What could be read there; empty where nothing could.
    pub(crate) text: String,
    /// Pages of the document.
    pub(crate) pages: u32,
    /// The page before that has a text.
    pub(crate) previous: Option<u32>,
    /// The page after that has a text.
    pub(crate) next: Option<u32>,
}

/// Documents with the same content.
#[derive(Serialize, ToSchema)]
pub struct Duplicates {
    /// Other documents of the account with the same content, the oldest first. Not those in the trash.
    documents: Vec<DocumentBody>,
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
    link_to(&app, owned.document, &headers).await
}

/// Answers with a link to the file of a version, or sends the client there.
pub(super) async fn link_to(app: &App, document: Document, headers: &HeaderMap) -> Result<Response> {
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
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// The text of a page
///
/// What was read from the document, as it is searched: for a look at it, not in its layout. There is none before the
/// document has been processed, and none of what was uploaded to a free account.
#[utoipa::path(get, operation_id = "document_text", path = "/v1/documents/{document}/text", tag = "documents",
    params(("document" = Uuid, Path, description = "The document"), TextParams), responses(
    (status = 200, description = "The page", body = TextBody),
    (status = 404, description = "No document of yours, or one without a text", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "There is no such page", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn text(
    State(app): State<AppState>,
    owned: Owned,
    Params(params): Params<TextParams>,
) -> Result<Json<TextBody>> {
    Ok(Json(page_of_text(&app, &owned.document, params.page).await?))
}

/// A page of the text of a document; without a number, the first that has one.
pub(crate) async fn page_of_text(app: &App, document: &Document, asked: Option<u32>) -> Result<TextBody> {
    let texts = app.texts.of(document).await?;
    let with_text = |number: &u32| texts.iter().any(|page| page.number == *number);
    let last = texts
        .iter()
        .map(|page| page.number)
        .max()
        .ok_or(Problem::NoText)?;
    let known = document.pages_total.and_then(|pages| u32::try_from(pages).ok());
    let pages = known.unwrap_or(0).max(last);
    let page = asked.unwrap_or_else(|| (1..=pages).find(with_text).unwrap_or(1));
    if !(1..=pages).contains(&page) {
        return Err(Problem::invalid("page", format!("is between 1 and {pages}")));
    }
    let found = texts.iter().find(|found| found.number == page);
    Ok(TextBody {
        page,
        text: found.map(|found| found.text.clone()).unwrap_or_default(),
        pages,
        previous: texts
            .iter()
            .map(|other| other.number)
            .filter(|other| *other < page)
            .max(),
        next: texts
            .iter()
            .map(|other| other.number)
            .filter(|other| *other > page)
            .min(),
    })
}

/// The thumbnail of a document
///
/// A small picture of its first page.
#[utoipa::path(get, operation_id = "document_thumbnail", path = "/v1/documents/{document}/thumbnail", tag = "documents",
    params(("document" = Uuid, Path, description = "The document")), responses(
    (status = 200, description = "The picture", body = Vec<u8>, content_type = "image/png"),
    (status = 304, description = "The client has it already"),
    (status = 404, description = "No document of yours, or one without a picture", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn thumbnail(State(app): State<AppState>, owned: Owned, headers: HeaderMap) -> Result<Response> {
    let document = owned.document;
    let key = match document.thumbnail_key {
        Some(key) if document.state != DocumentState::Deleting => {
            ObjectKey::new(key).map_err(Problem::internal)?
        }
        _ => return Err(Problem::NotFound),
    };
    // Known before the picture is read: a version is drawn anew only when it is processed anew.
    let tag: ETag = format!("\"thumbnail-{}.{}\"", document.version, document.attempt)
        .parse()
        .map_err(|_| Problem::internal(anyhow::anyhow!("a thumbnail has no entity tag")))?;
    let known: Option<IfNoneMatch> = headers.typed_get();
    let unchanged = known.is_some_and(|known| !known.precondition_passes(&tag));
    let mut response = if unchanged {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let picture = app
            .objects
            .get(&key, THUMBNAIL_BYTES_MAX)
            .await
            .map_err(|error| match error {
                ObjectError::NotFound(_) => Problem::NotFound,
                error => error.into(),
            })?;
        ([(header::CONTENT_TYPE, "image/png")], picture).into_response()
    };
    response.headers_mut().typed_insert(tag);
    let revalidate = HeaderValue::from_static("private, no-cache");
    response.headers_mut().insert(header::CACHE_CONTROL, revalidate);
    Ok(response)
}

/// Documents with the same content
///
/// The same file may be uploaded more than once; this tells where else it is.
#[utoipa::path(get, operation_id = "document_duplicates", path = "/v1/documents/{document}/duplicates", tag = "documents",
    params(("document" = Uuid, Path, description = "The document")), responses(
    (status = 200, description = "The other documents", body = Duplicates),
    (status = 404, description = "No document of yours", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn duplicates(State(app): State<AppState>, owned: Owned) -> Result<Json<Duplicates>> {
    let found = app.catalog.duplicates(&owned.document).await?;
    Ok(Json(Duplicates {
        documents: found.into_iter().map(DocumentBody::from).collect(),
    }))
}
