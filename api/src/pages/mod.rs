//! The pages: plain HTML made on the server, usable without JavaScript. Everything that a user typed is escaped by the
//! template library; the content security policy is for the day when something is not.

mod account;
mod address;
pub mod assets;
mod documents;
mod entry;
mod fields;
mod icons;
mod layout;
mod notice;
pub(crate) mod refusal;
mod search;
mod signed_in;
mod upload;
mod visitor;
mod way_back;
pub(crate) mod words;

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::routing::{get, post};
use tower_http::set_header::SetResponseHeaderLayer;

use crate::app::{App, AppState};

/// Every page.
pub fn router(app: &App) -> Router<AppState> {
    Router::new()
        .route("/", get(entry::start))
        .route("/sign-up", get(entry::sign_up_page).post(entry::sign_up))
        .route("/log-in", get(entry::log_in_page).post(entry::log_in))
        .route("/log-out", post(entry::log_out))
        .route("/documents", get(documents::list))
        .route("/documents/{document}", get(documents::show))
        .route("/documents/{document}/edit", post(documents::edit))
        .route("/documents/{document}/trash", post(documents::trash))
        .route("/documents/{document}/restore", post(documents::restore))
        .route("/documents/{document}/retry", post(documents::retry))
        .route("/documents/{document}/delete", post(documents::delete))
        .route("/documents/{document}/versions", post(documents::choose))
        .route("/documents/{document}/versions/new", get(documents::describe))
        .route(
            "/documents/{document}/versions/{version}/delete",
            post(documents::delete_version),
        )
        .route("/trash", get(documents::list_trash))
        .route("/trash/empty", post(documents::empty_trash))
        .route("/upload", get(upload::describe).post(upload::choose))
        .route("/search", get(search::search))
        .route("/account", get(account::show))
        .route("/account/plan", post(account::change_plan))
        .route("/account/password", post(account::change_password))
        .route("/account/sessions/{session}/end", post(account::end_session))
        .route("/account/delete", post(account::delete))
        .layer(SetResponseHeaderLayer::overriding(
            header::CONTENT_SECURITY_POLICY,
            content_security_policy(app),
        ))
        .merge(assets::router())
}

/// Nothing but our own files, no inline script or style, files sent to the object store only, and no frames. The log-in
/// form may lead to another region.
fn content_security_policy(app: &App) -> HeaderValue {
    let uploads = &app.site.upload_origin;
    let regions: String = app
        .regions
        .peers()
        .map(|peer| format!(" {}", peer.public_url))
        .collect();
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' {uploads}; \
         form-action 'self' {uploads}{regions}; frame-ancestors 'none'; base-uri 'none'"
    );
    HeaderValue::from_str(&policy).expect("an origin has no characters that a header cannot carry")
}
