//! Upload forms that have ended. A form can be posted any number of times until then, so only now is it certain which
//! file stays. An upload in parts is entered here too: it needs no second look, but one look costs less than a
//! distinction.

use uuid::Uuid;

use super::{Document, reprocess::processing_again, upload::CHECK_AFTER};
use crate::catalog::{Catalog, Result, to_bigint};

/// A form that has ended.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct EndedForm {
    /// The version that it uploaded, which may be gone.
    pub version_id: Uuid,
    /// Where it put its file.
    pub object_key: String,
}

impl Catalog {
    /// Up to `limit` forms that ended long enough ago for nothing to be under way any more; each is due again later
    /// unless it is settled. Several nodes that ask at once get different ones.
    pub async fn claim_ended_forms(&self, limit: i64) -> Result<Vec<EndedForm>> {
        let ended = sqlx::query_as(
            "UPDATE upload_forms SET due = now() + make_interval(secs => $2)
             WHERE version_id IN (SELECT version_id FROM upload_forms WHERE due <= now()
                                  ORDER BY due LIMIT $1 FOR UPDATE SKIP LOCKED)
             RETURNING version_id, object_key",
        )
        .bind(limit)
        .bind(CHECK_AFTER.as_secs_f64())
        .fetch_all(&self.pool)
        .await?;
        Ok(ended)
    }

    /// What this form uploaded is known. Settling it again is fine.
    pub async fn settle_form(&self, version_id: Uuid) -> Result<()> {
        sqlx::query("DELETE FROM upload_forms WHERE version_id = $1")
            .bind(version_id)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Another object than the one that was processed lies in its place: has the version processed once more. None if
    /// it is not processed to its end, or is known to be this object.
    pub async fn record_replacement(
        &self,
        version_id: Uuid,
        size: u64,
        etag: &str,
    ) -> Result<Option<Document>> {
        let replaced = sqlx::query_as(concat!(
            "UPDATE documents SET size = $2, etag = $3, ",
            processing_again!("$4"),
            " WHERE id = $1 AND state IN ('ready', 'ready_degraded', 'failed') AND etag IS DISTINCT FROM $3
                  RETURNING *"
        ))
        .bind(version_id)
        .bind(to_bigint(size))
        .bind(etag)
        .bind(CHECK_AFTER.as_secs_f64())
        .fetch_optional(&self.pool)
        .await?;
        Ok(replaced)
    }
}
