//! An upload that never came.

use std::sync::Arc;

use apus::sdk::{Activity, ActivityError, ActivityOptions, ActivityTask};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::catalog::DocumentState;
use crate::ports::objects::ObjectKey;
use crate::{Environment, policy, uploaded_parts};

/// Marks the document as abandoned, gives back the quota that was reserved for it, and removes the parts that came.
#[derive(Debug, Serialize, Deserialize)]
pub struct AbandonUpload {
    /// The document.
    pub document: Uuid,
}

impl Activity for AbandonUpload {
    type Output = ();
    type Context = Environment;
    const NAME: &'static str = "abandon-upload";

    fn options() -> ActivityOptions {
        policy::quick()
    }

    async fn run(self, _: ActivityTask, with: Arc<Environment>) -> Result<(), ActivityError> {
        if with.catalog.abandon(self.document).await? == DocumentState::Abandoned {
            let document = with.catalog.document(self.document).await?;
            let key = ObjectKey::new(document.object_key.clone())?;
            uploaded_parts::give_up(&*with.objects, &key, &document).await?;
        }
        Ok(())
    }
}
