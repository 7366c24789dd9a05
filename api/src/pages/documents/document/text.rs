//! What was read from a document, a page at a time.

use docstore_activities::catalog::Document;
use maud::{Markup, html};

use crate::pages::icons::Icon;
use crate::pages::visitor::Visitor;
use crate::routes::documents::content::TextBody;

/// The text, or why there is none.
pub fn text(visitor: &Visitor, document: &Document, text: Option<&TextBody>) -> Markup {
    html! {
        section.card id="text" data-part {
            @match text {
                Some(text) => (page(document, text)),
                None => {
                    h2 { "Text" }
                    p.muted { (why_there_is_none(visitor, document)) }
                }
            }
        }
    }
}

fn page(document: &Document, text: &TextBody) -> Markup {
    let to = |page: u32| format!("/documents/{}?page={page}#text", document.id);
    html! {
        header {
            h2 { "Text" }
            @if text.pages > 1 {
                nav.pages aria-label="Pages of the text" {
                    span.muted { "Page " (text.page) " of " (text.pages) }
                    @if let Some(page) = text.previous {
                        a.button.small href=(to(page)) rel="prev" aria-label="Page before" { (Icon::Back) }
                    }
                    @if let Some(page) = text.next {
                        a.button.small href=(to(page)) rel="next" aria-label="Next page" { (Icon::Next) }
                    }
                }
            }
        }
        @if text.text.is_empty() {
            p.muted { "Nothing could be read on this page." }
        } @else {
            pre.preview tabindex="0" { (text.text) }
        }
    }
}

fn why_there_is_none(visitor: &Visitor, document: &Document) -> &'static str {
    if !document.state.is_final() {
        "The text is shown when it has been read."
    } else if visitor.is_premium() {
        "No text was read from this document."
    } else {
        "Premium reads the text of documents, searches it and shows it here."
    }
}
