//! A document in a list.

use docstore_activities::catalog::Document;
use maud::{Markup, html};
use uuid::Uuid;

use super::standing::status;
use crate::pages::address;
use crate::pages::icons::Icon;
use crate::pages::words::{Kind, bytes, moment};

/// A row of the list of documents.
pub fn row(document: &Document) -> Markup {
    let page = format!("/documents/{}", document.id);
    html! {
        tr id={ "document-" (document.id) } data-row data-document=(document.id) {
            td.name {
                div.item {
                    (picture(document))
                    div {
                        a.title href=(page) { (document.title) }
                        (tags(&document.tags))
                    }
                }
            }
            td.size { @if let Some(size) = size(document) { (bytes(size)) } }
            td.when { (moment(document.created)) }
            td.state { (status(document)) }
            td.actions { div { (actions(document)) } }
        }
    }
}

/// A document's picture, or its kind until there is one.
pub fn picture(document: &Document) -> Markup {
    let kind = Kind::of(document.kind.as_deref());
    thumbnail(document.id, kind, document.thumbnail_key.is_some())
}

/// The picture of a document, if it `has_one`, over what stands for its kind.
pub fn thumbnail(document: Uuid, kind: Kind, has_one: bool) -> Markup {
    html! {
        a.thumb href={ "/documents/" (document) } data-family=(kind.family) tabindex="-1" aria-hidden="true" {
            (kind.label)
            @if has_one { img src={ "/v1/documents/" (document) "/thumbnail" } alt="" loading="lazy" decoding="async"; }
        }
    }
}

/// Tags below a title.
pub fn tags(tags: &[String]) -> Markup {
    html! { @if !tags.is_empty() { div.tags { (tag_links(tags)) } } }
}

/// Tags, each of which leads to the documents that have it.
pub fn tag_links(tags: &[String]) -> Markup {
    html! {
        @for tag in tags { a.tag href=(address::of("/documents", &[("tag", Some(tag))])) { (tag) } }
    }
}

/// Bytes, once it has been uploaded.
pub fn size(document: &Document) -> Option<u64> {
    document.size.and_then(|size| u64::try_from(size).ok())
}

fn actions(document: &Document) -> Markup {
    html! {
        @if document.uploaded.is_some() {
            a.button.icon-button href={ "/v1/documents/" (document.id) "/download" } title="Download"
                aria-label={ "Download " (document.title) } { (Icon::Download) }
        }
        button.icon-button form="act" formaction={ "/documents/" (document.id) "/trash" } title="Move to trash"
            aria-label={ "Move " (document.title) " to the trash" } { (Icon::Trash) }
    }
}
