//! Search: what was found, with the words where they stand, and how it divides.

use std::collections::HashMap;

use axum::extract::State;
use docstore_activities::catalog::Document;
use docstore_activities::search::{FacetCount, Facets, Hit};
use maud::{Markup, PreEscaped, html};
use uuid::Uuid;

use super::address;
use super::documents::row::{tag_links, thumbnail};
use super::icons::Icon;
use super::layout::{self, Place, View};
use super::refusal::{OnPage, Result};
use super::visitor::Visitor;
use super::words::{Kind, bytes, count, moment};
use crate::app::AppState;
use crate::input::Params;
use crate::problem::Problem;
use crate::routes::search::{Found, SearchParams, find};

/// What was found, best first; a query with an error is shown with what is wrong.
pub async fn search(
    State(app): State<AppState>,
    visitor: Visitor,
    OnPage(Params(params)): OnPage<Params<SearchParams>>,
) -> Result<Markup> {
    let content = if params.is_empty() {
        how_to_search(&visitor)
    } else {
        match find(&app, visitor.login.account(), &params).await {
            Ok(found) => {
                let ids: Vec<Uuid> = found.hits.hits.iter().map(|hit| hit.document).collect();
                let documents = app.catalog.owned_documents(visitor.account_id(), &ids).await?;
                results(&params, &found, &documents)
            }
            Err(Problem::BadQuery(detail)) => not_understood(&detail),
            Err(problem) => return Err(problem.into()),
        }
    };
    let content = html! {
        div.heading { h1 { "Search" } }
        div id="found" data-part { (content) }
    };
    let view = View {
        title: "Search",
        place: Place::Search,
        query: &params.q,
    };
    Ok(layout::inside(&visitor, &view, content))
}

fn results(params: &SearchParams, found: &Found, documents: &HashMap<Uuid, Document>) -> Markup {
    let hits = &found.hits;
    html! {
        div.found {
            div.fields {
                p.muted role="status" { (summary(found)) }
                @if hits.hits.is_empty() { (nothing(found.full_text)) }
                ol.hits { @for hit in &hits.hits { li.hit { (self::hit(hit, documents.get(&hit.document))) } } }
                (pages(params, found))
            }
            (facets(params, &hits.facets))
        }
    }
}

/// What the search can be narrowed by.
fn facets(params: &SearchParams, facets: &Facets) -> Markup {
    let (kind, tag) = (params.kind.as_deref(), params.tag.as_deref());
    let to_kind = |value: Option<&str>| to(params, value, tag, None);
    let to_tag = |value: Option<&str>| to(params, kind, value, None);
    html! {
        nav.facets aria-label="Narrow the search" {
            (facet("Type", &facets.kinds, kind, |value| Kind::of(Some(value)).name.to_owned(), to_kind))
            (facet("Tag", &facets.tags, tag, str::to_owned, to_tag))
        }
    }
}

fn summary(found: &Found) -> String {
    let hits = &found.hits;
    let mut text = format!("{} found", count(hits.total as u64, "document"));
    if hits.approximate {
        text.push_str(": nothing matches to the letter, these are similar");
    }
    if !found.full_text {
        text.push_str(" by name, date and tag");
    }
    text.push('.');
    text
}

fn hit(hit: &Hit, document: Option<&Document>) -> Markup {
    let kind = Kind::of(Some(&hit.kind));
    let page = format!("/documents/{}", hit.document);
    let there = match hit.page_number {
        Some(number) => format!("{page}?page={number}#text"),
        None => page.clone(),
    };
    html! {
        (thumbnail(hit.document, kind, document.is_some_and(|document| document.thumbnail_key.is_some())))
        div {
            // The index escapes what documents contain and marks what was looked for.
            a.title href=(page) { (PreEscaped(&hit.title_html)) }
            @if let Some(snippet) = &hit.snippet {
                p.snippet {
                    @if let Some(number) = hit.page_number {
                        a.page-number href=(there) { "Page " (number) } " "
                    }
                    (PreEscaped(snippet))
                }
            }
            div.about {
                span { (kind.name) } span { (bytes(hit.size)) } span { (moment(hit.created)) }
                (tag_links(&hit.tags))
            }
        }
        a.button.icon-button href={ "/v1/documents/" (hit.document) "/download" } aria-label={ "Download " (hit.title) } {
            (Icon::Download)
        }
    }
}

