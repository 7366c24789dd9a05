//! Looks once more at what each upload form left when it has ended.
//!
//! An object store takes a form any number of times until it expires: after its file was counted, and even after its
//! document was deleted. What lies there when no post can be under way any more is what stays, so it has to be what the
//! catalog knows.

use docstore_activities::catalog::{CatalogError, Document, DocumentState, EndedForm};
use docstore_activities::ports::objects::ObjectKey;
use futures::{StreamExt, stream};
use uuid::Uuid;

use crate::app::App;
use crate::events::{DocumentEvent, Event};
use crate::uploads;

/// Forms that are claimed at once.
const BATCH: i64 = 500;
/// Forms that are looked at side by side.
const SIDE_BY_SIDE: usize = 16;

/// Settles the forms that have ended; returns how many had left another file than was known.
pub async fn settle_forms(app: &App) -> anyhow::Result<usize> {
    let mut corrected = 0;
    loop {
        let ended = app.catalog.claim_ended_forms(BATCH).await?;
        let are_all = ended.len() < BATCH as usize;
        let mut settling = stream::iter(ended)
            .map(|form| async move { (form.version_id, settle(app, &form).await) })
            .buffer_unordered(SIDE_BY_SIDE);
        while let Some((version_id, settled)) = settling.next().await {
            match settled {
                Ok(was_known) => corrected += usize::from(!was_known),
                Err(error) => tracing::warn!(
                    %version_id,
                    error = format!("{error:#}"),
                    "could not look at what a form left; trying again later"
                ),
            }
        }
        if are_all {
            break;
        }
    }
    if corrected > 0 {
        tracing::info!(forms = corrected, "forms had left another file than was known");
    }
    Ok(corrected)
}

/// False if the form left another file than was known. Then, and while its document is on its way, it stays and is
/// looked at again.
async fn settle(app: &App, form: &EndedForm) -> anyhow::Result<bool> {
    let key = ObjectKey::new(form.object_key.clone())?;
    match app.catalog.document(form.version_id).await {
        Ok(document) if document.state.is_final() || document.state == DocumentState::Abandoned => {
            compare(app, document, &key).await
        }
        Ok(_) => Ok(true),
        Err(CatalogError::NoSuchDocument) => remove(app, form.version_id, &key).await,
        Err(error) => Err(error.into()),
    }
}

async fn compare(app: &App, document: Document, key: &ObjectKey) -> anyhow::Result<bool> {
    let id = document.version_id;
    let head = match app.objects.head(key).await? {
        Some(head) if document.etag.as_ref() != Some(&head.etag) => head,
        _ => {
            app.catalog.settle_form(id).await?;
            return Ok(true);
        }
    };
    if document.state == DocumentState::Abandoned {
        uploads::complete(app, document).await?;
    } else if let Some(again) = app.catalog.record_replacement(id, head.size, &head.etag).await? {
        Event::UploadComplete(DocumentEvent::now(id, again.owner))
            .send(&*app.queue)
            .await?;
    }
    Ok(false)
}

/// The document is gone, and so goes what came after it.
async fn remove(app: &App, version_id: Uuid, key: &ObjectKey) -> anyhow::Result<bool> {
    let was_there = app.objects.head(key).await?.is_some();
    if was_there {
        app.objects.delete(key).await?;
    }
    app.catalog.settle_form(version_id).await?;
    Ok(!was_there)
}
