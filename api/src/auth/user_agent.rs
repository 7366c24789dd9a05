//! What a client calls itself, for the owner of a session to recognise it by. Nothing is decided by it.

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;

use crate::app::AppState;
use crate::problem::Problem;

/// Characters that are kept.
const MAX_CHARS: usize = 300;

/// What a client calls itself: printable ASCII, cut to 300 characters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserAgent(pub Option<String>);

impl FromRequestParts<AppState> for UserAgent {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Problem> {
        // Only visible ASCII passes `to_str`.
        let sent = parts.headers.get(header::USER_AGENT);
        let text = sent.and_then(|value| value.to_str().ok()).map(str::trim);
        let text = text.filter(|text| !text.is_empty());
        Ok(Self(text.map(|text| text.chars().take(MAX_CHARS).collect())))
    }
}
