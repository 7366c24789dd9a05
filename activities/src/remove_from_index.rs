//! A document out of the full-text index.

use std::sync::Arc;

use apus::sdk::{Activity, ActivityError, ActivityOptions, ActivityTask};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::catalog::{CatalogError, Document, DocumentState};
use crate::index_entry::{self, Text};
use crate::{Environment, NOTHING_TO_DO, policy};

/// Removes the entries of a document that is being deleted. What is gone is fine, and a document of which only an old
/// version goes stays.
#[derive(Debug, Serialize, Deserialize)]
pub struct RemoveFromIndex {
    /// The document.
    pub document: Uuid,
}

impl Activity for RemoveFromIndex {
    type Output = ();
    type Context = Environment;
    const NAME: &'static str = "remove-from-index";

    fn options() -> ActivityOptions {
        policy::quick()
    }

    async fn run(self, _: ActivityTask, with: Arc<Environment>) -> Result<(), ActivityError> {
        let document = match with.catalog.document(self.document).await {
            Ok(version) if is_replaced(&with, &version).await? => return Ok(()),
            Ok(version) => version.id,
            // Gone since: if it was the first version, it had the document's id.
            Err(CatalogError::NoSuchDocument) => self.document,
            Err(error) => return Err(error.into()),
        };
        match index_entry::bring_up_to_date(&with, document, Text::IfEntitled).await {
            Err(error) if &*error.reason != NOTHING_TO_DO => Err(error),
            _ => Ok(()),
        }
    }
}

/// A newer version is there, which is what the entries are of.
async fn is_replaced(with: &Environment, version: &Document) -> Result<bool, ActivityError> {
    if version.current {
        return Ok(false);
    }
    match with.catalog.current(version.id).await {
        Ok(current) => Ok(current.state != DocumentState::Deleting),
        Err(CatalogError::NoSuchDocument) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
