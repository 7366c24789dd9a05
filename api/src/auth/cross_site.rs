//! Changes that a page of another site asks for are refused, before anything else is looked at.
//!
//! This guards what has no session yet, such as the log-in form (an attacker could log his victim into an account of
//! his own), and stands behind the CSRF tokens of what has one.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::problem::Problem;

/// Refuses requests that change something and that a browser says were made by another site's page. Clients that are
/// no browsers send neither header and are let through: nobody tricks them with a page.
pub async fn refuse_cross_site_changes(request: Request<Body>, next: Next) -> Response {
    if !is_safe(request.method()) && is_cross_site(request.headers()) {
        return Problem::CrossOrigin.into_response();
    }
    next.run(request).await
}

/// The method promises to change nothing.
pub(super) fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

fn is_cross_site(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    match (text("sec-fetch-site"), text(header::ORIGIN.as_str())) {
        (Some(site), _) => !matches!(site, "same-origin" | "none"),
        // A browser too old to say: its origin must be the host that it asks.
        (None, Some(origin)) => {
            let authority = origin.split_once("://").map(|(_, authority)| authority);
            authority.is_none() || authority != text(header::HOST.as_str())
        }
        (None, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_of_other_sites_are_recognised() {
        let cross = |pairs: &[(&'static str, &'static str)]| {
            is_cross_site(
                &pairs
                    .iter()
                    .map(|(name, value)| (name.parse().expect("a name"), value.parse().expect("a value")))
                    .collect(),
            )
        };
        assert!(!cross(&[]));
        assert!(!cross(&[("sec-fetch-site", "same-origin"), ("origin", "null")]));
        assert!(!cross(&[
            ("host", "docs.example"),
            ("origin", "https://docs.example")
        ]));
        assert!(cross(&[("sec-fetch-site", "cross-site")]));
        assert!(cross(&[("sec-fetch-site", "same-site")]));
        assert!(cross(&[
            ("host", "docs.example"),
            ("origin", "https://evil.example")
        ]));
        assert!(cross(&[("host", "docs.example"), ("origin", "null")]));
    }
}
