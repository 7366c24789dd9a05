//! Finds documents that something should have happened to and sends their event again.
//!
//! A client can vanish between getting its form and saying that it has begun; a node can die between writing to the
//! catalog and sending the event. Neither may hold quota for ever or leave a document unprocessed. An event too many
//! is harmless.

use docstore_activities::catalog::{DocumentState, Stalled};

use crate::app::App;
use crate::events::{DocumentEvent, Event};

/// Documents of one round.
const BATCH: i64 = 500;

/// Sends the events that are due again; returns how many.
pub async fn reconcile(app: &App) -> anyhow::Result<usize> {
    let stalled = app.catalog.claim_stalled(BATCH).await?;
    let mut sent = 0;
    for event in stalled.iter().filter_map(due) {
        event.send(&*app.queue).await?;
        sent += 1;
    }
    if sent > 0 {
        tracing::info!(
            documents = sent,
            "sent the events of documents that seemed forgotten"
        );
    }
    Ok(sent)
}

fn due(stalled: &Stalled) -> Option<Event> {
    let subject = DocumentEvent::now(stalled.id, stalled.owner);
    match stalled.state {
        DocumentState::AwaitingUpload | DocumentState::Uploading => Some(Event::UploadInitiated(subject)),
        DocumentState::Processing => Some(Event::UploadComplete(subject)),
        DocumentState::Deleting => Some(Event::DeleteDocument(subject)),
        DocumentState::Ready
        | DocumentState::ReadyDegraded
        | DocumentState::Failed
        | DocumentState::Abandoned => None,
    }
}
