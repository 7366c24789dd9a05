//! What an owner changes of a document.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use docstore_activities::catalog::{DocumentState, Edit};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::body::{DocumentBody, Tagged};
use crate::app::AppState;
use crate::auth::{ClientAddress, Owned};
use crate::input::{self, Body, MAX_NAME_CHARS, Name, Params, Tag};
use crate::problem::{ProblemBody, Result};
use crate::{documents, etag};

/// What is to be changed; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DocumentEdit {
    /// The new title.
    #[schema(example = "Invoice of March")]
    title: Option<Name>,
    /// The new tags, in place of all that there are.
    #[schema(max_items = 20, example = json!(["tax", "2024"]))]
    tags: Option<Vec<Tag>>,
}

/// How a document is to be deleted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Deletion {
    /// For good, instead of into the trash.
    #[serde(default)]
    permanently: bool,
}

/// Edit a document
///
/// Changes its title, its tags or both; what is left out stays. With `If-Match` only if the document still is what its entity tag says.
#[utoipa::path(patch, operation_id = "edit_document", path = "/v1/documents/{document}", tag = "documents",
    params(
        ("document" = Uuid, Path, description = "The document"),
        ("If-Match" = Option<String>, Header, description = "The entity tag that the document was read with"),
    ),
    request_body = DocumentEdit, responses(
    (status = 200, description = "The document, changed", body = DocumentBody),
    (status = 400, description = "The body is no JSON of this form", body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, description = "No document of yours", body = ProblemBody, content_type = "application/problem+json"),
    (status = 412, description = "The document has changed since it was read", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A value is not allowed", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn edit(
    State(app): State<AppState>,
    owned: Owned,
    headers: HeaderMap,
    Body(wanted): Body<DocumentEdit>,
) -> Result<Tagged> {
    let title = wanted
        .title
        .map(|title| input::line("title", &title, MAX_NAME_CHARS));
    let tags = wanted.tags.map(|tags| input::tags(tags.iter().map(|tag| &**tag)));
    let (title, tags) = (title.transpose()?, tags.transpose()?);
    let conditional = etag::check_if_match(&headers, &owned.document)?;
    if title.is_none() && tags.is_none() {
        return Ok(Tagged(owned.document));
    }
    let edit = Edit {
        title: title.as_deref(),
        tags: tags.as_deref(),
    };
    Ok(Tagged(
        documents::edit(&app, &owned.document, &edit, conditional).await?,
    ))
}

/// Delete a document
///
/// Into the trash, from where it can be restored for 30 days and counts for the quota; or for good: then it is gone from
/// every list at once, and everywhere else soon after. A document that was never uploaded does not go into the trash.
#[utoipa::path(delete, operation_id = "delete_document", path = "/v1/documents/{document}", tag = "documents",
    params(
        ("document" = Uuid, Path, description = "The document"),
        ("If-Match" = Option<String>, Header, description = "The entity tag that the document was read with"),
        Deletion,
    ), responses(
    (status = 200, description = "It lies in the trash", body = DocumentBody),
    (status = 202, description = "It is being deleted", body = DocumentBody),
    (status = 404, description = "No document of yours", body = ProblemBody, content_type = "application/problem+json"),
    (status = 412, description = "The document has changed since it was read", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A value is not allowed", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn delete(
    State(app): State<AppState>,
    address: ClientAddress,
    owned: Owned,
    headers: HeaderMap,
    Params(how): Params<Deletion>,
) -> Result<(StatusCode, Tagged)> {
    etag::check_if_match(&headers, &owned.document)?;
    let document = match how.permanently {
        true => documents::delete(&app, address, &owned.document).await?,
        false => documents::remove(&app, address, &owned.document).await?,
    };
    let status = match document.state {
        DocumentState::Deleting => StatusCode::ACCEPTED,
        _ => StatusCode::OK,
    };
    Ok((status, Tagged(document)))
}

/// Restore a document
///
/// Takes it out of the trash. One that does not lie there stays as it is.
#[utoipa::path(post, operation_id = "restore_document", path = "/v1/documents/{document}/restore", tag = "documents",
    params(("document" = Uuid, Path, description = "The document")), responses(
    (status = 200, description = "The document", body = DocumentBody),
    (status = 404, description = "No document of yours", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn restore(State(app): State<AppState>, address: ClientAddress, owned: Owned) -> Result<Tagged> {
    Ok(Tagged(documents::restore(&app, address, &owned.document).await?))
}

/// Process a document again
///
/// For one that failed or is degraded: whatever stood in the way may be gone.
#[utoipa::path(post, operation_id = "retry_document", path = "/v1/documents/{document}/retry", tag = "documents",
    params(("document" = Uuid, Path, description = "The document")), responses(
    (status = 202, description = "It is being processed", body = DocumentBody),
    (status = 404, description = "No document of yours", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "Nothing has failed", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn retry(State(app): State<AppState>, owned: Owned) -> Result<(StatusCode, Tagged)> {
    let document = documents::retry(&app, &owned.document).await?;
    Ok((StatusCode::ACCEPTED, Tagged(document)))
}
