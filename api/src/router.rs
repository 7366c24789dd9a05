//! The whole route table.

use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware;
use axum::routing::get;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;
use utoipa::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::AppState;
use crate::auth::refuse_cross_site_changes;
use crate::etag::answer_conditionally;
use crate::pages;
use crate::problem::dress_errors;
use crate::rate_limit::limit_rate;
use crate::regions;
use crate::routes::{accounts, documents, health, parts, search, sessions, uploads};
use crate::{description, idempotency};

/// The most bytes of a body: documents do not come this way.
pub const MAX_BODY_BYTES: usize = 1_000_000;
/// The longest that a request may take, its body included.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// DocStore's public API.
#[derive(OpenApi)]
#[openapi(
    info(title = "DocStore", description = "Upload documents, find them again by name, tag and text, download them."),
    security(("session_cookie" = []), ("bearer_token" = [])),
    tags(
        (name = "accounts", description = "Sign-up, log-in, and what an account stores"),
        (name = "uploads", description = "Files go from the client directly to the object store, by a signed form"),
        (name = "documents", description = "List, status, editing, text, download, trash"),
        (name = "versions", description = "New versions of documents, and the old ones, which are kept"),
        (name = "search", description = "By name, date and tag; for premium accounts in the full text"),
        (name = "operation", description = "For load balancers and operators"),
    )
)]
struct Description;

/// Every route of the API, and the description of all of them.
fn api() -> (Router<AppState>, utoipa::openapi::OpenApi) {
    let (routes, mut description) = routes().split_for_parts();
    description::complete(&mut description);
    (routes, description)
}

fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(frame())
        .routes(routes!(accounts::sign_up))
        .routes(routes!(accounts::show, accounts::change, accounts::delete))
        .routes(routes!(accounts::change_password))
        .routes(routes!(sessions::open, sessions::list))
        .routes(routes!(sessions::close))
        .routes(routes!(sessions::end))
        .routes(routes!(uploads::request))
        .routes(routes!(parts::begin))
        .routes(routes!(parts::missing))
        .routes(routes!(uploads::begun))
        .routes(routes!(uploads::complete))
        .routes(routes!(uploads::completion_page))
        .routes(routes!(documents::list::list))
        .routes(routes!(
            documents::show::show,
            documents::change::edit,
            documents::change::delete
        ))
        .routes(routes!(documents::change::restore))
        .routes(routes!(documents::change::retry))
        .routes(routes!(documents::content::download))
        .routes(routes!(documents::content::text))
        .routes(routes!(documents::content::thumbnail))
        .routes(routes!(documents::content::duplicates))
        .routes(routes!(documents::history::history))
        .routes(routes!(documents::versions::list, documents::versions::request))
        .routes(routes!(documents::versions::show, documents::versions::delete))
        .routes(routes!(documents::versions::download))
        .routes(routes!(documents::versions::begun))
        .routes(routes!(documents::versions::complete))
        .routes(routes!(documents::trash::list, documents::trash::empty))
        .routes(routes!(search::search))
        .routes(routes!(health::health))
}

/// The program's web service.
pub fn router(app: AppState) -> Router {
    let (routes, description) = api();
    let description = axum::Json(description);
    let pages = pages::router(&app);
    routes
        .route(
            "/openapi.json",
            get(move || std::future::ready(description.clone())),
        )
        .layer(middleware::from_fn(answer_conditionally))
        .layer(middleware::from_fn_with_state(app.clone(), idempotency::once))
        .merge(pages)
        .merge(regions::router())
        .layer(middleware::from_fn_with_state(app.clone(), limit_rate))
        .with_state(app)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(middleware::from_fn(refuse_cross_site_changes))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            REQUEST_TIMEOUT,
        ))
        .layer(CatchPanicLayer::new())
        .layer(middleware::from_fn(dress_errors))
        .layer(SetResponseHeaderLayer::overriding(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ))
        .layer(SetResponseHeaderLayer::overriding(
            header::REFERRER_POLICY,
            HeaderValue::from_static("same-origin"),
        ))
        .layer(SetResponseHeaderLayer::if_not_present(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
        ))
        .layer(SetResponseHeaderLayer::if_not_present(
            header::CACHE_CONTROL,
            HeaderValue::from_static("no-store"),
        ))
        .layer(TraceLayer::new_for_http())
}

/// The OpenAPI document.
pub fn openapi() -> utoipa::openapi::OpenApi {
    api().1
}

fn frame() -> utoipa::openapi::OpenApi {
    let mut description = Description::openapi();
    let components = description.components.get_or_insert_default();
    components.add_security_scheme(
        "session_cookie",
        SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(
            "docstore_session",
            "Set by POST /v1/sessions. Changes need the header X-CSRF-Token too.",
        ))),
    );
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
    components.add_security_scheme("bearer_token", SecurityScheme::Http(bearer));
    description
}
