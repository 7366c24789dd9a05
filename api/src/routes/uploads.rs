//! Uploads: the signed form, the client's word that it has begun, and the object's arrival.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Redirect;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::documents::DocumentBody;
use crate::app::AppState;
use crate::auth::{Login, Owned};
use crate::input::{self, Body, Bytes, ContentType, MAX_NAME_CHARS, Name, Params, Sha256Hex, Tag};
use crate::pages::refusal::{self, OnPage};
use crate::problem::{ProblemBody, Result};
use crate::uploads::{self, Issued, Wanted};

/// A document to be uploaded.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UploadRequest {
    /// The file's name. It is shown and never part of a path.
    #[schema(example = "invoice 2024-03.pdf")]
    file_name: Name,
    /// The content type; `application/octet-stream` without it. What the document is, is told from its content.
    #[schema(example = "application/pdf")]
    content_type: Option<ContentType>,
    /// Its size in bytes, which is then reserved, and more is refused. Without it nothing is reserved and the form takes
    /// what is left of the quota.
    size: Option<Bytes>,
    /// The document's title; the file's name without it.
    title: Option<Name>,
    /// The document's tags.
    #[serde(default)]
    #[schema(max_items = 20)]
    tags: Vec<Tag>,
    /// SHA-256 of the file, in hexadecimal, where the client knows it: the answer then names the documents that have this
    /// content already.
    sha256: Option<Sha256Hex>,
    /// Whether the object store sends the client to the completion page when it has the file. A client that says no
    /// calls `upload-complete` itself.
    #[serde(default)]
    redirect: bool,
}

/// A form that uploads one file. Post it as `multipart/form-data`: the fields in this order, then the file.
#[derive(Serialize, ToSchema)]
pub struct UploadForm {
    /// The document that the file will be, or will be a version of.
    document: Uuid,
    /// The number of that version.
    version: i32,
    /// Where the form is posted to.
    url: String,
    /// The form's fields.
    fields: Vec<FormField>,
    /// The name of the part that carries the file.
    file_field: String,
    /// The most bytes that the form takes.
    max_bytes: u64,
    /// When the form ends.
    expires: DateTime<Utc>,
    /// Documents of the account that have the content whose SHA-256 was given. Nothing keeps the client from uploading
    /// it once more.
    duplicates: Vec<Uuid>,
}

/// A field of a form.
#[derive(Serialize, ToSchema)]
pub struct FormField {
    /// Its name.
    name: String,
    /// Its value.
    value: String,
}

/// What the object store adds to the completion page's address.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Completion {
    /// The document whose form was posted. The object store adds `bucket`, `key` and `etag`, which are not believed.
    document: Uuid,
    /// The version whose form was posted; without it the current one.
    version: Option<i32>,
}

/// Ask for an upload form
///
/// Reserves the size and signs a form that uploads this one file directly to the object store.
#[utoipa::path(post, operation_id = "request_upload_form", path = "/v1/uploads", tag = "uploads", request_body = UploadRequest, responses(
    (status = 201, description = "The form", body = UploadForm),
    (status = 400, description = "The body is no JSON of this form", body = ProblemBody, content_type = "application/problem+json"),
    (status = 401, description = "Not logged in", body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, description = "It does not fit in the quota", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A value is not allowed", body = ProblemBody, content_type = "application/problem+json"),
    (status = 429, description = "Too many uploads under way", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn request(
    State(app): State<AppState>,
    login: Login,
    Body(asked): Body<UploadRequest>,
) -> Result<(StatusCode, Json<UploadForm>)> {
    let file_name = input::line("file_name", &asked.file_name, MAX_NAME_CHARS)?;
    let title = match &asked.title {
        Some(title) => input::line("title", title, MAX_NAME_CHARS)?,
        None => file_name.clone(),
    };
    let wanted = Wanted {
        version_of: None,
        title,
        file_name,
        tags: input::tags(asked.tags.iter().map(|tag| &**tag))?,
        content_type: input::content_type(asked.content_type.as_deref())?,
        size: asked.size.map(|size| size.0),
        redirect: asked.redirect,
    };
    let duplicates = match &asked.sha256 {
        Some(digest) => {
            app.catalog
                .with_content(login.account_id(), &input::sha256(digest)?)
                .await?
        }
        None => Vec::new(),
    };
    let issued = uploads::issue_form(&app, login.account_id(), &wanted).await?;
    Ok((StatusCode::CREATED, Json(UploadForm::new(issued, duplicates))))
}

impl UploadForm {
    /// The form that was issued, beside the documents that have the same content.
    pub(super) fn new(issued: Issued, duplicates: Vec<Uuid>) -> Self {
        let fields = issued.form.fields.into_iter();
        Self {
            document: issued.document,
            version: issued.version,
            url: issued.form.url,
            fields: fields.map(|(name, value)| FormField { name, value }).collect(),
            file_field: issued.form.file_field,
            max_bytes: issued.max_bytes,
            expires: issued.form.expires_at,
            duplicates,
        }
    }
}

/// Say that an upload has begun
///
/// From then on DocStore looks for the object by itself: nothing that was uploaded is lost, even when the client goes
/// away.
#[utoipa::path(post, operation_id = "upload_begun", path = "/v1/documents/{document}/upload-begun", tag = "uploads",
    params(("document" = Uuid, Path, description = "The document")), responses(
    (status = 202, description = "DocStore looks for the object", body = DocumentBody),
    (status = 404, description = "No document of yours", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn begun(State(app): State<AppState>, owned: Owned) -> Result<(StatusCode, Json<DocumentBody>)> {
    let document = uploads::begin(&app, &owned.document).await?;
    Ok((StatusCode::ACCEPTED, Json(document.into())))
}

/// Say that an upload is complete
///
/// For clients that do not follow the object store's redirect.
#[utoipa::path(post, operation_id = "upload_complete", path = "/v1/documents/{document}/upload-complete", tag = "uploads",
    params(("document" = Uuid, Path, description = "The document")), responses(
    (status = 202, description = "The document is being processed", body = DocumentBody),
    (status = 404, description = "No document of yours", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "The object is not there", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn complete(State(app): State<AppState>, owned: Owned) -> Result<(StatusCode, Json<DocumentBody>)> {
    let document = uploads::complete(&app, owned.document).await?;
    Ok((StatusCode::ACCEPTED, Json(document.into())))
}

/// Where the object store sends a browser
///
/// Does what `upload-complete` does and goes on to the list of documents. Made for people: problems are pages.
#[utoipa::path(get, operation_id = "completion_page", path = "/uploads/complete", tag = "uploads", params(Completion), responses(
    (status = 303, description = "To the list of documents, or to log in"),
    (status = 404, description = "No document of yours", body = String, content_type = "text/html"),
    (status = 409, description = "The object is not there", body = String, content_type = "text/html"),
    (status = 422, description = "No document is named", body = String, content_type = "text/html"),
))]
pub async fn completion_page(
    State(app): State<AppState>,
    OnPage(login): OnPage<Login>,
    OnPage(Params(completion)): OnPage<Params<Completion>>,
) -> refusal::Result<Redirect> {
    let (owner, id) = (login.account_id(), completion.document);
    let document = match completion.version {
        Some(version) => app.catalog.owned_version(owner, id, version).await?,
        None => app.catalog.owned_document(owner, id).await?,
    };
    let document = uploads::complete(&app, document).await?;
    Ok(Redirect::to(&format!("/documents#document-{}", document.id)))
}
