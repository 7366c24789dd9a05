//! The session that a request comes with.

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use docstore_activities::catalog::{Account, Session, SessionKind};
use uuid::Uuid;

use super::cross_site::is_safe;
use super::{Token, cookie};
use crate::access_log::Caller;
use crate::app::AppState;
use crate::problem::{Problem, Result};

/// The header that carries the session's CSRF token.
pub const CSRF_HEADER: &str = "x-csrf-token";

/// A request with a session, allowed to do what it asks for.
#[derive(Clone)]
pub struct Login {
    /// The session.
    pub session: Session,
    /// Its secret.
    pub token: Token,
}

impl Login {
    /// The account that is asking.
    pub fn account(&self) -> &Account {
        &self.session.account
    }

    /// The id of the account that is asking.
    pub fn account_id(&self) -> Uuid {
        self.session.account.id
    }

    /// The session of a request, whatever it asks for. Changes need [`Login::check_csrf`] too.
    pub(crate) async fn find(parts: &Parts, app: &AppState) -> Result<Self> {
        let (token, kind) = sent_token(parts, app).ok_or(Problem::Unauthenticated)?;
        let session = app
            .catalog
            .session(&token.digest())
            .await?
            .ok_or(Problem::Unauthenticated)?;
        // A token works only the way it was given out: one that leaked from a cookie is no bearer token.
        if session.kind != kind {
            return Err(Problem::Unauthenticated);
        }
        if let Some(caller) = parts.extensions.get::<Caller>() {
            caller.is(session.account.id);
        }
        app.rate_limits.count_account(parts, session.account.id)?;
        Ok(Self { session, token })
    }

    /// Refuses a change that comes with a cookie alone.
    pub(crate) fn check_csrf(&self, sent: Option<&str>) -> Result<()> {
        match self.session.kind {
            SessionKind::Bearer => Ok(()),
            SessionKind::Cookie if sent.is_some_and(|sent| self.token.csrf_token_is(sent)) => Ok(()),
            SessionKind::Cookie => Err(Problem::CsrfTokenMissing),
        }
    }
}

impl FromRequestParts<AppState> for Login {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self> {
        let login = Self::find(parts, app).await?;
        if !is_safe(&parts.method) {
            login.check_csrf(
                parts
                    .headers
                    .get(CSRF_HEADER)
                    .and_then(|value| value.to_str().ok()),
            )?;
        }
        Ok(login)
    }
}

fn sent_token(parts: &Parts, app: &AppState) -> Option<(Token, SessionKind)> {
    match parts.headers.get(header::AUTHORIZATION) {
        Some(value) => {
            let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
            let token = scheme
                .eq_ignore_ascii_case("bearer")
                .then(|| Token::parse(token.trim()))?;
            Some((token?, SessionKind::Bearer))
        }
        None => Some((
            cookie::sent_token(&app.site, &parts.headers)?,
            SessionKind::Cookie,
        )),
    }
}
