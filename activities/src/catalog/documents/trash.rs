//! The trash: documents that their owner does not want to see, for as long as he may want them back. They keep their
//! objects and count for the quota until they are deleted for good.

use std::collections::BTreeSet;
use std::time::Duration;

use uuid::Uuid;

use super::{Document, deletion, indexing::INDEXED_WITHIN};
use crate::catalog::{Catalog, CatalogError, Result};

/// How long a document lies in the trash before it is deleted for good.
pub const TRASH_KEPT: Duration = Duration::from_secs(30 * 86_400);

impl Catalog {
    /// Puts a document of `owner` into the trash; one that lies there already stays as it is.
    pub async fn trash(&self, owner: Uuid, document: Uuid) -> Result<Document> {
        sqlx::query(
            "UPDATE documents SET trashed = now(), modified = now(), index_due = now() + make_interval(secs => $3)
             WHERE lineage = $1 AND owner = $2 AND current AND trashed IS NULL AND state <> 'deleting'",
        )
        .bind(document)
        .bind(owner)
        .bind(INDEXED_WITHIN.as_secs_f64())
        .execute(&self.pool)
        .await?;
        self.owned_document(owner, document).await
    }

    /// Takes a document of `owner` out of the trash; one that does not lie there is fine, one that is being deleted is
    /// not there any more.
    pub async fn restore(&self, owner: Uuid, document: Uuid) -> Result<Document> {
        sqlx::query(
            "UPDATE documents SET trashed = NULL, modified = now(), index_due = now() + make_interval(secs => $3)
             WHERE lineage = $1 AND owner = $2 AND current AND trashed IS NOT NULL AND state <> 'deleting'",
        )
        .bind(document)
        .bind(owner)
        .bind(INDEXED_WITHIN.as_secs_f64())
        .execute(&self.pool)
        .await?;
        let found = self.owned_document(owner, document).await?;
        if found.state == super::DocumentState::Deleting {
            return Err(CatalogError::NoSuchDocument);
        }
        Ok(found)
    }

    /// Marks up to `limit` documents in the trash of `owner` as being deleted, those that lie there longest first, and
    /// returns all their versions.
    pub async fn begin_delete_trash(&self, owner: Uuid, limit: i64) -> Result<Vec<Document>> {
        let documents: Vec<Uuid> = sqlx::query_scalar(
            "SELECT lineage FROM documents WHERE owner = $1 AND trashed IS NOT NULL AND state <> 'deleting'
             ORDER BY trashed, id LIMIT $2",
        )
        .bind(owner)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        self.begin_delete_trashed(documents).await
    }

    /// Marks up to `limit` documents that have lain in the trash for [`TRASH_KEPT`] as being deleted, and returns all
    /// their versions.
    pub async fn begin_delete_expired_trash(&self, limit: i64) -> Result<Vec<Document>> {
        let documents: Vec<Uuid> = sqlx::query_scalar(
            "SELECT lineage FROM documents
             WHERE trashed <= now() - make_interval(secs => $2) AND state <> 'deleting' ORDER BY trashed LIMIT $1",
        )
        .bind(limit)
        .bind(TRASH_KEPT.as_secs_f64())
        .fetch_all(&self.pool)
        .await?;
        self.begin_delete_trashed(documents).await
    }

    /// Marks those of the documents that still lie in the trash.
    async fn begin_delete_trashed(&self, documents: Vec<Uuid>) -> Result<Vec<Document>> {
        let mut tx = self.pool.begin().await?;
        let versions: Vec<Document> = sqlx::query_as(
            "SELECT * FROM documents WHERE lineage = ANY($1) ORDER BY lineage, version FOR UPDATE",
        )
        .bind(documents)
        .fetch_all(&mut *tx)
        .await?;
        let trashed: BTreeSet<Uuid> = versions
            .iter()
            .filter(|version| version.trashed.is_some())
            .map(|version| version.id)
            .collect();
        let ids: Vec<Uuid> = versions
            .iter()
            .filter(|version| trashed.contains(&version.id))
            .map(|version| version.version_id)
            .collect();
        let marked = deletion::mark(&mut tx, &ids).await?;
        tx.commit().await?;
        Ok(marked)
    }
}
