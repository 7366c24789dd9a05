//! What happened to a document.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use docstore_activities::catalog::HistoryEntry;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::ReasonBody;
use crate::app::AppState;
use crate::auth::Owned;
use crate::input::Params;
use crate::problem::{Problem, ProblemBody, Result};

/// The most entries on a page.
const MAX_PAGE: u16 = 500;
/// Entries on a page when the client does not say.
const USUAL_PAGE: u16 = 100;

/// Which part of a history to show.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct HistoryParams {
    /// Entries on the page, at most 500.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u16>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Something that happened.
#[derive(Serialize, ToSchema)]
#[schema(as = HistoryEntry)]
pub struct EntryBody {
    /// When.
    at: DateTime<Utc>,
    /// To which version of the document.
    version: i32,
    /// The state that it reached, or `edited`, `trashed`, `restored`.
    #[schema(example = "processing")]
    event: String,
    /// Why it is degraded or failed.
    reason: Option<ReasonBody>,
}

/// A page of a history.
#[derive(Serialize, ToSchema)]
pub struct History {
    /// What happened, in order.
    entries: Vec<EntryBody>,
    /// What to ask the next page with; absent on the last one.
    next_cursor: Option<String>,
}

/// A document's history
///
/// Every state that each of its versions reached, and what its owner did.
#[utoipa::path(get, operation_id = "document_history", path = "/v1/documents/{document}/history", tag = "documents",
    params(("document" = Uuid, Path, description = "The document"), HistoryParams), responses(
    (status = 200, description = "A page", body = History),
    (status = 404, description = "No document of yours", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "A value is not allowed", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn history(
    State(app): State<AppState>,
    owned: Owned,
    Params(params): Params<HistoryParams>,
) -> Result<Json<History>> {
    let limit = match params.limit.unwrap_or(USUAL_PAGE) {
        limit @ 1..=MAX_PAGE => limit,
        _ => return Err(Problem::invalid("limit", format!("is between 1 and {MAX_PAGE}"))),
    };
    let refused = || Problem::invalid("cursor", "is not the `next_cursor` of a page of a history");
    let after = params.cursor.map(|cursor| cursor.parse().map_err(|_| refused()));
    let (owner, id) = (owned.document.owner, owned.document.id);
    let page = app.catalog.history(owner, id, after.transpose()?, limit).await?;
    Ok(Json(History {
        entries: page.entries.into_iter().map(EntryBody::from).collect(),
        next_cursor: page.next.map(|next| next.to_string()),
    }))
}

impl From<HistoryEntry> for EntryBody {
    fn from(entry: HistoryEntry) -> Self {
        Self {
            at: entry.at,
            version: entry.version,
            event: entry.event,
            reason: ReasonBody::of(entry.reason_code, entry.reason),
        }
    }
}
