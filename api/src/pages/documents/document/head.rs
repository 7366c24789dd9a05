//! A document's picture, name, standing, and what can be done with it.

use docstore_activities::catalog::{Document, DocumentState, TRASH_KEPT};
use maud::{Markup, html};

use super::Typed;
use crate::auth::Login;
use crate::input::MAX_NAME_CHARS;
use crate::pages::documents::row::{picture, tags};
use crate::pages::documents::standing::status;
use crate::pages::fields::{invalid, is_about, problem_above, what_is_wrong};
use crate::pages::icons::Icon;
use crate::pages::layout::csrf_field;
use crate::pages::words::day;

/// The head of the page.
pub fn head(login: &Login, document: &Document, typed: Option<&Typed>) -> Markup {
    html! {
        section.card {
            div id="document" data-part {
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
            @if document.trashed.is_none() {
                input id="version" type="file" hidden data-of=(document.id) aria-label="The new version";
                (edit_form(login, document, typed))
            }
        }
    }
}

/// What is to be known of a document in the trash.
pub fn in_trash(document: &Document) -> Markup {
    html! {
        @if let Some(since) = document.trashed {
            div.notice.warn role="status" {
                (Icon::Trash)
                div { "This document lies in the trash. It is deleted for good on " (day(since + TRASH_KEPT)) "." }
                button.small form="act" formaction={ "/documents/" (document.id) "/restore" } { (Icon::Restore) "Restore" }
            }
        }
    }
}

fn actions(document: &Document) -> Markup {
    let can_be_retried = matches!(
        document.state,
        DocumentState::Failed | DocumentState::ReadyDegraded
    );
    let to = |action: &str| format!("/documents/{}/{action}", document.id);
    html! {
        @if document.uploaded.is_some() {
            a.button.primary href={ "/v1/documents/" (document.id) "/download" } { (Icon::Download) "Download" }
        }
        @if document.trashed.is_some() {
            (delete_for_good(document))
        } @else {
            @if can_be_retried { button form="act" formaction=(to("retry")) { (Icon::Restore) "Try again" } }
            @if document.uploaded.is_some() {
                a.button href=(to("versions/new")) data-upload data-new-version { (Icon::Upload) "New version" }
            }
            button form="act" formaction=(to("trash")) { (Icon::Trash) "Move to trash" }
        }
    }
}

/// Asks once more: there is no way back.
pub fn delete_for_good(document: &Document) -> Markup {
    html! {
        details.unfold.confirm {
            summary.button.danger { (Icon::Trash) "Delete for good" }
            div.with-button {
                button.danger form="act" formaction={ "/documents/" (document.id) "/delete" } { "Yes, delete it" }
                button.plain.needs-script type="button" data-close { "Keep it" }
            }
        }
    }
}

fn edit_form(login: &Login, document: &Document, typed: Option<&Typed>) -> Markup {
    let problem = typed.map(|typed| &typed.problem);
    let wrong = |field| problem.filter(|problem| is_about(problem, field));
    let title = typed.map_or(document.title.as_str(), |typed| &typed.form.title);
    let tags = typed.map_or_else(|| document.tags.join(", "), |typed| typed.form.tags.clone());
    html! {
        details.unfold open[typed.is_some()] {
            summary.button.small { (Icon::Edit) "Edit title and tags" }
            div {
                form.fields action={ "/documents/" (document.id) "/edit" } method="post" {
                    (csrf_field(login))
                    (problem_above(problem, &["title", "tags"]))
                    div.field {
                        label for="title" { "Title" }
                        input id="title" name="title" value=(title) required maxlength=(MAX_NAME_CHARS)
                            aria-invalid=[invalid(wrong("title"))] aria-describedby=[wrong("title").map(|_| "title-wrong")];
                        (what_is_wrong("title", wrong("title")))
                    }
                    div.field {
                        label for="tags" { "Tags" }
                        input id="tags" name="tags" value=(tags) aria-invalid=[invalid(wrong("tags"))]
                            aria-describedby=(if wrong("tags").is_some() { "tags-wrong" } else { "tags-hint" });
                        span.hint id="tags-hint" { "Separated by commas." }
                        (what_is_wrong("tags", wrong("tags")))
                    }
                    div.with-button {
                        button.primary { "Save" }
                        button.plain.needs-script type="button" data-close { "Cancel" }
                    }
                }
            }
        }
    }
}
