//! Style and script, embedded in the program.

use axum::http::{HeaderName, header};

type Asset = ([(HeaderName, &'static str); 2], &'static str);

const CACHED: (HeaderName, &str) = (header::CACHE_CONTROL, "public, max-age=3600");

/// The style sheet.
pub async fn style() -> Asset {
    (
        [(header::CONTENT_TYPE, "text/css; charset=utf-8"), CACHED],
        include_str!("../../assets/style.css"),
    )
}

/// What a page does beyond HTML: uploads with progress, and live status.
pub async fn script() -> Asset {
    (
        [(header::CONTENT_TYPE, "text/javascript; charset=utf-8"), CACHED],
        include_str!("../../assets/app.js"),
    )
}
