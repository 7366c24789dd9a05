//! What the API answers when it does not do what it was asked: RFC 9457 `application/problem+json`.
//!
//! Handlers return [`Problem`]; this is the only file that knows which status code belongs to which. `code` never
//! changes its meaning, the texts may.

use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use docstore_activities::catalog::CatalogError;
use docstore_activities::ports::objects::ObjectError;
use docstore_activities::ports::queue::QueueError;
use docstore_activities::search::SearchError;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A handler's usual result.
pub type Result<T> = std::result::Result<T, Problem>;

/// Why a request was not done.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The body is no JSON, or not the JSON that is expected here.
    #[error("the body could not be read: {0}")]
    MalformedBody(String),
    /// A value is not one that is allowed.
    #[error("{field}: {detail}")]
    Invalid {
        /// The field, as the request names it.
        field: &'static str,
        /// What is wrong and what is allowed.
        detail: String,
    },
    /// No session, or one that has ended.
    #[error("log in first: send the session's cookie or `Authorization: Bearer <token>`")]
    Unauthenticated,
    /// The e-mail address and the password do not belong together.
    #[error("the e-mail address or the password is wrong")]
    WrongCredentials,
    /// The password that has to be given once more is not the account's.
    #[error("the current password is wrong")]
    WrongPassword,
    /// The account's home is another region.
    #[error("this account is at home in the region {home}; log in there")]
    WrongRegion {
        /// The account's home.
        home: String,
        /// Where it is, if this region knows.
        url: Option<String>,
    },
    /// A request of another region that does not prove to be one.
    #[error("the request does not prove which region it comes from")]
    RegionRefused,
    /// Too many attempts to log in have failed.
    #[error("too many attempts with a wrong password; try again in {} s", .0.as_secs().max(1))]
    LockedOut(Duration),
    /// A change was asked for with a cookie and without the session's CSRF token.
    #[error("send the session's CSRF token in the header `X-CSRF-Token`")]
    CsrfTokenMissing,
    /// A change was asked for by a page of another site.
    #[error("changes cannot be asked for from a page of another site")]
    CrossOrigin,
    /// There is nothing here, or it belongs to somebody else.
    #[error("there is nothing here that you can see")]
    NotFound,
    /// The e-mail address has an account.
    #[error("an account with this e-mail address exists; log in instead")]
    EmailTaken,
    /// The upload does not fit in the quota.
    #[error("{asked} bytes do not fit: {left} bytes of the quota are left; delete documents or upgrade")]
    QuotaExceeded {
        /// Bytes asked for.
        asked: u64,
        /// Bytes left.
        left: u64,
    },
    /// The account stores more than its quota.
    #[error(
        "the account is over its quota: uploads are blocked until documents are deleted or the plan is upgraded"
    )]
    OverQuota,
    /// The account holds as many unused upload forms as one may.
    #[error("{0} uploads have been asked for and not finished; finish them or wait until their forms expire")]
    TooManyOpenForms(i64),
    /// The document's object is not in the object store.
    #[error("the document's file has not been uploaded")]
    NotUploaded,
    /// No text has been read from the document.
    #[error(
        "there is no text of this document: it is being processed, has none, or the account's plan does not include it"
    )]
    NoText,
    /// The document lies in the trash.
    #[error("the document lies in the trash; restore it first")]
    InTrash,
    /// Nothing of the document's processing has failed.
    #[error("nothing of this document's processing has failed")]
    NotFailed,
    /// The current version cannot be deleted alone.
    #[error("this version is the current one; delete the document, or upload a newer version first")]
    CurrentVersion,
    /// The document has as many versions as one may have.
    #[error("a document has at most {0} versions; delete old ones")]
    TooManyVersions(usize),
    /// More requests than are taken.
    #[error("too many requests; try again in {} s", .0.as_secs().max(1))]
    RateLimited(Duration),
    /// The call with this idempotency key is being done.
    #[error("the call with this `Idempotency-Key` is being done; ask again in a moment")]
    SameKeyUnderWay,
    /// Something else was asked for with this idempotency key.
    #[error("something else was asked for with this `Idempotency-Key`; use a new key")]
    KeyReused,
    /// The document is not what the client has seen.
    #[error("the document has changed since you read it; read it again and send its new entity tag")]
    Changed,
    /// The search query has an error.
    #[error("the query could not be understood: {0}")]
    BadQuery(String),
    /// Everything that could do it is taken.
    #[error("the service is busy; try again in a few seconds")]
    Busy,
    /// A part behind the API does not answer.
    #[error("a part of the service does not answer; try again in a few seconds")]
    Unavailable(#[source] anyhow::Error),
    /// A fault of the program.
    #[error("the service failed; the fault has been logged")]
    Internal(#[source] anyhow::Error),
}

/// The body of an answer that says that a request was not done (RFC 9457).
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// `urn:docstore:problem:` and the code.
    pub r#type: String,
    /// What kind of problem it is, for people.
    pub title: String,
    /// The status code of the answer.
    pub status: u16,
    /// What kind of problem it is, for programs; in snake_case.
    pub code: String,
    /// What went wrong this time and what can be done.
    pub detail: String,
    /// The field of the request that is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Bytes of the quota that are left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_left: Option<u64>,
    /// The region where the account is at home.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub home_region: Option<String>,
}

