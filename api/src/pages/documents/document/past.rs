//! The versions of a document, and what happened to it.

use docstore_activities::catalog::{Document, HistoryEntry};
use maud::{Markup, html};

use crate::pages::documents::row::size;
use crate::pages::documents::standing::Standing;
use crate::pages::icons::Icon;
use crate::pages::words::{bytes, moment, sentence};

/// The versions, the newest first; nothing while there is one only.
pub fn versions(document: &Document, versions: &[Document]) -> Markup {
    html! {
        div id="versions" data-part {
            @if versions.len() > 1 {
                section.card {
                    h2 { "Versions" }
                    ul.rows { @for version in versions { li { (self::version(document, version)) } } }
                }
            }
        }
    }
}

fn version(document: &Document, version: &Document) -> Markup {
    let standing = Standing::of(version.state);
    let of_version = format!("{}/versions/{}", document.id, version.version);
    html! {
        div {
            span { strong { "Version " (version.version) } " " @if version.current { span.pill.good { "Current" } } @else if !version.state.is_final() { (standing.pill()) } }
            small {
                (version.file_name)
                @if let Some(size) = size(version) { ", " (bytes(size)) }
                @if let Some(uploaded) = version.uploaded { ", " (moment(uploaded)) }
            }
        }
        div.with-button {
            @if version.uploaded.is_some() {
                a.button.icon-button href={ "/v1/documents/" (of_version) "/download" } title="Download"
                    aria-label={ "Download version " (version.version) } { (Icon::Download) }
            }
            @if !version.current && document.trashed.is_none() {
                button.icon-button form="act" formaction={ "/documents/" (of_version) "/delete" } title="Delete for good"
                    aria-label={ "Delete version " (version.version) " for good" } { (Icon::Trash) }
            }
        }
    }
}

/// What happened, the latest first.
pub fn history(entries: &[HistoryEntry], several_versions: bool) -> Markup {
    html! {
        section.card id="history" data-part {
            h2 { "History" }
            ol.steps {
                @for entry in entries.iter().rev() {
                    @let (word, tone) = word(&entry.event);
                    li class=(tone) {
                        span { (word) @if several_versions { span.muted { ", version " (entry.version) } } }
                        @if let Some(reason) = &entry.reason { small { (sentence(reason)) } }
                        (moment(entry.at))
                    }
                }
            }
        }
    }
}

/// What an event is called, and its tone.
fn word(event: &str) -> (&str, &'static str) {
    match event {
        "awaiting_upload" => ("Upload asked for", ""),
        "uploading" => ("Upload begun", ""),
        "processing" => ("Uploaded, processing begun", "busy"),
        "ready" => ("Ready", "good"),
        "ready_degraded" => ("Ready, in part", "warn"),
        "failed" => ("Not readable", "bad"),
        "abandoned" => ("Never uploaded", ""),
        "deleting" => ("Deletion begun", ""),
        "edited" => ("Title or tags changed", ""),
        "trashed" => ("Moved to the trash", ""),
        "restored" => ("Restored from the trash", ""),
        other => (other, ""),
    }
}
