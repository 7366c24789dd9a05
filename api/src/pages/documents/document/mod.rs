//! One document: what it is, where it stands, what was read from it, its versions and what happened to it.

mod head;
mod past;
mod text;

pub use head::delete_for_good;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use docstore_activities::catalog::{Document, HistoryEntry};
use maud::{Markup, html};
use serde::Deserialize;

use super::actions::EditForm;
use super::row::size;
use crate::app::{App, AppState};
use crate::auth::Owned;
use crate::input::Params;
use crate::pages::icons::Icon;
use crate::pages::layout::{self, Place, View};
use crate::pages::notice::Done;
use crate::pages::refusal::{OnPage, Result};
use crate::pages::visitor::Visitor;
use crate::pages::words::{Kind, bytes, moment};
use crate::problem::Problem;
use crate::routes::documents::content::{TextBody, page_of_text};

/// What happened last, as far as it is shown.
const HISTORY_SHOWN: u16 = 200;

/// Which part of a document is looked at.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub struct Look {
    /// The page of its text.
    page: Option<u32>,
}

/// What is shown of a document.
struct Shown {
    document: Document,
    /// The newest first.
    versions: Vec<Document>,
    /// In order.
    history: Vec<HistoryEntry>,
    /// Other documents with the same content.
    duplicates: Vec<Document>,
    /// A page of what was read from it, if anything was.
    text: Option<TextBody>,
}

/// What was typed and why it was not taken.
struct Typed {
    form: EditForm,
    problem: Problem,
}

/// A document.
pub async fn show(
    State(app): State<AppState>,
    visitor: Visitor,
    OnPage(Owned { document, .. }): OnPage<Owned>,
    OnPage(Params(look)): OnPage<Params<Look>>,
    OnPage(Params(done)): OnPage<Params<Done>>,
) -> Result<Markup> {
    let shown = Shown::of(&app, document, look).await?;
    Ok(page(&visitor, &shown, &done, None))
}

/// The page with what was wrong.
pub async fn edit_again(
    app: &App,
    visitor: &Visitor,
    document: Document,
    form: EditForm,
    problem: Problem,
) -> Result<Response> {
    let status = problem.status();
    let shown = Shown::of(app, document, Look::default()).await?;
    let typed = Typed { form, problem };
    Ok((status, page(visitor, &shown, &Done::default(), Some(&typed))).into_response())
}

impl Shown {
    async fn of(app: &App, document: Document, look: Look) -> Result<Self> {
        let (owner, id) = (document.owner, document.id);
        let text = match page_of_text(app, &document, look.page).await {
            Ok(text) => Some(text),
            // A page that is not there any more: the document was read anew.
            Err(Problem::Invalid { .. }) => Some(page_of_text(app, &document, None).await?),
            Err(Problem::NoText) => None,
            Err(problem) => return Err(problem.into()),
        };
        Ok(Self {
            versions: app.catalog.versions(owner, id).await?,
            history: app.catalog.history(owner, id, None, HISTORY_SHOWN).await?.entries,
            duplicates: app.catalog.duplicates(&document).await?,
            text,
            document,
        })
    }
}

fn page(visitor: &Visitor, shown: &Shown, done: &Done, typed: Option<&Typed>) -> Markup {
    let document = &shown.document;
    let (place, from, name) = if document.trashed.is_some() {
        (Place::Trash, "/trash", "Trash")
    } else {
        (Place::Documents, "/documents", "Documents")
    };
    let content = html! {
        nav.crumbs aria-label="Where you are" { a href=(from) { (name) } (Icon::Next) span { (document.title) } }
        (done.show())
        (head::in_trash(document))
        div.columns {
            div {
                (head::head(&visitor.login, document, typed))
                (text::text(visitor, document, shown.text.as_ref()))
            }
            div {
                (facts(document))
                (duplicates(&shown.duplicates))
                (past::versions(document, &shown.versions))
                (past::history(&shown.history, shown.versions.len() > 1))
            }
        }
    };
    let view = View {
        title: &document.title,
        place,
        query: "",
    };
    layout::inside(visitor, &view, content)
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
                @if let Some(pages) = document.pages_total { dt { "Pages" } dd { (pages) } }
                dt { "Added" } dd { (moment(document.created)) }
                dt { "Changed" } dd { (moment(document.modified)) }
                @if let Some(digest) = &document.digest { dt { "SHA-256" } dd.digest { (hex::encode(digest)) } }
            }
        }
    }
}

fn duplicates(duplicates: &[Document]) -> Markup {
    html! {
        div id="duplicates" data-part {
            @if !duplicates.is_empty() {
                section.card {
                    h2 { "The same file" }
                    ul.rows {
                        @for document in duplicates {
                            li { div { a href={ "/documents/" (document.id) } { (document.title) } small { "Added " (moment(document.created)) } } }
                        }
                    }
                }
            }
        }
    }
}
