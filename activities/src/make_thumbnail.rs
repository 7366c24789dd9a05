//! A small picture of what can be drawn.

use std::sync::Arc;

use apus::sdk::{Activity, ActivityError, ActivityOptions, ActivityTask};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::environment::Stored;
use crate::{Environment, policy};

/// Draws the document's first page, small. False when there is nothing to draw: a picture less is no failure.
#[derive(Debug, Serialize, Deserialize)]
pub struct MakeThumbnail {
    /// The document.
    pub document: Uuid,
}

impl Activity for MakeThumbnail {
    type Output = bool;
    type Context = Environment;
    const NAME: &'static str = "make-thumbnail";

    fn options() -> ActivityOptions {
        policy::long()
    }

    async fn run(self, _: ActivityTask, with: Arc<Environment>) -> Result<bool, ActivityError> {
        let document = with.catalog.document(self.document).await?;
        let file = with.download(&document).await?;
        let thumbnail = match with.extractor.thumbnail(file.path()).await {
            Ok(Some(thumbnail)) => thumbnail,
            Ok(None) => return Ok(false),
            Err(error) if error.is_retryable() => {
                return Err(ActivityError::retryable(error.code(), error.to_string()));
            }
            Err(error) => {
                tracing::debug!(document = %self.document, %error, "no thumbnail");
                return Ok(false);
            }
        };
        let key = Stored::Thumbnail.key(document.owner, document.version_id)?;
        with.objects.put(&key, thumbnail.png.into(), "image/png").await?;
        if with.is_leaving(self.document).await? {
            with.objects.delete(&key).await?;
            return Ok(false);
        }
        with.catalog.record_thumbnail(self.document, key.as_str()).await?;
        Ok(true)
    }
}
