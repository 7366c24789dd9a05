//! What a page says about what has just been done. Travels in the address, by name, so that it needs no storage and
//! nobody can put words into our mouth.

use maud::{Markup, html};
use serde::Deserialize;
use uuid::Uuid;

use super::address;
use super::icons::Icon;

/// Something that has been done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Notice {
    /// The account and everything in it is being deleted.
    AccountDeleted,
    /// A document is being deleted.
    Deleted,
    /// The account has another password.
    PasswordChanged,
    /// The account has another plan.
    PlanChanged,
    /// A document came out of the trash.
    Restored,
    /// Title and tags were changed.
    Saved,
    /// A session was ended.
    SessionEnded,
    /// The trash is being emptied.
    TrashEmptied,
    /// A document went into the trash.
    Trashed,
    /// A version is being deleted.
    VersionDeleted,
}

/// The part of an address that says what was done.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Done {
    notice: Option<Notice>,
    /// The document that it was done to, where that can be undone.
    document: Option<Uuid>,
}

impl Notice {
    /// A page that says so.
    pub fn at(self, path: &str) -> String {
        address::of(path, &[("notice", Some(self.code()))])
    }

    /// A page that says so and offers to undo it.
    pub fn about(self, document: Uuid, path: &str) -> String {
        let document = document.to_string();
        address::of(
            path,
            &[("notice", Some(self.code())), ("document", Some(&document))],
        )
    }

    fn code(self) -> &'static str {
        match self {
            Self::AccountDeleted => "account-deleted",
            Self::Deleted => "deleted",
            Self::PasswordChanged => "password-changed",
            Self::PlanChanged => "plan-changed",
            Self::Restored => "restored",
            Self::Saved => "saved",
            Self::SessionEnded => "session-ended",
            Self::TrashEmptied => "trash-emptied",
            Self::Trashed => "trashed",
            Self::VersionDeleted => "version-deleted",
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::AccountDeleted => "Your account has been closed, and everything in it is being deleted.",
            Self::Deleted => "The document is being deleted for good.",
            Self::PasswordChanged => "Your password has been changed. All other sessions have ended.",
            Self::PlanChanged => "Your plan has been changed. The search follows in a while.",
            Self::Restored => "The document has been restored.",
            Self::Saved => "Title and tags have been saved.",
            Self::SessionEnded => "The session has ended.",
            Self::TrashEmptied => "The trash is being emptied.",
            Self::Trashed => "The document has been moved to the trash.",
            Self::VersionDeleted => "The version is being deleted for good.",
        }
    }
}

impl Done {
    /// The notice, if there is something to say.
    pub fn show(&self) -> Markup {
        html! {
            @if let Some(notice) = self.notice {
                div.notice.good role="status" {
                    (Icon::Check)
                    div { (notice.text()) }
                    @if let (Notice::Trashed, Some(document)) = (notice, self.document) {
                        button.small form="act" formaction={ "/documents/" (document) "/restore" } { (Icon::Restore) "Undo" }
                    }
                }
            }
        }
    }
}
