//! Finds documents and accounts that something should have happened to and sends their event again.
//!
//! A client can vanish between getting its form and saying that it has begun; a node can die between writing to the
//! catalog and sending the event. Neither may hold quota for ever or leave a document unprocessed. An event too many
//! is harmless. What has lain in the trash for its time is deleted in the same round.

use docstore_activities::catalog::{Document, DocumentState, Stalled, UnsettledAccount};

use crate::app::App;
use crate::events::{AccountEvent, DocumentEvent, Event};

/// Documents, and accounts, of one kind of oversight in one round.
const BATCH: i64 = 500;

/// Sends the events that are due again, and those of documents that have lain in the trash for long enough; returns how
/// many.
pub async fn reconcile(app: &App) -> anyhow::Result<usize> {
    let stalled = app.catalog.claim_stalled(BATCH).await?;
    let unindexed = app.catalog.claim_unindexed(BATCH).await?;
    let expired = app.catalog.begin_delete_expired_trash(BATCH).await?;
    let accounts = app.catalog.claim_unsettled_accounts(BATCH).await?;
    let about = |document: &Document| DocumentEvent::now(document.version_id, document.owner);
    let changed = unindexed
        .iter()
        .map(|document| Event::DocumentChanged(about(document)));
    let deleted = expired
        .iter()
        .map(|document| Event::DeleteDocument(about(document)));
    let due = stalled
        .iter()
        .filter_map(due)
        .chain(changed)
        .chain(deleted)
        .chain(accounts.iter().flat_map(missing));
    let mut sent = 0;
    for event in due {
        event.send(&*app.queue).await?;
        sent += 1;
    }
    if sent > 0 {
        tracing::info!(
            events = sent,
            "sent the events of what seemed forgotten or whose time in the trash is over"
        );
    }
    Ok(sent)
}

fn missing(account: &UnsettledAccount) -> Vec<Event> {
    let subject = AccountEvent::now(account.id);
    if account.deleting {
        return vec![Event::DeleteAccount(subject)];
    }
    let missing = [
        (account.created, Event::AccountCreated(subject)),
        (account.changed, Event::AccountChanged(subject)),
        (account.unindexed, Event::ReindexAccount(subject)),
    ];
    missing
        .into_iter()
        .filter_map(|(is_missing, event)| is_missing.then_some(event))
        .collect()
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
