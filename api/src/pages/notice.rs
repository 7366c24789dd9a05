//! What a page says about what has just been done. Travels in the address, by name, so that it needs no storage and
//! nobody can put words into our mouth.

use maud::{Markup, html};
use serde::Deserialize;

use super::address;
use super::icons::Icon;

/// Something that has been done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Notice {
    /// A document is being deleted.
    Deleted,
}

/// The part of an address that says what was done.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Done {
    notice: Option<Notice>,
}

impl Notice {
    /// A page that says so.
    pub fn at(self, path: &str) -> String {
        address::of(path, &[("notice", Some(self.code()))])
    }

    fn code(self) -> &'static str {
        match self {
            Self::Deleted => "deleted",
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::Deleted => "The document is being deleted.",
        }
    }
}

impl Done {
    /// The notice, if there is something to say.
    pub fn show(&self) -> Markup {
        html! {
            @if let Some(notice) = self.notice {
                div.notice.good role="status" { (Icon::Check) div { (notice.text()) } }
            }
        }
    }
}
