//! What the index has still to be told. A change of what documents are found by says so in its own transaction, so that
//! it cannot be forgotten, whatever becomes of the event.

use std::time::Duration;

use uuid::Uuid;

use super::Document;
use crate::catalog::{Catalog, CatalogError, Result};

/// When the event of a change is sent again because the index has not been told.
pub(super) const INDEXED_WITHIN: Duration = Duration::from_secs(60);

impl Catalog {
    /// The current version of this document, for activities.
    pub async fn current(&self, document: Uuid) -> Result<Document> {
        sqlx::query_as("SELECT * FROM documents WHERE lineage = $1 AND current")
            .bind(document)
            .fetch_optional(&self.pool)
            .await?
            .ok_or(CatalogError::NoSuchDocument)
    }

    /// The index knows of this version at this revision.
    pub async fn record_indexed(&self, version_id: Uuid, revision: i64) -> Result<()> {
        sqlx::query(
            "UPDATE documents SET index_due = NULL WHERE id = $1 AND revision = $2 AND index_due IS NOT NULL",
        )
        .bind(version_id)
        .bind(revision)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Up to `limit` versions whose change the index has not been told in time; each is due again later.
    /// Several nodes that ask at once get different ones.
    pub async fn claim_unindexed(&self, limit: i64) -> Result<Vec<Document>> {
        let unindexed = sqlx::query_as(
            "UPDATE documents SET index_due = now() + make_interval(secs => $2)
             WHERE id IN (SELECT id FROM documents WHERE index_due <= now()
                          ORDER BY index_due LIMIT $1 FOR UPDATE SKIP LOCKED)
             RETURNING *",
        )
        .bind(limit)
        .bind(INDEXED_WITHIN.as_secs_f64())
        .fetch_all(&self.pool)
        .await?;
        Ok(unindexed)
    }
}