impl Problem {
    /// A field with a value that is not allowed.
    pub fn invalid(field: &'static str, detail: impl Into<String>) -> Self {
        Self::Invalid {
            field,
            detail: detail.into(),
        }
    }

    /// A fault of the program.
    pub fn internal(error: impl Into<anyhow::Error>) -> Self {
        Self::Internal(error.into())
    }

    /// The status code of the answer.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::MalformedBody(_) | Self::BadQuery(_) => StatusCode::BAD_REQUEST,
            Self::Invalid { .. } | Self::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Unauthenticated | Self::WrongCredentials | Self::RegionRefused => StatusCode::UNAUTHORIZED,
            Self::WrongRegion { url: Some(_), .. } => StatusCode::TEMPORARY_REDIRECT,
            Self::WrongRegion { url: None, .. } => StatusCode::MISDIRECTED_REQUEST,
            Self::CsrfTokenMissing
            | Self::CrossOrigin
            | Self::WrongPassword
            | Self::QuotaExceeded { .. }
            | Self::OverQuota => StatusCode::FORBIDDEN,
            Self::NotFound | Self::NoText => StatusCode::NOT_FOUND,
            Self::EmailTaken
            | Self::NotUploaded
            | Self::InTrash
            | Self::NotFailed
            | Self::CurrentVersion
            | Self::TooManyVersions(_)
            | Self::SameKeyUnderWay => StatusCode::CONFLICT,
            Self::Changed => StatusCode::PRECONDITION_FAILED,
            Self::LockedOut(_) | Self::TooManyOpenForms(_) | Self::RateLimited(_) => {
                StatusCode::TOO_MANY_REQUESTS
            }
            Self::Busy | Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::MalformedBody(_) => "malformed_body",
            Self::Invalid { .. } => "invalid_value",
            Self::Unauthenticated => "unauthenticated",
            Self::WrongCredentials => "wrong_credentials",
            Self::WrongPassword => "wrong_password",
            Self::WrongRegion { .. } => "wrong_region",
            Self::RegionRefused => "region_refused",
            Self::LockedOut(_) => "locked_out",
            Self::CsrfTokenMissing => "csrf_token_missing",
            Self::CrossOrigin => "cross_origin",
            Self::NotFound => "not_found",
            Self::EmailTaken => "email_taken",
            Self::QuotaExceeded { .. } => "quota_exceeded",
            Self::OverQuota => "over_quota",
            Self::TooManyOpenForms(_) => "too_many_open_forms",
            Self::NotUploaded => "not_uploaded",
            Self::NoText => "no_text",
            Self::InTrash => "in_trash",
            Self::NotFailed => "not_failed",
            Self::CurrentVersion => "current_version",
            Self::TooManyVersions(_) => "too_many_versions",
            Self::RateLimited(_) => "rate_limited",
            Self::SameKeyUnderWay => "same_key_under_way",
            Self::KeyReused => "key_reused",
            Self::Changed => "changed",
            Self::BadQuery(_) => "bad_query",
            Self::Busy => "busy",
            Self::Unavailable(_) => "unavailable",
            Self::Internal(_) => "internal",
        }
    }

    fn title(&self) -> &'static str {
        match self {
            Self::MalformedBody(_) => "Malformed body",
            Self::Invalid { .. } => "Value not allowed",
            Self::Unauthenticated => "Not logged in",
            Self::WrongCredentials => "Wrong e-mail address or password",
            Self::WrongPassword => "Wrong password",
            Self::WrongRegion { .. } => "At home in another region",
            Self::RegionRefused => "No region",
            Self::LockedOut(_) => "Locked out for a while",
            Self::CsrfTokenMissing => "CSRF token missing",
            Self::CrossOrigin => "Asked for by another site",
            Self::NotFound => "Not found",
            Self::EmailTaken => "E-mail address taken",
            Self::QuotaExceeded { .. } => "Not enough storage left",
            Self::OverQuota => "Over quota",
            Self::TooManyOpenForms(_) => "Too many uploads under way",
            Self::NotUploaded => "Not uploaded",
            Self::NoText => "No text",
            Self::InTrash => "In the trash",
            Self::NotFailed => "Nothing has failed",
            Self::CurrentVersion => "The current version",
            Self::TooManyVersions(_) => "Too many versions",
            Self::RateLimited(_) => "Too many requests",
            Self::SameKeyUnderWay => "Being done",
            Self::KeyReused => "Idempotency key used before",
            Self::Changed => "Changed meanwhile",
            Self::BadQuery(_) => "Query not understood",
            Self::Busy => "Busy",
            Self::Unavailable(_) => "Not available",
            Self::Internal(_) => "Internal fault",
        }
    }

    /// The answer's body.
    pub fn body(&self) -> ProblemBody {
        ProblemBody {
            r#type: format!("urn:docstore:problem:{}", self.code()),
            title: self.title().to_owned(),
            status: self.status().as_u16(),
            code: self.code().to_owned(),
            detail: self.to_string(),
            field: match self {
                Self::Invalid { field, .. } => Some((*field).to_owned()),
                _ => None,
            },
            bytes_left: match self {
                Self::QuotaExceeded { left, .. } => Some(*left),
                _ => None,
            },
            home_region: match self {
                Self::WrongRegion { home, .. } => Some(home.clone()),
                _ => None,
            },
        }
    }

    /// Logs what its receiver is not told. Called where the answer is made, so each failure is logged once.
    pub fn log(&self) {
        match self {
            Self::Unavailable(source) => tracing::warn!(
                error = format!("{source:#}"),
                "a part of the service does not answer"
            ),
            Self::Internal(source) => tracing::error!(error = format!("{source:#}"), "a request failed"),
            _ => {}
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        self.log();
        let mut response = problem_response(self.status(), self.body());
        let headers = response.headers_mut();
        match &self {
            Self::LockedOut(wait) | Self::RateLimited(wait) => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
            }
            Self::WrongRegion { url: Some(url), .. } => {
                // The method and the body stay: the client logs in there with what it sent here.
                if let Ok(there) = HeaderValue::from_str(&format!("{url}/v1/sessions")) {
                    headers.insert(header::LOCATION, there);
                }
            }
            Self::SameKeyUnderWay => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(1));
            }
            Self::Busy | Self::Unavailable(_) => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(5));
            }
            Self::Unauthenticated | Self::WrongCredentials => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            _ => {}
        }
        response
    }
}

