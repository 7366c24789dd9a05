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
use axum::handler::Handler;
use axum::http::{HeaderValue, Method, header};
use axum::routing::{MethodRouter, get, post};
use tower_http::set_header::SetResponseHeaderLayer;

use crate::app::{App, AppState};

/// What a page's address answers to one method.
struct Page {
    method: Method,
    path: &'static str,
    answer: MethodRouter<AppState>,
}

/// Every page and every form's address.
fn table() -> Vec<Page> {
    vec![
        page("/", entry::start),
        page("/sign-up", entry::sign_up_page),
        form("/sign-up", entry::sign_up),
        page("/log-in", entry::log_in_page),
        form("/log-in", entry::log_in),
        form("/log-out", entry::log_out),
        page("/documents", documents::list),
        page("/documents/{document}", documents::show),
        form("/documents/{document}/edit", documents::edit),
        form("/documents/{document}/trash", documents::trash),
        form("/documents/{document}/restore", documents::restore),
        form("/documents/{document}/retry", documents::retry),
        form("/documents/{document}/delete", documents::delete),
        form("/documents/{document}/versions", documents::choose),
        page("/documents/{document}/versions/new", documents::describe),
        form(
            "/documents/{document}/versions/{version}/delete",
            documents::delete_version,
        ),
        page("/trash", documents::list_trash),
        form("/trash/empty", documents::empty_trash),
        page("/upload", upload::describe),
        form("/upload", upload::choose),
        page("/search", search::search),
        page("/account", account::show),
        form("/account/plan", account::change_plan),
        form("/account/password", account::change_password),
        form("/account/sessions/{session}/end", account::end_session),
        form("/account/delete", account::delete),
    ]
}

fn page<T: 'static>(path: &'static str, show: impl Handler<T, AppState>) -> Page {
    Page {
        method: Method::GET,
        path,
        answer: get(show),
    }
}

fn form<T: 'static>(path: &'static str, receive: impl Handler<T, AppState>) -> Page {
    Page {
        method: Method::POST,
        path,
        answer: post(receive),
    }
}

/// The method and the path of every page, as the router has them: so that what must hold for all can be asked of all.
pub fn addresses() -> impl Iterator<Item = (Method, &'static str)> {
    table().into_iter().map(|page| (page.method, page.path))
}

/// Every page.
pub fn router(app: &App) -> Router<AppState> {
    table()
        .into_iter()
        .fold(Router::new(), |router, page| router.route(page.path, page.answer))
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
