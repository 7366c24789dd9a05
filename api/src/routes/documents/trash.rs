//! The trash: what lies in it, and how it is emptied.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::list::{DocumentList, ListParams, answer};
use crate::app::AppState;
use crate::auth::{ClientAddress, Login};
use crate::documents;
use crate::input::Params;
use crate::lists::Answer;
use crate::problem::{ProblemBody, Result};

/// What was in the trash.
#[derive(Serialize, ToSchema)]
pub struct EmptiedTrash {
    /// Documents that are being deleted for good.
    documents: usize,
}

/// List the trash
///
/// As the list of documents. What lies in the trash counts for the quota.
#[utoipa::path(get, operation_id = "list_trash", path = "/v1/trash", tag = "documents", params(ListParams), responses(
    (status = 200, description = "A page", body = DocumentList),
    (status = 401, description = "Not logged in", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A value is not allowed", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn list(
    State(app): State<AppState>,
    login: Login,
    Params(params): Params<ListParams>,
) -> Result<Answer> {
    let mut query = params.into_query()?;
    query.trashed = true;
    let listed = app.lists.page(&login, &query).await?;
    answer(query.sort, &listed)
}

/// Empty the trash
///
/// Deletes everything in it for good.
#[utoipa::path(delete, operation_id = "empty_trash", path = "/v1/trash", tag = "documents", responses(
    (status = 202, description = "It is being deleted", body = EmptiedTrash),
    (status = 401, description = "Not logged in", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn empty(
    State(app): State<AppState>,
    address: ClientAddress,
    login: Login,
) -> Result<(StatusCode, Json<EmptiedTrash>)> {
    let documents = documents::empty_trash(&app, address, login.account_id()).await?;
    Ok((StatusCode::ACCEPTED, Json(EmptiedTrash { documents })))
}