fn problem_response(status: StatusCode, body: ProblemBody) -> Response {
    let mut response = (status, Json(body)).into_response();
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    response
}

/// Gives errors that no handler made (unknown method, body too large, timeout, panic) the form of all others.
pub async fn dress_errors(request: Request<Body>, next: Next) -> Response {
    let response = next.run(request).await;
    let status = response.status();
    let dressed = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|content_type| {
            content_type == "application/problem+json" || content_type.as_bytes().starts_with(b"text/html")
        });
    if dressed || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let reason = status.canonical_reason().unwrap_or("Error");
    let code = reason.to_ascii_lowercase().replace([' ', '-'], "_");
    let body = ProblemBody {
        r#type: format!("urn:docstore:problem:{code}"),
        title: reason.to_owned(),
        status: status.as_u16(),
        code,
        detail: match status {
            StatusCode::PAYLOAD_TOO_LARGE => {
                "the body is larger than this call takes; documents go to the object store".to_owned()
            }
            StatusCode::METHOD_NOT_ALLOWED => {
                "this path does not take this method; see /openapi.json".to_owned()
            }
            StatusCode::NOT_FOUND => "there is nothing here that you can see".to_owned(),
            StatusCode::REQUEST_TIMEOUT => "the request took too long; try again".to_owned(),
            _ => reason.to_owned(),
        },
        field: None,
        bytes_left: None,
        home_region: None,
    };
    let (parts, _) = response.into_parts();
    let mut answer = problem_response(status, body);
    if let Some(allow) = parts.headers.get(header::ALLOW) {
        answer.headers_mut().insert(header::ALLOW, allow.clone());
    }
    answer
}

impl From<CatalogError> for Problem {
    fn from(error: CatalogError) -> Self {
        match error {
            CatalogError::EmailTaken => Self::EmailTaken,
            CatalogError::NoSuchAccount => Self::Unauthenticated,
            CatalogError::NoSuchDocument => Self::NotFound,
            CatalogError::InTrash => Self::InTrash,
            CatalogError::NotFailed => Self::NotFailed,
            CatalogError::CurrentVersion => Self::CurrentVersion,
            CatalogError::TooManyVersions { limit } => Self::TooManyVersions(limit),
            CatalogError::QuotaExceeded { asked, left } => Self::QuotaExceeded { asked, left },
            CatalogError::OverQuota => Self::OverQuota,
            CatalogError::TooManyOpenForms { limit } => Self::TooManyOpenForms(limit),
            error @ CatalogError::Database(sqlx::Error::Database(_)) => Self::internal(error),
            error => Self::Unavailable(error.into()),
        }
    }
}

impl From<ObjectError> for Problem {
    fn from(error: ObjectError) -> Self {
        match error {
            ObjectError::NotFound(_) => Self::NotUploaded,
            error if error.is_retryable() => Self::Unavailable(error.into()),
            error => Self::internal(error),
        }
    }
}

impl From<QueueError> for Problem {
    fn from(error: QueueError) -> Self {
        if error.is_retryable() {
            Self::Unavailable(error.into())
        } else {
            Self::internal(error)
        }
    }
}

impl From<SearchError> for Problem {
    fn from(error: SearchError) -> Self {
        match error {
            SearchError::Query(error) => Self::BadQuery(error.to_string()),
            SearchError::Index(error) => Self::Unavailable(error.into()),
        }
    }
}
