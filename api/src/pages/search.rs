//! Search results.

use axum::extract::State;
use maud::{Markup, PreEscaped, html};

use super::layout;
use super::refusal::{OnPage, Result};
use crate::app::AppState;
use crate::auth::Login;
use crate::input::Params;
use crate::problem::Problem;
use crate::routes::search::{Found, SearchParams, find};

/// What was found, best first; a query with an error is shown with what is wrong.
pub async fn search(
    State(app): State<AppState>,
    OnPage(login): OnPage<Login>,
    OnPage(Params(params)): OnPage<Params<SearchParams>>,
) -> Result<Markup> {
    let content = match find(&app, login.account(), &params).await {
        Ok(found) => results(&params.q, &found),
        Err(Problem::BadQuery(detail)) => html! { p.notice role="alert" { (detail) } },
        Err(problem) => return Err(problem.into()),
    };
    Ok(layout::inside("Search", &login, &params.q, content))
}

fn results(query: &str, found: &Found) -> Markup {
    html! {
        p {
            (found.hits.total) @if found.hits.total == 1 { " document found" } @else { " documents found" }
            @if found.hits.approximate { " that are similar to what you typed" }
            @if !found.full_text { " by name, date and tag; a premium plan searches the text of documents too" }
            "."
        }
        ol.hits {
            @for hit in &found.hits.hits {
                li {
                    // The index escapes what documents contain and marks what was looked for.
                    a href={ "/v1/documents/" (hit.document) "/download" } { (PreEscaped(&hit.title_html)) }
                    @for tag in &hit.tags { " " span.tag { (tag) } }
                    @if let Some(snippet) = &hit.snippet {
                        p {
                            @if let Some(page) = hit.page_number { "Page " (page) ": " }
                            (PreEscaped(snippet))
                        }
                    }
                }
            }
        }
        @if let Some(next) = &found.next {
            form action="/search" {
                input type="hidden" name="q" value=(query);
                input type="hidden" name="cursor" value=(next);
                button { "More" }
            }
        }
    }
}
