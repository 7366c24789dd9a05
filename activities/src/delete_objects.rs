//! All objects of a document, out of the object store.

use std::sync::Arc;

use apus::sdk::{Activity, ActivityError, ActivityOptions, ActivityTask};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::catalog::CatalogError;
use crate::environment::Stored;
use crate::ports::objects::ObjectKey;
use crate::{Environment, policy, uploaded_parts};

/// Deletes the document's object, its text and its thumbnail. What is gone is fine.
#[derive(Debug, Serialize, Deserialize)]
pub struct DeleteObjects {
    /// The document.
    pub document: Uuid,
}

impl Activity for DeleteObjects {
    type Output = ();
    type Context = Environment;
    const NAME: &'static str = "delete-objects";

    fn options() -> ActivityOptions {
        policy::quick()
    }

    async fn run(self, _: ActivityTask, with: Arc<Environment>) -> Result<(), ActivityError> {
        let document = match with.catalog.document(self.document).await {
            // The row goes last: without it, the objects went before.
            Err(CatalogError::NoSuchDocument) => return Ok(()),
            found => found?,
        };
        let original = ObjectKey::new(document.object_key.clone())?;
        uploaded_parts::give_up(&*with.objects, &original, &document).await?;
        let text = Stored::Text.key(document.owner, document.version_id)?;
        let thumbnail = Stored::Thumbnail.key(document.owner, document.version_id)?;
        for key in [original, text, thumbnail] {
            with.objects.delete(&key).await?;
        }
        Ok(())
    }
}
