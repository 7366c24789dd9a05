//! Has the object of an upload arrived?

use std::sync::Arc;

use apus::sdk::{Activity, ActivityError, ActivityOptions, ActivityTask};
use chrono::Utc;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::catalog::{DocumentState, UNDER_WAY};
use crate::ports::objects::ObjectKey;
use crate::{Environment, policy, uploaded_parts};

/// Asks the object store whether the document's object is there; makes it of its parts if all of them are.
#[derive(Debug, Serialize, Deserialize)]
pub struct CheckUploadStatus {
    /// The document.
    pub document: Uuid,
}

/// Where an upload stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UploadStatus {
    /// The object is there.
    Arrived,
    /// It may still come.
    Awaited,
    /// It can't come any more: the form has expired.
    Expired,
    /// The document is being deleted, or was given up.
    Settled,
}

impl Activity for CheckUploadStatus {
    type Output = UploadStatus;
    type Context = Environment;
    const NAME: &'static str = "check-upload-status";

    fn options() -> ActivityOptions {
        policy::quick()
    }

    async fn run(self, _: ActivityTask, with: Arc<Environment>) -> Result<UploadStatus, ActivityError> {
        let document = with.catalog.document(self.document).await?;
        match document.state {
            DocumentState::Deleting | DocumentState::Abandoned => return Ok(UploadStatus::Settled),
            DocumentState::AwaitingUpload | DocumentState::Uploading => {}
            DocumentState::Processing
            | DocumentState::Ready
            | DocumentState::ReadyDegraded
            | DocumentState::Failed => return Ok(UploadStatus::Arrived),
        }
        let key = ObjectKey::new(document.object_key.clone())?;
        let is_there = with.objects.head(&key).await?.is_some()
            || uploaded_parts::join(&*with.objects, &key, &document).await?;
        if is_there {
            return Ok(UploadStatus::Arrived);
        }
        let expired = Utc::now() > document.form_expires + UNDER_WAY;
        Ok(if expired {
            UploadStatus::Expired
        } else {
            UploadStatus::Awaited
        })
    }
}
