//! The same content more than once. That is allowed, and told.

use uuid::Uuid;

use super::Document;
use crate::catalog::{Catalog, Result};

/// Documents with one content that are told of.
const DUPLICATES_MAX: i64 = 100;

impl Catalog {
    /// Other documents of the same owner with the content of this one, the oldest first; not those in the trash, which
    /// nobody wants to be sent to.
    pub async fn duplicates(&self, document: &Document) -> Result<Vec<Document>> {
        let Some(digest) = &document.digest else {
            return Ok(Vec::new());
        };
        let found = sqlx::query_as(
            "SELECT * FROM documents WHERE owner = $1 AND digest = $2 AND lineage <> $3 AND current
                AND trashed IS NULL AND state <> 'deleting' ORDER BY created, id LIMIT $4",
        )
        .bind(document.owner)
        .bind(digest)
        .bind(document.id)
        .bind(DUPLICATES_MAX)
        .fetch_all(&self.pool)
        .await?;
        Ok(found)
    }

    /// The documents of `owner` with this content, the oldest first; not those in the trash.
    pub async fn with_content(&self, owner: Uuid, digest: &[u8; 32]) -> Result<Vec<Uuid>> {
        let found = sqlx::query_scalar(
            "SELECT lineage FROM documents WHERE owner = $1 AND digest = $2 AND current
                AND trashed IS NULL AND state <> 'deleting' ORDER BY created, id LIMIT $3",
        )
        .bind(owner)
        .bind(digest.as_slice())
        .bind(DUPLICATES_MAX)
        .fetch_all(&self.pool)
        .await?;
        Ok(found)
    }
}
