//! The session's cookie.

use axum::http::{HeaderMap, HeaderValue, header};

use super::{SESSION_LIFETIME, Token};
use crate::app::Site;

/// Over TLS the name makes browsers insist on `Secure`, on `Path=/` and on no `Domain`, so that no other host and no
/// plain connection can plant a session.
fn name(site: &Site) -> &'static str {
    if site.is_secure() {
        "__Host-docstore_session"
    } else {
        "docstore_session"
    }
}

/// The header that gives a browser its session.
pub fn session_cookie(site: &Site, token: &Token) -> HeaderValue {
    header_value(site, token.expose(), SESSION_LIFETIME.as_secs())
}

/// The header that takes a browser's session away.
pub fn clear_session_cookie(site: &Site) -> HeaderValue {
    header_value(site, "", 0)
}

/// The token that a browser sent.
pub(super) fn sent_token(site: &Site, headers: &HeaderMap) -> Option<Token> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(found, _)| *found == name(site))
        .and_then(|(_, value)| Token::parse(value))
}

fn header_value(site: &Site, value: &str, max_age: u64) -> HeaderValue {
    let secure = if site.is_secure() { "; Secure" } else { "" };
    let cookie = format!(
        "{}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age}{secure}",
        name(site)
    );
    HeaderValue::from_str(&cookie).expect("a token has no characters that a header cannot carry")
}
