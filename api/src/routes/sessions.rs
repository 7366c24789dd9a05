//! Sessions: log-in, log-out, and the list of them.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use chrono::{DateTime, Utc};
use docstore_activities::catalog::{SessionKind, SessionRecord};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::accounts;
use crate::app::AppState;
use crate::auth::{
    ClientAddress, Credentials, Login, UserAgent, clear_session_cookie, log_in, log_out, session_cookie,
};
use crate::input::Body;
use crate::problem::{Problem, ProblemBody, Result};

/// How the session's token is to travel.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TokenKind {
    /// In an HttpOnly cookie; changes need the CSRF token too. For browsers.
    #[default]
    Cookie,
    /// In the `Authorization` header. For programs.
    Bearer,
}

/// What opens a session.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LogIn {
    /// The account's e-mail address.
    #[schema(example = "ada@example.com")]
    email: String,
    /// The account's password.
    #[schema(format = Password)]
    password: String,
    /// How the session's token is to travel.
    #[serde(default)]
    kind: TokenKind,
}

/// A session that has been opened.
#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
pub struct SessionBody {
    /// Whose it is.
    account: Uuid,
    /// When it ends.
    expires: DateTime<Utc>,
    /// What to send as `Authorization: Bearer …`. Shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    /// What to send as `X-CSRF-Token` with every change.
    #[serde(skip_serializing_if = "Option::is_none")]
    csrf_token: Option<String>,
}

/// A session of the account.
#[derive(Serialize, ToSchema)]
#[schema(as = SessionInfo)]
pub struct SessionInfo {
    /// What `DELETE /v1/sessions/{session}` takes. Nothing can be opened with it.
    id: Uuid,
    /// How its token travels.
    kind: TokenKind,
    /// It is the one that asks.
    current: bool,
    /// When it was opened.
    created: DateTime<Utc>,
    /// When it was last used, to the minute.
    last_seen: DateTime<Utc>,
    /// When it ends.
    expires: DateTime<Utc>,
    /// The network address that it was opened from.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    /// What the client called itself when it was opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent: Option<String>,
}

/// The sessions of an account.
#[derive(Serialize, ToSchema)]
#[schema(as = SessionList)]
pub struct SessionList {
    /// The latest used first; 200 at most.
    sessions: Vec<SessionInfo>,
}

/// Log in
///
/// Sets a cookie for browsers, or returns a bearer token for programs. After some failures further attempts have to
/// wait, twice as long each time.
#[utoipa::path(post, operation_id = "log_in", path = "/v1/sessions", tag = "accounts", security(()), request_body = LogIn, responses(
    (status = 201, description = "The session", body = SessionBody),
    (status = 400, description = "The body is no JSON of this form", body = ProblemBody, content_type = "application/problem+json"),
    (status = 401, description = "Wrong address or password", body = ProblemBody, content_type = "application/problem+json"),
    (status = 429, description = "Too many failures; `Retry-After` says when", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn open(
    State(app): State<AppState>,
    address: ClientAddress,
    user_agent: UserAgent,
    Body(shown): Body<LogIn>,
) -> Result<(StatusCode, HeaderMap, Json<SessionBody>)> {
    let kind = match shown.kind {
        TokenKind::Cookie => SessionKind::Cookie,
        TokenKind::Bearer => SessionKind::Bearer,
    };
    let credentials = Credentials {
        email: &shown.email,
        password: shown.password,
        address,
        user_agent,
    };
    let opened = log_in(&app, credentials, kind).await?;
    // A token must not stay in any cache on its way.
    let mut headers = HeaderMap::from_iter([(
        header::CACHE_CONTROL,
        header::HeaderValue::from_static("no-store"),
    )]);
    let (token, csrf_token) = match kind {
        SessionKind::Bearer => (Some(opened.token.expose().to_owned()), None),
        SessionKind::Cookie => {
            headers.insert(header::SET_COOKIE, session_cookie(&app.site, &opened.token));
            (None, Some(opened.token.csrf_token()))
        }
    };
    let body = SessionBody {
        account: opened.account.id,
        expires: opened.expires,
        token,
        csrf_token,
    };
    Ok((StatusCode::CREATED, headers, Json(body)))
}

/// Log out
///
/// Ends the session that asks.
#[utoipa::path(delete, operation_id = "log_out", path = "/v1/sessions/current", tag = "accounts", responses(
    (status = 204, description = "The session has ended"),
    (status = 401, description = "Not logged in", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn close(
    State(app): State<AppState>,
    address: ClientAddress,
    login: Login,
) -> Result<(StatusCode, HeaderMap)> {
    log_out(&app, &login, address).await?;
    let headers = HeaderMap::from_iter([(header::SET_COOKIE, clear_session_cookie(&app.site))]);
    Ok((StatusCode::NO_CONTENT, headers))
}

/// List sessions
///
/// Where the account is logged in.
#[utoipa::path(get, operation_id = "list_sessions", path = "/v1/sessions", tag = "accounts", responses(
    (status = 200, description = "The sessions that have not ended", body = SessionList),
    (status = 401, description = "Not logged in", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn list(State(app): State<AppState>, login: Login) -> Result<Json<SessionList>> {
    let sessions = app.catalog.sessions(login.account_id()).await?;
    let current = login.session.id;
    let sessions = sessions
        .into_iter()
        .map(|session| SessionInfo::new(session, current))
        .collect();
    Ok(Json(SessionList { sessions }))
}

/// End a session
///
/// Its token opens nothing any more.
#[utoipa::path(delete, operation_id = "end_session", path = "/v1/sessions/{session}", tag = "accounts",
    params(("session" = Uuid, Path, description = "The session, from the list")), responses(
    (status = 204, description = "The session has ended"),
    (status = 401, description = "Not logged in", body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, description = "No session of yours", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn end(
    State(app): State<AppState>,
    address: ClientAddress,
    login: Login,
    session: std::result::Result<Path<Uuid>, PathRejection>,
) -> Result<StatusCode> {
    let Path(session) = session.map_err(|_| Problem::NotFound)?;
    accounts::end_session(&app, address, &login, session).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl SessionInfo {
    fn new(session: SessionRecord, current: Uuid) -> Self {
        Self {
            id: session.id,
            kind: match session.kind {
                SessionKind::Cookie => TokenKind::Cookie,
                SessionKind::Bearer => TokenKind::Bearer,
            },
            current: session.id == current,
            created: session.created,
            last_seen: session.last_seen,
            expires: session.expires,
            address: session.address,
            user_agent: session.user_agent,
        }
    }
}
