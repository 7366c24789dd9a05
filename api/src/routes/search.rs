//! Search, in one account's documents.

use axum::Json;
use axum::extract::State;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use docstore_activities::catalog::{Account, Plan};
use docstore_activities::search::{FacetCount, Filters, Hit, Hits, Page, Query, Scope};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::app::{App, AppState};
use crate::auth::Login;
use crate::input::Params;
use crate::problem::{Problem, ProblemBody, Result};

/// Hits on a page.
const PAGE: usize = 20;

/// What to search for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SearchParams {
    /// Words, `"a phrase"`, `begin*`, `OR`, `-not`, `(groups)`, `title:`, `tag:`, `type:`, `created:2024-03`, `before:`,
    /// `after:`. What is not understood is refused, never ignored.
    #[serde(default)]
    #[param(max_length = 1000, example = "invoice tag:tax")]
    pub q: String,
    /// Only documents of this kind. `q` may then be empty.
    #[param(example = "pdf")]
    pub kind: Option<String>,
    /// Only documents with this tag. `q` may then be empty.
    #[param(example = "tax")]
    pub tag: Option<String>,
    /// `next_cursor` of the page before, with the same `q`, `kind` and `tag`.
    pub cursor: Option<String>,
}

/// What was found.
#[derive(Serialize, ToSchema)]
pub struct SearchResult {
    /// Documents that match, on all pages.
    total: usize,
    /// Documents of this page, the best first.
    hits: Vec<HitBody>,
    /// How many of the matching documents there are of each kind.
    kinds: Vec<FacetBody>,
    /// How many of the matching documents have each tag.
    tags: Vec<FacetBody>,
    /// Nothing matched to the letter: these match with a typing error forgiven or a name completed.
    approximate: bool,
    /// Whether the text of the documents was searched, or their names, dates and tags only.
    full_text: bool,
    /// What to ask the next page with; absent on the last one.
    next_cursor: Option<String>,
}

/// A document that was found.
#[derive(Serialize, ToSchema)]
#[schema(as = Hit)]
pub struct HitBody {
    /// The document.
    document: Uuid,
    /// Its title.
    title: String,
    /// Its title as HTML: escaped, with what was looked for in `<mark>`.
    title_html: String,
    /// Its kind.
    kind: String,
    /// Its tags.
    tags: Vec<String>,
    /// Its size in bytes.
    size: u64,
    /// When its upload was asked for.
    created: DateTime<Utc>,
    /// How well it matches; comparable within one answer only.
    score: f32,
    /// The page that matches best.
    page: Option<u32>,
    /// What stands there, as HTML: escaped, with what was looked for in `<mark>`.
    snippet_html: Option<String>,
}

/// A value and how many documents have it.
#[derive(Serialize, ToSchema)]
#[schema(as = Facet)]
pub struct FacetBody {
    /// The value.
    value: String,
    /// The documents.
    documents: u64,
}

/// Search documents
///
/// Free accounts search names, dates and tags, premium accounts the text of the documents too.
#[utoipa::path(get, operation_id = "search_documents", path = "/v1/search", tag = "search", params(SearchParams), responses(
    (status = 200, description = "What was found", body = SearchResult),
    (status = 400, description = "The query has an error; the detail says where", body = ProblemBody, content_type = "application/problem+json"),
    (status = 401, description = "Not logged in", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn search(
    State(app): State<AppState>,
    login: Login,
    Params(params): Params<SearchParams>,
) -> Result<Json<SearchResult>> {
    let found = find(&app, login.account(), &params).await?;
    Ok(Json(SearchResult {
        total: found.hits.total,
        hits: found.hits.hits.into_iter().map(HitBody::from).collect(),
        kinds: found.hits.facets.kinds.into_iter().map(FacetBody::from).collect(),
        tags: found.hits.facets.tags.into_iter().map(FacetBody::from).collect(),
        approximate: found.hits.approximate,
        full_text: found.full_text,
        next_cursor: found.next,
    }))
}

/// An answer, and how to go on.
pub(crate) struct Found {
    pub hits: Hits,
    pub full_text: bool,
    /// The number of the first hit on this page, from 1.
    pub first: usize,
    pub previous: Option<String>,
    pub next: Option<String>,
}

impl SearchParams {
    /// Nothing is asked for.
    pub(crate) fn is_empty(&self) -> bool {
        let empty = |text: &Option<String>| text.as_deref().unwrap_or_default().is_empty();
        self.q.trim().is_empty() && empty(&self.kind) && empty(&self.tag)
    }

    fn filters(&self) -> Filters {
        let chosen =
            |value: &Option<String>| value.iter().filter(|value| !value.is_empty()).cloned().collect();
        Filters {
            kinds: chosen(&self.kind),
            tags: chosen(&self.tag),
            ..Filters::default()
        }
    }
}

/// Searches as far as the account's plan allows.
pub(crate) async fn find(app: &App, account: &Account, params: &SearchParams) -> Result<Found> {
    let offset = params.cursor.as_deref().map_or(Ok(0), decode_offset)?;
    let scope = match account.plan {
        Plan::Free => Scope::NamesAndTags,
        Plan::Premium => Scope::FullText,
    };
    let query = Query {
        owner: account.id,
        text: params.q.clone(),
        scope,
        filters: params.filters(),
        page: Page { offset, limit: PAGE },
    };
    let hits = app.index.search(query).await?;
    let after = offset + hits.hits.len();
    let next = (after < hits.total && !hits.hits.is_empty()).then(|| encode_offset(after));
    Ok(Found {
        hits,
        full_text: scope == Scope::FullText,
        first: offset + 1,
        previous: (offset > 0).then(|| encode_offset(offset.saturating_sub(PAGE))),
        next,
    })
}

fn encode_offset(offset: usize) -> String {
    URL_SAFE_NO_PAD.encode(offset.to_string())
}

/// The index refuses an offset that is too large.
fn decode_offset(cursor: &str) -> Result<usize> {
    let text = URL_SAFE_NO_PAD
        .decode(cursor)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok());
    text.and_then(|text| text.parse().ok())
        .ok_or_else(|| Problem::invalid("cursor", "is not the `next_cursor` of a page of this search"))
}

impl From<Hit> for HitBody {
    fn from(hit: Hit) -> Self {
        Self {
            document: hit.document,
            title: hit.title,
            title_html: hit.title_html,
            kind: hit.kind,
            tags: hit.tags,
            size: hit.size,
            created: hit.created,
            score: hit.score,
            page: hit.page_number,
            snippet_html: hit.snippet,
        }
    }
}

impl From<FacetCount> for FacetBody {
    fn from(facet: FacetCount) -> Self {
        Self {
            value: facet.value,
            documents: facet.documents,
        }
    }
}
