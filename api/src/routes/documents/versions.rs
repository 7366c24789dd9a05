//! The versions of a document: uploaded one after another, each kept with a file of its own.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::DocumentBody;
use super::content::{DownloadLink, link_to};
use crate::app::AppState;
use crate::auth::{Owned, OwnedVersion};
use crate::documents;
use crate::input::{self, Body, Bytes, ContentType, MAX_NAME_CHARS, Name};
use crate::problem::{ProblemBody, Result};
use crate::routes::uploads::UploadForm;
use crate::uploads::{self, Wanted};

/// A version to be uploaded. Title and tags are the document's.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VersionRequest {
    /// The file's name; that of the current version without it.
    #[schema(example = "invoice 2024-03, corrected.pdf")]
    file_name: Option<Name>,
    /// The content type; `application/octet-stream` without it.
    #[schema(example = "application/pdf")]
    content_type: Option<ContentType>,
    /// Its size in bytes, which is then reserved, and more is refused. Without it nothing is reserved and the form takes
    /// what is left of the quota.
    size: Option<Bytes>,
    /// Whether the object store sends the client to the completion page when it has the file.
    #[serde(default)]
    redirect: bool,
}

/// The versions of a document.
#[derive(Serialize, ToSchema)]
pub struct Versions {
    /// The newest first, at most 100.
    versions: Vec<DocumentBody>,
}

/// List the versions of a document
#[utoipa::path(get, operation_id = "list_versions", path = "/v1/documents/{document}/versions", tag = "versions",
    params(("document" = Uuid, Path, description = "The document")), responses(
    (status = 200, description = "The versions", body = Versions),
    (status = 404, description = "No document of yours", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn list(State(app): State<AppState>, owned: Owned) -> Result<Json<Versions>> {
    let (owner, id) = (owned.document.owner, owned.document.id);
    let versions = app.catalog.versions(owner, id).await?;
    Ok(Json(Versions {
        versions: versions.into_iter().map(DocumentBody::from).collect(),
    }))
}

/// Ask for an upload form for a new version
///
/// As for a new document. When the file has arrived, it is what is listed, searched and downloaded; the versions before
/// it are kept and count for the quota.
#[utoipa::path(post, operation_id = "request_version_form", path = "/v1/documents/{document}/versions", tag = "versions",
    params(("document" = Uuid, Path, description = "The document")), request_body = VersionRequest, responses(
    (status = 201, description = "The form", body = UploadForm),
    (status = 400, description = "The body is no JSON of this form", body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, description = "It does not fit in the quota", body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, description = "No document of yours", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "The document lies in the trash, or has too many versions", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A value is not allowed", body = ProblemBody, content_type = "application/problem+json"),
    (status = 429, description = "Too many uploads under way", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn request(
    State(app): State<AppState>,
    owned: Owned,
    Body(asked): Body<VersionRequest>,
) -> Result<(StatusCode, Json<UploadForm>)> {
    let document = owned.document;
    let file_name = match &asked.file_name {
        Some(name) => input::line("file_name", name, MAX_NAME_CHARS)?,
        None => document.file_name,
    };
    let wanted = Wanted {
        version_of: Some(document.id),
        file_name,
        title: document.title,
        tags: document.tags,
        content_type: input::content_type(asked.content_type.as_deref())?,
        size: asked.size.map(|size| size.0),
        redirect: asked.redirect,
    };
    let issued = uploads::issue_form(&app, document.owner, &wanted).await?;
    Ok((StatusCode::CREATED, Json(UploadForm::new(issued, Vec::new()))))
}

/// A version of a document
#[utoipa::path(get, operation_id = "show_version", path = "/v1/documents/{document}/versions/{version}", tag = "versions",
    params(("document" = Uuid, Path, description = "The document"), ("version" = i32, Path, description = "The number of the version")),
    responses(
    (status = 200, description = "The version", body = DocumentBody),
    (status = 404, description = "No version of a document of yours", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn show(owned: OwnedVersion) -> Json<DocumentBody> {
    Json(owned.version.into())
}

/// Delete a version
///
/// For good. The current version cannot go without its document.
#[utoipa::path(delete, operation_id = "delete_version", path = "/v1/documents/{document}/versions/{version}", tag = "versions",
    params(("document" = Uuid, Path, description = "The document"), ("version" = i32, Path, description = "The number of the version")),
    responses(
    (status = 202, description = "It is being deleted", body = DocumentBody),
    (status = 404, description = "No version of a document of yours", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "It is the current version", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn delete(
    State(app): State<AppState>,
    owned: OwnedVersion,
) -> Result<(StatusCode, Json<DocumentBody>)> {
    let version = documents::delete_version(&app, &owned.version).await?;
    Ok((StatusCode::ACCEPTED, Json(version.into())))
}

/// Download a version
///
/// As a document is downloaded.
#[utoipa::path(get, operation_id = "download_version", path = "/v1/documents/{document}/versions/{version}/download", tag = "versions",
    params(("document" = Uuid, Path, description = "The document"), ("version" = i32, Path, description = "The number of the version")),
    responses(
    (status = 200, description = "The link", body = DownloadLink),
    (status = 303, description = "To the link"),
    (status = 404, description = "No version of a document of yours", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "It has not been uploaded", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn download(
    State(app): State<AppState>,
    owned: OwnedVersion,
    headers: HeaderMap,
) -> Result<Response> {
    link_to(&app, owned.version, &headers).await
}

/// Say that the upload of a version has begun
#[utoipa::path(post, operation_id = "version_upload_begun", path = "/v1/documents/{document}/versions/{version}/upload-begun", tag = "versions",
    params(("document" = Uuid, Path, description = "The document"), ("version" = i32, Path, description = "The number of the version")),
    responses(
    (status = 202, description = "DocStore looks for the object", body = DocumentBody),
    (status = 404, description = "No version of a document of yours", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn begun(
    State(app): State<AppState>,
    owned: OwnedVersion,
) -> Result<(StatusCode, Json<DocumentBody>)> {
    let version = uploads::begin(&app, &owned.version).await?;
    Ok((StatusCode::ACCEPTED, Json(version.into())))
}

/// Say that the upload of a version is complete
#[utoipa::path(post, operation_id = "version_upload_complete", path = "/v1/documents/{document}/versions/{version}/upload-complete", tag = "versions",
    params(("document" = Uuid, Path, description = "The document"), ("version" = i32, Path, description = "The number of the version")),
    responses(
    (status = 202, description = "The version is being processed", body = DocumentBody),
    (status = 404, description = "No version of a document of yours", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "The object is not there", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn complete(
    State(app): State<AppState>,
    owned: OwnedVersion,
) -> Result<(StatusCode, Json<DocumentBody>)> {
    let version = uploads::complete(&app, owned.version).await?;
    Ok((StatusCode::ACCEPTED, Json(version.into())))
}
