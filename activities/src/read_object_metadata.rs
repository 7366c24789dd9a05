//! What an object is: its size, its kind by its content, its digest.

use std::path::Path;
use std::sync::Arc;

use apus::sdk::{Activity, ActivityError, ActivityOptions, ActivityTask};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::io::AsyncReadExt;
use uuid::Uuid;

use crate::catalog::{Arrival, Metadata, Plan};
use crate::extract::{DocumentKind, ExtractError};
use crate::ports::objects::ObjectKey;
use crate::{Environment, NOTHING_TO_DO, policy};

/// Bytes read at once.
const CHUNK: usize = 256 * 1024;

/// Reads the document's object and writes down what it is.
#[derive(Debug, Serialize, Deserialize)]
pub struct ReadObjectMetadata {
    /// The document.
    pub document: Uuid,
}

/// What an object is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectFacts {
    /// The account that it belongs to.
    pub account: Uuid,
    /// What that account pays for.
    pub plan: Plan,
    /// In bytes.
    pub size: u64,
    /// By its content.
    pub kind: DocumentKind,
    /// The content can't be looked at, and never will be.
    pub unreadable: Option<ExtractError>,
}

impl Activity for ReadObjectMetadata {
    type Output = ObjectFacts;
    type Context = Environment;
    const NAME: &'static str = "read-object-metadata";

    fn options() -> ActivityOptions {
        // Before texts and pictures: a customer wants to see first what arrived.
        policy::long().priority(1)
    }

    async fn run(self, _: ActivityTask, with: Arc<Environment>) -> Result<ObjectFacts, ActivityError> {
        let document = with.catalog.document(self.document).await?;
        if document.state.is_final() {
            return Err(ActivityError::permanent(
                NOTHING_TO_DO,
                "the document was processed before",
            ));
        }
        let account = with.catalog.account(document.owner).await?;
        let key = ObjectKey::new(document.object_key.clone())?;
        let head = with.objects.head(&key).await?;
        let head =
            head.ok_or_else(|| ActivityError::permanent("no_object", format!("there is no object {key}")))?;
        let arrival = Arrival {
            size: head.size,
            etag: Some(&head.etag),
            title: None,
            tags: None,
        };
        with.catalog.record_arrival(self.document, &arrival).await?;
        let file = with.download(&document).await?;
        let (kind, unreadable) = match with.extractor.identify(file.path()).await {
            Ok(kind) => (kind, None),
            Err(error) if error.is_retryable() => {
                return Err(ActivityError::retryable(error.code(), error.to_string()));
            }
            Err(error) => (DocumentKind::Unknown, Some(error)),
        };
        let name = kind.to_string();
        let metadata = Metadata {
            size: head.size,
            sniffed_type: kind.media_type(),
            kind: &name,
            digest: digest(file.path()).await?,
            index_wanted: account.index_wanted,
        };
        with.catalog.record_metadata(self.document, &metadata).await?;
        Ok(ObjectFacts {
            account: account.id,
            plan: account.plan,
            size: head.size,
            kind,
            unreadable,
        })
    }
}

async fn digest(file: &Path) -> Result<[u8; 32], ActivityError> {
    let mut file = tokio::fs::File::open(file).await?;
    let mut hash = Sha256::new();
    let mut chunk = vec![0; CHUNK];
    loop {
        let read = file.read(&mut chunk).await?;
        if read == 0 {
            return Ok(hash.finalize().into());
        }
        hash.update(&chunk[..read]);
    }
}
