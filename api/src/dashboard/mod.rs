//! The operator's dashboard: what the deployment stores and does, live.
//!
//! It is served beside the metrics, on the listener that only this machine reaches, and never to customers. A page
//! works without JavaScript; with it, the figures are replaced as they change (server-sent events).

mod charts;
mod page;

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::routing::get;
use futures::stream::{self, Stream, StreamExt};
use maud::Markup;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::figures::Figures;

/// Nothing but our own files, and no frames.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
     frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// What the pages show.
#[derive(Clone)]
struct Shown {
    region: Arc<str>,
    latest: watch::Receiver<Option<Arc<Figures>>>,
    stop: CancellationToken,
}

/// The dashboard's routes, over the latest figures; streams of them end with `stop`.
pub fn router(
    region: &str,
    latest: watch::Receiver<Option<Arc<Figures>>>,
    stop: CancellationToken,
) -> Router {
    let set = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    Router::new()
        .route("/dashboard", get(dashboard))
        .route("/dashboard/events", get(events))
        .route("/dashboard/style.css", get(style))
        .route("/dashboard/live.js", get(script))
        .layer(set(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
        .layer(set(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(set(header::CACHE_CONTROL, "no-store"))
        .with_state(Shown {
            region: region.into(),
            latest,
            stop,
        })
}

async fn dashboard(State(shown): State<Shown>) -> Markup {
    let latest = shown.latest.borrow().clone();
    page::whole(&shown.region, latest.as_deref())
}

/// The figures as HTML, whenever there are new ones.
async fn events(State(shown): State<Shown>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let changes = stream::unfold(shown.latest, |mut latest| async {
        latest.changed().await.ok()?;
        let figures = latest.borrow_and_update().clone();
        let html = figures.map(|figures| page::figures(&figures).into_string());
        Some((Ok(Event::default().data(html.unwrap_or_default())), latest))
    });
    let until_stopped = changes.take_until(shown.stop.cancelled_owned());
    Sse::new(until_stopped).keep_alive(KeepAlive::default())
}

type Asset = ([(HeaderName, &'static str); 1], &'static str);

async fn style() -> Asset {
    (
        [(header::CONTENT_TYPE, "text/css; charset=utf-8")],
        include_str!("../../assets/dashboard.css"),
    )
}

async fn script() -> Asset {
    (
        [(header::CONTENT_TYPE, "text/javascript; charset=utf-8")],
        include_str!("../../assets/dashboard.js"),
    )
}
