//! One document.

use axum::extract::State;
use docstore_activities::catalog::Document;
use maud::{Markup, html};

use super::row::{picture, size, tags};
use super::standing::status;
use crate::app::AppState;
use crate::auth::Owned;
use crate::pages::icons::Icon;
use crate::pages::layout::{self, Place, View};
use crate::pages::refusal::{OnPage, Result};
use crate::pages::visitor::Visitor;
use crate::pages::words::{Kind, bytes, moment};

/// A document: what it is, where it stands, what can be done with it.
pub async fn show(
    State(_): State<AppState>,
    visitor: Visitor,
    OnPage(Owned { document, .. }): OnPage<Owned>,
) -> Result<Markup> {
    let content = html! {
        nav.crumbs aria-label="Back" { a href="/documents" { "Documents" } (Icon::Next) }
        div.columns {
            div { (head(&document)) }
            div { (facts(&document)) }
        }
    };
    let view = View {
        title: &document.title,
        place: Place::Documents,
        query: "",
    };
    Ok(layout::inside(&visitor, &view, content))
}

fn head(document: &Document) -> Markup {
    html! {
        section.card id="document" data-part {
            div.sheet-top {
                (picture(document))
                div {
                    h1 { (document.title) }
                    (tags(&document.tags))
                    (status(document))
                    div.actions { (actions(document)) }
                }
            }
        }
    }
}

fn actions(document: &Document) -> Markup {
    html! {
        @if document.uploaded.is_some() {
            a.button.primary href={ "/v1/documents/" (document.id) "/download" } { (Icon::Download) "Download" }
        }
        button.danger form="act" formaction={ "/documents/" (document.id) "/delete" } { (Icon::Trash) "Delete" }
    }
}

fn facts(document: &Document) -> Markup {
    let kind = Kind::of(document.kind.as_deref());
    html! {
        section.card id="facts" data-part {
            h2 { "Details" }
            dl.facts {
                dt { "File" } dd { (document.file_name) }
                dt { "Type" } dd { @if document.kind.is_some() { (kind.name) } @else { (document.declared_type) } }
                @if let Some(size) = size(document) { dt { "Size" } dd { (bytes(size)) } }
                dt { "Added" } dd { (moment(document.created)) }
                dt { "Changed" } dd { (moment(document.modified)) }
                @if let Some(digest) = &document.digest { dt { "SHA-256" } dd.digest { (hex::encode(digest)) } }
            }
        }
    }
}
