//! Whether the program can work, for load balancers.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::problem::{ProblemBody, Result};

/// The program can work.
#[derive(Serialize, ToSchema)]
pub struct Health {
    /// Always `ok`.
    status: &'static str,
    /// The region of this deployment.
    region: String,
}

/// Whether the program can work
///
/// Answers 200 when the database answers.
#[utoipa::path(get, operation_id = "health", path = "/v1/health", tag = "operation", security(()), responses(
    (status = 200, description = "The program can work", body = Health),
    (status = 503, description = "The database does not answer", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn health(State(app): State<AppState>) -> Result<Json<Health>> {
    app.catalog.ping().await?;
    Ok(Json(Health {
        status: "ok",
        region: app.site.region.clone(),
    }))
}