/// Values to narrow the search by; the chosen one leads back to all.
fn facet(
    name: &str,
    counts: &[FacetCount],
    chosen: Option<&str>,
    label: impl Fn(&str) -> String,
    to: impl Fn(Option<&str>) -> String,
) -> Markup {
    html! {
        @if !counts.is_empty() {
            section {
                h2 { (name) }
                ul {
                    @for facet in counts {
                        @let is_chosen = chosen == Some(facet.value.as_str());
                        li {
                            a href=(to((!is_chosen).then_some(facet.value.as_str()))) aria-current=[is_chosen.then_some("true")] {
                                span { (label(&facet.value)) }
                                @if is_chosen { (Icon::Close) } @else { span.count { (facet.documents) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn pages(params: &SearchParams, found: &Found) -> Markup {
    let to = |cursor: &str| {
        to(
            params,
            params.kind.as_deref(),
            params.tag.as_deref(),
            Some(cursor),
        )
    };
    let last = found.first + found.hits.hits.len().saturating_sub(1);
    html! {
        @if found.previous.is_some() || found.next.is_some() {
            nav.pages aria-label="Pages" {
                span.muted { (found.first) " to " (last) " of " (found.hits.total) }
                @if let Some(cursor) = &found.previous { a.button.small href=(to(cursor)) rel="prev" { (Icon::Back) "Back" } }
                @if let Some(cursor) = &found.next { a.button.small href=(to(cursor)) rel="next" { "More" (Icon::Next) } }
            }
        }
    }
}

fn to(params: &SearchParams, kind: Option<&str>, tag: Option<&str>, cursor: Option<&str>) -> String {
    let fields = [
        ("q", Some(params.q.as_str())),
        ("kind", kind),
        ("tag", tag),
        ("cursor", cursor),
    ];
    address::of("/search", &fields)
}

fn nothing(full_text: bool) -> Markup {
    html! {
        div.empty {
            (Icon::Search)
            h2 { "Nothing found" }
            p { "Try fewer words, or the beginning of a word with a star: " code { "invo*" } "." }
            @if !full_text {
                p { "Your plan searches names, dates and tags. Premium searches the text of documents too. " a href="/account" { "See plans" } }
            }
        }
    }
}

fn not_understood(detail: &str) -> Markup {
    html! {
        div.notice.warn role="alert" {
            (Icon::Warning)
            div { p { "The search was not understood: " (detail) "." } }
        }
    }
}

fn how_to_search(visitor: &Visitor) -> Markup {
    let examples: [(&str, &str); 8] = [
        ("annual report", "both words, in any form of upper and lower case"),
        ("\"annual report\"", "the words side by side"),
        ("annual OR yearly", "either word"),
        ("report -draft", "without the second word"),
        ("invo*", "words that begin so"),
        ("title:lease", "in the title"),
        ("tag:tax type:pdf", "with the tag, of the type"),
        (
            "created:2024-03 after:2024-03-18",
            "uploaded then; also before: and modified:",
        ),
    ];
    html! {
        section.card {
            h2 { "What can be asked" }
            @if visitor.is_premium() {
                p.muted { "Titles, file names, tags and the text of your documents are searched. Typing errors are forgiven when nothing matches." }
            } @else {
                p.muted { "Titles, file names and tags are searched. Premium searches the text of documents too. " a href="/account" { "See plans" } }
            }
            dl.syntax {
                @for (example, meaning) in examples {
                    dt { a href=(address::of("/search", &[("q", Some(example))])) { code { (example) } } }
                    dd { (meaning) }
                }
            }
        }
    }
}
