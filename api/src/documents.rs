//! What its owner does to a document. Whatever the index has to know of goes out as an event, and is remembered in the
//! catalog until the index knows, so that neither is forgotten when a process dies between the two.

use docstore_activities::catalog::{AuditEvent, Document, DocumentState, Edit, EditError};
use serde_json::json;
use uuid::Uuid;

use crate::app::App;
use crate::audit;
use crate::auth::ClientAddress;
use crate::events::{DocumentEvent, Event};
use crate::input;
use crate::problem::{Problem, Result};

/// Documents of the trash whose deletion begins at once when it is emptied; the rest of a larger one follows.
const EMPTIED_AT_ONCE: i64 = 200;

/// Changes title, tags or both; every text has been checked. With `unless_changed` only if the document still is as it
/// was read.
///
/// # Errors
/// [`Problem::Changed`] if it is not.
pub async fn edit(app: &App, document: &Document, edit: &Edit<'_>, unless_changed: bool) -> Result<Document> {
    let title = edit.title.unwrap_or(&document.title);
    input::check_labels(title, edit.tags.unwrap_or(&document.tags))?;
    let edited = app.catalog.edit(document, edit, unless_changed).await?;
    tell_index(app, &edited).await?;
    Ok(edited)
}

/// Puts a document into the trash. One that never arrived is deleted instead: there is nothing to keep.
pub async fn remove(app: &App, address: ClientAddress, document: &Document) -> Result<Document> {
    if document.uploaded.is_none() || document.state == DocumentState::Deleting {
        return delete(app, address, document).await;
    }
    let trashed = app.catalog.trash(document.owner, document.id).await?;
    tell_index(app, &trashed).await?;
    if document.trashed.is_none() {
        note(
            app,
            address,
            document.owner,
            AuditEvent::DocumentTrashed,
            document.id,
        )
        .await?;
    }
    Ok(trashed)
}

/// Takes a document out of the trash.
pub async fn restore(app: &App, address: ClientAddress, document: &Document) -> Result<Document> {
    let restored = app.catalog.restore(document.owner, document.id).await?;
    tell_index(app, &restored).await?;
    if document.trashed.is_some() {
        note(
            app,
            address,
            document.owner,
            AuditEvent::DocumentRestored,
            document.id,
        )
        .await?;
    }
    Ok(restored)
}

/// Deletes a document with all its versions for good.
pub async fn delete(app: &App, address: ClientAddress, document: &Document) -> Result<Document> {
    let versions = app.catalog.begin_delete(document.owner, document.id).await?;
    send_deletions(app, &versions).await?;
    if document.state != DocumentState::Deleting {
        note(
            app,
            address,
            document.owner,
            AuditEvent::DocumentDeleted,
            document.id,
        )
        .await?;
    }
    versions
        .into_iter()
        .find(|version| version.current)
        .ok_or(Problem::NotFound)
}

/// Deletes one version for good, which must not be the current one.
pub async fn delete_version(app: &App, version: &Document) -> Result<Document> {
    let marked = app
        .catalog
        .begin_delete_version(version.owner, version.id, version.version)
        .await?;
    send_deletions(app, std::slice::from_ref(&marked)).await?;
    Ok(marked)
}

/// Deletes what lies in the trash for good; returns how many documents that are.
pub async fn empty_trash(app: &App, address: ClientAddress, owner: Uuid) -> Result<usize> {
    let mut documents = 0;
    loop {
        let versions = app.catalog.begin_delete_trash(owner, EMPTIED_AT_ONCE).await?;
        // The events of what else lies there are sent by the reconciler, so that nobody waits for thousands of them.
        if documents == 0 {
            send_deletions(app, &versions).await?;
        }
        let deleted = versions.iter().filter(|version| version.current).count();
        if deleted == 0 {
            break;
        }
        documents += deleted;
    }
    if documents > 0 {
        let detail = json!({ "documents": documents });
        audit::record(app, owner, AuditEvent::TrashEmptied, address, detail).await?;
    }
    Ok(documents)
}

/// Has a document processed once more of which something is missing.
pub async fn retry(app: &App, document: &Document) -> Result<Document> {
    let again = app.catalog.retry(document.owner, document.id).await?;
    Event::UploadComplete(DocumentEvent::now(again.version_id, again.owner))
        .send(&*app.queue)
        .await?;
    Ok(again)
}

async fn tell_index(app: &App, document: &Document) -> Result<()> {
    Event::DocumentChanged(DocumentEvent::now(document.version_id, document.owner))
        .send(&*app.queue)
        .await?;
    Ok(())
}

async fn send_deletions(app: &App, versions: &[Document]) -> Result<()> {
    for version in versions {
        Event::DeleteDocument(DocumentEvent::now(version.version_id, version.owner))
            .send(&*app.queue)
            .await?;
    }
    Ok(())
}

async fn note(
    app: &App,
    address: ClientAddress,
    owner: Uuid,
    event: AuditEvent,
    document: Uuid,
) -> Result<()> {
    audit::record(app, owner, event, address, json!({ "document": document })).await
}

impl From<EditError> for Problem {
    fn from(error: EditError) -> Self {
        match error {
            EditError::Changed => Self::Changed,
            EditError::Catalog(error) => error.into(),
        }
    }
}
