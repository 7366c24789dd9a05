//! The list of documents.

use axum::extract::State;
use docstore_activities::catalog::{Document, Sort};
use maud::{Markup, html};

use super::filters::Filters;
use super::row::row;
use crate::app::AppState;
use crate::input::Params;
use crate::pages::icons::Icon;
use crate::pages::layout::{self, Place, View};
use crate::pages::notice::Done;
use crate::pages::refusal::{OnPage, Result};
use crate::pages::visitor::Visitor;
use crate::pages::words::count;
use crate::routes::documents::encode_cursor;

/// A page of the list.
pub async fn list(
    State(app): State<AppState>,
    visitor: Visitor,
    OnPage(Params(filters)): OnPage<Params<Filters>>,
    OnPage(Params(done)): OnPage<Params<Done>>,
) -> Result<Markup> {
    let query = filters.query()?;
    let listed = app.lists.page(&visitor.login, &query).await?;
    let page = &listed.page;
    let next = page
        .next
        .as_ref()
        .map(|cursor| encode_cursor(query.sort, cursor))
        .transpose()?;
    let is_empty = page.documents.is_empty() && !filters.narrow() && !filters.is_continued();
    let content = html! {
        div.heading {
            h1 { "Documents" }
            span.muted id="total" data-part { (count(visitor.usage.documents, "document")) }
        }
        (done.show())
        (over_quota(&visitor))
        @if !is_empty { (filters.form()) }
        div id="listing" data-part {
            @if is_empty {
                (nothing_yet(&visitor))
            } @else if page.documents.is_empty() {
                (nothing_here(&filters))
            } @else {
                (table(&filters, &page.documents))
                (pages(&filters, next.as_deref()))
            }
        }
    };
    let view = View {
        title: "Documents",
        place: Place::Documents,
        query: "",
    };
    Ok(layout::inside(&visitor, &view, content))
}

fn over_quota(visitor: &Visitor) -> Markup {
    html! {
        div id="over-quota" data-part {
            @if visitor.usage.over_quota {
                div.notice.bad role="alert" {
                    (Icon::Warning)
                    div {
                        strong { "Your storage is full. " }
                        "Uploads are blocked until you delete documents"
                        @if !visitor.is_premium() { " or " a href="/account" { "change to premium" } }
                        "."
                    }
                }
            }
        }
    }
}

fn table(filters: &Filters, documents: &[Document]) -> Markup {
    html! {
        table.documents {
            thead {
                tr {
                    (filters.heading(Sort::Title, "name", "Title"))
                    (filters.heading(Sort::Size, "size", "Size"))
                    (filters.heading(Sort::Created, "when", "Added"))
                    th.state scope="col" { "Status" }
                    th.actions scope="col" { span.hidden-text { "Actions" } }
                }
            }
            tbody { @for document in documents { (row(document)) } }
        }
    }
}

fn pages(filters: &Filters, next: Option<&str>) -> Markup {
    html! {
        @if filters.is_continued() || next.is_some() {
            nav.pages aria-label="Pages" {
                @if filters.is_continued() { a.button.small href=(filters.first_page()) { (Icon::Back) "First page" } }
                @if let Some(cursor) = next {
                    a.button.small href=(filters.next_page(cursor)) rel="next" { "Next page" (Icon::Next) }
                }
            }
        }
    }
}

fn nothing_yet(visitor: &Visitor) -> Markup {
    html! {
        section.card.empty {
            (Icon::Documents)
            h2 { "No documents yet" }
            p {
                "Drop files anywhere on this page, or choose them. They go directly to storage, and you can find them by name"
                @if visitor.is_premium() { " and by their text" }
                " as soon as they are ready."
            }
            (layout::upload_button(&visitor.usage))
        }
    }
}

fn nothing_here(filters: &Filters) -> Markup {
    html! {
        section.card.empty {
            (Icon::Search)
            h2 { "No documents here" }
            @if filters.narrow() { p { "None of your documents fits these filters." } }
            a.button href="/documents" { "Show all" }
        }
    }
}
