//! Forms of our own pages.

use axum::Form;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use docstore_activities::catalog::Document;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::refusal::{Refusal, Result};
use crate::app::AppState;
use crate::auth::Login;
use crate::problem::Problem;

/// A form that a page of ours sent: by somebody who is logged in, and with his session's CSRF token.
pub struct SignedIn<T> {
    /// Whose session it is.
    pub login: Login,
    /// The form's fields.
    pub form: T,
}

#[derive(Deserialize)]
struct WithToken<T> {
    #[serde(default)]
    csrf_token: String,
    #[serde(flatten)]
    form: T,
}

impl<T: DeserializeOwned> FromRequest<AppState> for SignedIn<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, app: &AppState) -> Result<Self> {
        let (parts, body) = request.into_parts();
        let login = Login::find(&parts, app).await?;
        let request = Request::from_parts(parts, body);
        let Form(sent) = Form::<WithToken<T>>::from_request(request, app)
            .await
            .map_err(|rejection| Problem::MalformedBody(rejection.body_text()))?;
        login.check_csrf(Some(&sent.csrf_token))?;
        Ok(Self {
            login,
            form: sent.form,
        })
    }
}

/// A form about a document of somebody who is logged in.
pub struct SignedInAbout<T> {
    /// His session.
    pub login: Login,
    /// His document.
    pub document: Document,
    /// The form's fields.
    pub form: T,
}

/// A button about a version of a document of somebody who is logged in.
pub struct SignedInAboutVersion {
    /// His document's version.
    pub version: Document,
}

/// A form that has nothing but its token.
#[derive(Deserialize)]
pub struct NoFields {}

impl<T: DeserializeOwned + Send> FromRequest<AppState> for SignedInAbout<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, app: &AppState) -> Result<Self> {
        let (request, id) = with_path::<Uuid>(request, app).await?;
        let SignedIn { login, form } = SignedIn::<T>::from_request(request, app).await?;
        let document = app.catalog.owned_document(login.account_id(), id).await?;
        Ok(Self {
            login,
            document,
            form,
        })
    }
}

impl FromRequest<AppState> for SignedInAboutVersion {
    type Rejection = Refusal;

    async fn from_request(request: Request, app: &AppState) -> Result<Self> {
        let (request, (id, number)) = with_path::<(Uuid, i32)>(request, app).await?;
        let SignedIn { login, .. } = SignedIn::<NoFields>::from_request(request, app).await?;
        let version = app.catalog.owned_version(login.account_id(), id, number).await?;
        Ok(Self { version })
    }
}

/// What stands in the path; nothing is there where that is no id.
async fn with_path<T: DeserializeOwned + Send>(request: Request, app: &AppState) -> Result<(Request, T)> {
    let (mut parts, body) = request.into_parts();
    let Path(found) = Path::<T>::from_request_parts(&mut parts, app)
        .await
        .map_err(|_| Problem::NotFound)?;
    Ok((Request::from_parts(parts, body), found))
}
