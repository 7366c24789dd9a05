//! Deleting a document: marked first, so that nobody sees it any more, and its rows last, so that it can be retried.

use sqlx::PgConnection;
use uuid::Uuid;

use super::{Document, upload::CHECK_AFTER, versions};
use crate::catalog::{Catalog, CatalogError, Result, usage};

impl Catalog {
    /// Marks every version of a document of `owner` as being deleted and returns them. Marking it again is fine.
    pub async fn begin_delete(&self, owner: Uuid, document: Uuid) -> Result<Vec<Document>> {
        let mut tx = self.pool.begin().await?;
        let versions = versions::lock(&mut tx, owner, document).await?;
        let ids: Vec<Uuid> = versions.iter().map(|version| version.version_id).collect();
        let marked = mark(&mut tx, &ids).await?;
        tx.commit().await?;
        Ok(marked)
    }

    /// Marks one version as being deleted, and returns it; the current one cannot go without its document.
    pub async fn begin_delete_version(&self, owner: Uuid, document: Uuid, version: i32) -> Result<Document> {
        let mut tx = self.pool.begin().await?;
        let versions = versions::lock(&mut tx, owner, document).await?;
        let found = versions.iter().find(|found| found.version == version);
        let found = found.ok_or(CatalogError::NoSuchDocument)?;
        if found.current {
            return Err(CatalogError::CurrentVersion);
        }
        let marked = mark(&mut tx, &[found.version_id]).await?.pop();
        tx.commit().await?;
        marked.ok_or(CatalogError::NoSuchDocument)
    }

    /// Removes the row of a version that is being deleted, and takes it out of the usage and the totals: the last
    /// step, after its objects and index entries are gone. One that is gone already is fine.
    pub async fn finish_delete(&self, version_id: Uuid) -> Result<()> {
        let mut tx = self.pool.begin().await?;
        let removed: Option<(Uuid, i64)> = sqlx::query_as(
            "DELETE FROM documents WHERE id = $1 AND state = 'deleting' RETURNING owner, reserved_bytes",
        )
        .bind(version_id)
        .fetch_optional(&mut *tx)
        .await?;
        if let Some((owner, reserved)) = removed {
            usage::release(&mut tx, owner, reserved).await?;
            usage::uncount(&mut tx, version_id).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

/// Marks these rows, which the transaction has locked, as being deleted.
pub(super) async fn mark(connection: &mut PgConnection, version_ids: &[Uuid]) -> Result<Vec<Document>> {
    sqlx::query(
        "UPDATE documents SET state = 'deleting', modified = now(), next_check = now() + make_interval(secs => $2)
         WHERE id = ANY($1) AND state <> 'deleting'",
    )
    .bind(version_ids)
    .bind(CHECK_AFTER.as_secs_f64())
    .execute(&mut *connection)
    .await?;
    let marked = sqlx::query_as("SELECT * FROM documents WHERE id = ANY($1) ORDER BY version")
        .bind(version_ids)
        .fetch_all(connection)
        .await?;
    Ok(marked)
}
