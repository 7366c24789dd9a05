//! Deleting a document: marked first, so that nobody sees it any more, and its row last, so that it can be retried.

use uuid::Uuid;

use super::{Document, upload::CHECK_AFTER};
use crate::catalog::{Catalog, Result, usage};

impl Catalog {
    /// Marks a document of `owner` as being deleted. Marking it again is fine.
    pub async fn begin_delete(&self, owner: Uuid, document: Uuid) -> Result<Document> {
        sqlx::query(
            "UPDATE documents SET state = 'deleting', modified = now(), next_check = now() + make_interval(secs => $3)
             WHERE id = $1 AND owner = $2 AND state <> 'deleting'",
        )
        .bind(document)
        .bind(owner)
        .bind(CHECK_AFTER.as_secs_f64())
        .execute(&self.pool)
        .await?;
        self.owned_document(owner, document).await
    }

    /// Removes the row of a document that is being deleted, and takes it out of the usage and the totals: the last
    /// step, after its objects and index entries are gone. A document that is gone already is fine.
    pub async fn finish_delete(&self, document: Uuid) -> Result<()> {
        let mut tx = self.pool.begin().await?;
        let removed: Option<(Uuid, i64)> = sqlx::query_as(
            "DELETE FROM documents WHERE id = $1 AND state = 'deleting' RETURNING owner, reserved_bytes",
        )
        .bind(document)
        .fetch_optional(&mut *tx)
        .await?;
        if let Some((owner, reserved)) = removed {
            usage::release(&mut tx, owner, reserved).await?;
            usage::uncount(&mut tx, document).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}
