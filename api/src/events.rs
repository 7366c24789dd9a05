//! What the API tells the rest of DocStore through the queue.
//!
//! An event says what has happened to whom, never more: whoever receives it reads the rest from the catalog, so
//! events may come twice, late and in any order. Each starts one workflow, whose id follows from the document or account.

use std::fmt;

use chrono::{DateTime, Utc};
use docstore_activities::ports::queue::{Queue, QueueError};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An event, as it stands in the queue: `{"type":"upload-initiated","document":"…","account":"…","at":"…"}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Event {
    /// A client has begun to upload a document, or its form expired and nobody knows what became of it.
    UploadInitiated(DocumentEvent),
    /// A document's object has arrived.
    UploadComplete(DocumentEvent),
    /// A document is to be removed everywhere.
    DeleteDocument(DocumentEvent),
    /// What a document is found by has changed, or whether it is to be found.
    DocumentChanged(DocumentEvent),
    /// An account was created here; the other regions are to know.
    AccountCreated(AccountEvent),
    /// Something of an account changed that the other regions are to know.
    AccountChanged(AccountEvent),
    /// An account's documents are to be indexed anew.
    ReindexAccount(AccountEvent),
    /// An account is to be removed everywhere, and everything that belongs to it.
    DeleteAccount(AccountEvent),
}

/// Which document an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentEvent {
    /// The version of a document; of the first one, the document's own id.
    pub document: Uuid,
    /// The account that it belongs to.
    pub account: Uuid,
    /// When it happened.
    pub at: DateTime<Utc>,
}

/// Which account an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountEvent {
    /// The account.
    pub account: Uuid,
    /// When it happened.
    pub at: DateTime<Utc>,
}

impl AccountEvent {
    /// Something happens to this account now.
    pub fn now(account: Uuid) -> Self {
        Self {
            account,
            at: Utc::now(),
        }
    }
}

impl DocumentEvent {
    /// Something happens to this document now.
    pub fn now(document: Uuid, account: Uuid) -> Self {
        Self {
            document,
            account,
            at: Utc::now(),
        }
    }
}

impl Event {
    /// The event's type, as it stands in the message.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::UploadInitiated(_) => "upload-initiated",
            Self::UploadComplete(_) => "upload-complete",
            Self::DeleteDocument(_) => "delete-document",
            Self::DocumentChanged(_) => "document-changed",
            Self::AccountCreated(_) => "account-created",
            Self::AccountChanged(_) => "account-changed",
            Self::ReindexAccount(_) => "reindex-account",
            Self::DeleteAccount(_) => "delete-account",
        }
    }

    /// The document or account that it is about.
    pub fn subject(&self) -> Uuid {
        match self {
            Self::UploadInitiated(subject)
            | Self::UploadComplete(subject)
            | Self::DeleteDocument(subject)
            | Self::DocumentChanged(subject) => subject.document,
            Self::AccountCreated(subject)
            | Self::AccountChanged(subject)
            | Self::ReindexAccount(subject)
            | Self::DeleteAccount(subject) => subject.account,
        }
    }

    /// When it happened.
    pub fn at(&self) -> DateTime<Utc> {
        match self {
            Self::UploadInitiated(subject)
            | Self::UploadComplete(subject)
            | Self::DeleteDocument(subject)
            | Self::DocumentChanged(subject) => subject.at,
            Self::AccountCreated(subject)
            | Self::AccountChanged(subject)
            | Self::ReindexAccount(subject)
            | Self::DeleteAccount(subject) => subject.at,
        }
    }

    /// Puts the event into the queue.
    pub async fn send(&self, queue: &dyn Queue) -> Result<(), QueueError> {
        let body = serde_json::to_string(self).expect("an event has nothing that JSON cannot say");
        queue.send(&body).await?;
        tracing::info!(event = self.kind(), subject = %self.subject(), "sent an event");
        Ok(())
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.kind(), self.subject())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wire_form_of_events_stays() {
        let subject = DocumentEvent {
            document: Uuid::from_u128(1),
            account: Uuid::from_u128(2),
            at: DateTime::UNIX_EPOCH,
        };
        let wire = |kind| {
            format!(
                r#"{{"type":"{kind}","document":"00000000-0000-0000-0000-000000000001","account":"00000000-0000-0000-0000-000000000002","at":"1970-01-01T00:00:00Z"}}"#
            )
        };
        for event in [
            Event::UploadInitiated(subject),
            Event::UploadComplete(subject),
            Event::DeleteDocument(subject),
            Event::DocumentChanged(subject),
        ] {
            assert_eq!(serde_json::to_string(&event).ok(), Some(wire(event.kind())));
            assert_eq!(
                serde_json::from_str::<Event>(&wire(event.kind())).ok(),
                Some(event)
            );
        }
        let subject = AccountEvent {
            account: Uuid::from_u128(2),
            at: DateTime::UNIX_EPOCH,
        };
        let wire = |kind| {
            format!(
                r#"{{"type":"{kind}","account":"00000000-0000-0000-0000-000000000002","at":"1970-01-01T00:00:00Z"}}"#
            )
        };
        for event in [
            Event::AccountCreated(subject),
            Event::AccountChanged(subject),
            Event::ReindexAccount(subject),
            Event::DeleteAccount(subject),
        ] {
            assert_eq!(serde_json::to_string(&event).ok(), Some(wire(event.kind())));
            assert_eq!(
                serde_json::from_str::<Event>(&wire(event.kind())).ok(),
                Some(event)
            );
        }
    }
}
