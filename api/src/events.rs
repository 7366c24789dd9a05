//! What the API tells the rest of DocStore through the queue.
//!
//! An event says what has happened to whom, never more: whoever receives it reads the rest from the catalog, so
//! events may come twice, late and in any order. Each starts one workflow, whose id follows from the document.

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
        }
    }

    /// The document that it is about.
    pub fn subject(&self) -> &DocumentEvent {
        match self {
            Self::UploadInitiated(subject)
            | Self::UploadComplete(subject)
            | Self::DeleteDocument(subject)
            | Self::DocumentChanged(subject) => subject,
        }
    }

    /// Puts the event into the queue.
    pub async fn send(&self, queue: &dyn Queue) -> Result<(), QueueError> {
        let body = serde_json::to_string(self).expect("an event has nothing that JSON cannot say");
        queue.send(&body).await?;
        let subject = self.subject();
        tracing::info!(event = self.kind(), document = %subject.document, account = %subject.account, "sent an event");
        Ok(())
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.kind(), self.subject().document)
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
    }
}
