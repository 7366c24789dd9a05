//! Where a document stands, in words and colours.

use docstore_activities::catalog::{Document, DocumentState};
use maud::{Markup, html};

use crate::pages::words::sentence;

/// How a state is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// In a word or two.
    pub word: &'static str,
    /// The style's class: `good`, `warn`, `bad`, `busy` or nothing.
    pub tone: &'static str,
}

impl Standing {
    /// How this state is shown.
    pub fn of(state: DocumentState) -> Self {
        let (word, tone) = match state {
            DocumentState::AwaitingUpload => ("Waiting for the file", ""),
            DocumentState::Uploading => ("Uploading", "busy"),
            DocumentState::Processing => ("Processing", "busy"),
            DocumentState::Ready => ("Ready", "good"),
            DocumentState::ReadyDegraded => ("Ready, in part", "warn"),
            DocumentState::Failed => ("Not readable", "bad"),
            DocumentState::Abandoned => ("Never uploaded", ""),
            DocumentState::Deleting => ("Being deleted", "busy"),
        };
        Self { word, tone }
    }

    /// As a pill.
    pub fn pill(self) -> Markup {
        html! { span class={ "pill " (self.tone) } { (self.word) } }
    }
}

/// Where a document stands, how far it is and why it is not better. Changes by itself while it is on its way.
pub fn status(document: &Document) -> Markup {
    let live = !document.state.is_final();
    html! {
        div.standing data-live[live] {
            span { (Standing::of(document.state).pill()) }
            @if document.state == DocumentState::Processing { (pages_read(document)) }
            @if let Some(reason) = &document.reason { small { (sentence(reason)) } }
        }
    }
}

fn pages_read(document: &Document) -> Markup {
    html! {
        @match document.pages_total {
            Some(total) if total > 0 => {
                progress max=(total) value=(document.pages_done) aria-label="Pages read" {}
                small { (document.pages_done) " of " (total) @if total == 1 { " page read" } @else { " pages read" } }
            }
            _ => progress aria-label="Processing" {},
        }
    }
}
