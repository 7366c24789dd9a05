//! The trash: documents that can still be had back.

use axum::extract::State;
use docstore_activities::catalog::{Document, ListQuery, Sort, TRASH_KEPT};
use maud::{Markup, html};
use serde::Deserialize;

use super::document::delete_for_good;
use super::row::{picture, size, tags};
use crate::app::AppState;
use crate::input::Params;
use crate::pages::address;
use crate::pages::icons::Icon;
use crate::pages::layout::{self, Place, View};
use crate::pages::notice::Done;
use crate::pages::refusal::{OnPage, Result};
use crate::pages::visitor::Visitor;
use crate::pages::words::{bytes, count, day};
use crate::routes::documents::{decode_cursor, encode_cursor};

/// Documents on a page.
const PAGE: u16 = 50;
/// Those that were changed last, which is when they came here, first.
const SORT: Sort = Sort::Modified;

/// Where a page begins.
#[derive(Deserialize)]
pub struct From {
    cursor: Option<String>,
}

/// A page of the trash.
pub async fn list(
    State(app): State<AppState>,
    visitor: Visitor,
    OnPage(Params(from)): OnPage<Params<From>>,
    OnPage(Params(done)): OnPage<Params<Done>>,
) -> Result<Markup> {
    let query = ListQuery {
        trashed: true,
        sort: SORT,
        descending: true,
        after: from
            .cursor
            .as_deref()
            .map(|cursor| decode_cursor(SORT, cursor))
            .transpose()?,
        limit: PAGE,
        ..ListQuery::default()
    };
    let listed = app.lists.page(&visitor.login, &query).await?;
    let page = &listed.page;
    let next = page
        .next
        .as_ref()
        .map(|cursor| encode_cursor(SORT, cursor))
        .transpose()?;
    let days = u32::try_from(TRASH_KEPT.as_secs() / 86_400).unwrap_or(u32::MAX);
    let content = html! {
        div.heading {
            h1 { "Trash" }
            @if !page.documents.is_empty() { div.actions { (empty_all()) } }
        }
        (done.show())
        @if page.documents.is_empty() {
            section.card.empty {
                (Icon::Trash)
                h2 { "The trash is empty" }
                p { "What you move here can be restored for " (count(days, "day")) ", and counts for your storage until it is deleted." }
            }
        } @else {
            p.muted { "Documents are deleted for good " (count(days, "day")) " after they were moved here. Until then they count for your storage." }
            (table(&page.documents))
            @if let Some(cursor) = next {
                nav.pages aria-label="Pages" {
                    a.button.small href=(address::of("/trash", &[("cursor", Some(&cursor))])) rel="next" { "Next page" (Icon::Next) }
                }
            }
        }
    };
    let view = View {
        title: "Trash",
        place: Place::Trash,
        query: "",
    };
    Ok(layout::inside(&visitor, &view, content))
}

fn empty_all() -> Markup {
    html! {
        details.unfold.confirm {
            summary.button.danger { (Icon::Trash) "Empty the trash" }
            div.with-button {
                button.danger form="act" formaction="/trash/empty" { "Yes, delete all for good" }
                button.plain.needs-script type="button" data-close { "Keep them" }
            }
        }
    }
}

fn table(documents: &[Document]) -> Markup {
    html! {
        table.documents {
            thead {
                tr {
                    th.name scope="col" { "Title" }
                    th.size scope="col" { "Size" }
                    th.when scope="col" { "Deleted on" }
                    th.actions scope="col" { span.hidden-text { "Actions" } }
                }
            }
            tbody { @for document in documents { (row(document)) } }
        }
    }
}

fn row(document: &Document) -> Markup {
    html! {
        tr id={ "document-" (document.id) } {
            td.name {
                div.item {
                    (picture(document))
                    div {
                        a.title href={ "/documents/" (document.id) } { (document.title) }
                        (tags(&document.tags))
                    }
                }
            }
            td.size { @if let Some(size) = size(document) { (bytes(size)) } }
            td.when { @if let Some(since) = document.trashed { (day(since + TRASH_KEPT)) } }
            td.actions {
                div.wide {
                    button.small form="act" formaction={ "/documents/" (document.id) "/restore" }
                        aria-label={ "Restore " (document.title) } { (Icon::Restore) "Restore" }
                    (delete_for_good(document))
                }
            }
        }
    }
}
