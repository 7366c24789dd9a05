//! The upload of a document's file in parts: joined once all are there, removed where nobody wants it any more.

use crate::catalog::Document;
use crate::ports::objects::parts::{Cut, PartsUpload, join_if_complete};
use crate::ports::objects::{ObjectError, ObjectKey, Objects};

/// How the file of this document is cut; none if it does not come in parts.
pub fn cut_of(document: &Document) -> Option<Cut> {
    let bytes = document
        .declared_bytes
        .and_then(|bytes| u64::try_from(bytes).ok())?;
    Some(Cut::of(bytes))
}

/// Makes the document's object of its parts. False if some have not arrived, or if it does not come in parts.
///
/// # Errors
/// When the object store fails.
pub async fn join(objects: &dyn Objects, key: &ObjectKey, document: &Document) -> Result<bool, ObjectError> {
    let (Some(name), Some(cut)) = (&document.upload_name, cut_of(document)) else {
        return Ok(false);
    };
    join_if_complete(objects, &PartsUpload { key, name }, &cut).await
}

/// Removes what has arrived of the document's parts. What is gone is fine.
///
/// # Errors
/// When the object store fails.
pub async fn give_up(objects: &dyn Objects, key: &ObjectKey, document: &Document) -> Result<(), ObjectError> {
    match &document.upload_name {
        Some(name) => objects.abort_parts(&PartsUpload { key, name }).await,
        None => Ok(()),
    }
}
