//! Styles, scripts and the icon, embedded in the program.
//!
//! Their addresses contain a digest of all of them, so that browsers and CDNs may keep them for ever and still fetch
//! what a new version of the program brings. Scripts are modules that import each other by relative addresses, which
//! stay within the digest.

use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use maud::{Markup, html};
use sha2::{Digest, Sha256};

use crate::problem::Problem;

/// A file that pages refer to.
struct Asset {
    name: &'static str,
    content_type: &'static str,
    content: &'static str,
}

const STYLE: &str = "style.css";
const ICON: &str = "icon.svg";
/// The script that imports the others.
const SCRIPT: &str = "app.js";

const SCRIPT_TYPE: &str = "text/javascript; charset=utf-8";

const ASSETS: [Asset; 8] = [
    Asset {
        name: STYLE,
        content_type: "text/css; charset=utf-8",
        content: concat!(
            include_str!("../../assets/css/base.css"),
            include_str!("../../assets/css/controls.css"),
            include_str!("../../assets/css/shell.css"),
            include_str!("../../assets/css/documents.css"),
            include_str!("../../assets/css/document.css"),
            include_str!("../../assets/css/uploads.css"),
        ),
    },
    Asset {
        name: ICON,
        content_type: "image/svg+xml",
        content: include_str!("../../assets/icon.svg"),
    },
    script(SCRIPT, include_str!("../../assets/js/app.js")),
    script("forms.js", include_str!("../../assets/js/forms.js")),
    script("live.js", include_str!("../../assets/js/live.js")),
    script("search.js", include_str!("../../assets/js/search.js")),
    script("times.js", include_str!("../../assets/js/times.js")),
    script("uploads.js", include_str!("../../assets/js/uploads.js")),
];

/// Hexadecimal digits of the digest that stand in addresses.
const DIGEST_CHARS: usize = 16;

static DIGEST: LazyLock<String> = LazyLock::new(|| {
    let mut digest = Sha256::new();
    for asset in &ASSETS {
        digest.update(asset.name);
        digest.update(asset.content);
    }
    let mut text = hex::encode(digest.finalize());
    text.truncate(DIGEST_CHARS);
    text
});

/// Serves the assets; needs no state, so that any listener can have them.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/assets/{digest}/{name}", get(serve))
}

/// What the head of every page has.
pub fn head() -> Markup {
    html! {
        link rel="icon" type="image/svg+xml" href=(address(ICON));
        link rel="stylesheet" href=(address(STYLE));
        script type="module" src=(address(SCRIPT)) {}
        @for asset in ASSETS.iter().filter(|asset| asset.content_type == SCRIPT_TYPE && asset.name != SCRIPT) {
            link rel="modulepreload" href=(address(asset.name));
        }
    }
}

const fn script(name: &'static str, content: &'static str) -> Asset {
    Asset {
        name,
        content_type: SCRIPT_TYPE,
        content,
    }
}

fn address(name: &str) -> String {
    format!("/assets/{}/{name}", *DIGEST)
}

async fn serve(Path((digest, name)): Path<(String, String)>) -> Response {
    let Some(asset) = ASSETS.iter().find(|asset| asset.name == name) else {
        return Problem::NotFound.into_response();
    };
    // While a new version is rolled out, a page of one version may ask another one: it gets what there is, and no
    // cache keeps that under the wrong address.
    let life = if digest == *DIGEST {
        "public, max-age=31536000, immutable"
    } else {
        "no-store"
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(asset.content_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static(life)),
    ];
    (headers, asset.content).into_response()
}
