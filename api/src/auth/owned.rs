//! The owner check of every route that has a document in its path.

use std::collections::HashMap;
use std::str::FromStr;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use docstore_activities::catalog::Document;

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

/// The version of a document that the path names, and its owner, who is asking; refused as [`Owned`] is.
pub struct OwnedVersion {
    /// The owner's session.
    pub login: Login,
    /// The version of his document.
    pub version: Document,
}

impl FromRequestParts<AppState> for Owned {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self> {
        let (login, path) = ask(parts, app).await?;
        let id = named(&path, "document")?;
        let document = app.catalog.owned_document(login.account_id(), id).await?;
        Ok(Self { login, document })
    }
}

impl FromRequestParts<AppState> for OwnedVersion {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self> {
        let (login, path) = ask(parts, app).await?;
        let (id, number) = (named(&path, "document")?, named(&path, "version")?);
        let version = app.catalog.owned_version(login.account_id(), id, number).await?;
        Ok(Self { login, version })
    }
}

/// Who asks, and for what. Nobody is not told that he should log in: that would tell that there is something.
async fn ask(parts: &mut Parts, app: &AppState) -> Result<(Login, HashMap<String, String>)> {
    let Path(path) = Path::<HashMap<String, String>>::from_request_parts(parts, app)
        .await
        .map_err(|_| Problem::NotFound)?;
    let login = Login::from_request_parts(parts, app)
        .await
        .map_err(|problem| match problem {
            Problem::Unauthenticated => Problem::NotFound,
            other => other,
        })?;
    Ok((login, path))
}

fn named<T: FromStr>(path: &HashMap<String, String>, name: &str) -> Result<T> {
    path.get(name)
        .and_then(|text| text.parse().ok())
        .ok_or(Problem::NotFound)
}
