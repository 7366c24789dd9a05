//! Who looks at a page.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use docstore_activities::catalog::{Plan, Usage};
use uuid::Uuid;

use super::refusal::{Refusal, Result};
use crate::app::{App, AppState};
use crate::auth::Login;
use crate::problem::{self, Problem};

/// Somebody who is logged in, with what the frame of every page shows of him. Whoever is not is sent to log in and
/// comes back afterwards.
pub struct Visitor {
    /// His session.
    pub login: Login,
    /// What his account stores.
    pub usage: Usage,
}

impl Visitor {
    /// Who has just sent a form.
    pub async fn of(app: &App, login: Login) -> problem::Result<Self> {
        let usage = app.catalog.usage(login.account_id()).await?;
        Ok(Self { login, usage })
    }

    /// His account's id.
    pub fn account_id(&self) -> Uuid {
        self.login.account_id()
    }

    /// The text of his documents is read and searched.
    pub fn is_premium(&self) -> bool {
        self.login.account().plan == Plan::Premium
    }
}

impl FromRequestParts<AppState> for Visitor {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self> {
        let login = match Login::find(parts, app).await {
            Ok(login) => login,
            Err(Problem::Unauthenticated) => return Err(Refusal::log_in_first(&parts.uri)),
            Err(problem) => return Err(problem.into()),
        };
        Ok(Self::of(app, login).await?)
    }
}
