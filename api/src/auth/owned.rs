//! The owner check of every route that has a document in its path.

use std::collections::HashMap;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use docstore_activities::catalog::Document;
use uuid::Uuid;

use super::Login;
use crate::app::AppState;
use crate::problem::{Problem, Result};

/// The document that the path names, and its owner, who is asking. Somebody else's document, one that does not exist
/// and one that nobody in particular asks for are all answered alike: there is nothing here.
pub struct Owned {
    /// The owner's session.
    pub login: Login,
    /// His document.
    pub document: Document,
}

impl FromRequestParts<AppState> for Owned {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self> {
        let Path(path) = Path::<HashMap<String, String>>::from_request_parts(parts, app)
            .await
            .map_err(|_| Problem::NotFound)?;
        let login = Login::from_request_parts(parts, app)
            .await
            .map_err(|problem| match problem {
                Problem::Unauthenticated => Problem::NotFound,
                other => other,
            })?;
        let id = path
            .get("document")
            .and_then(|id| Uuid::try_parse(id).ok())
            .ok_or(Problem::NotFound)?;
        let document = app.catalog.owned_document(login.account_id(), id).await?;
        Ok(Self { login, document })
    }
}
