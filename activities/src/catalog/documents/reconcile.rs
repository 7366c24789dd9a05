//! Documents that something should have happened to long ago: their event was lost, or never sent.

use uuid::Uuid;

use super::{DocumentState, upload::CHECK_AFTER};
use crate::catalog::{Catalog, Result};

/// An unsettled document whose time is up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Stalled {
    /// The version.
    pub id: Uuid,
    /// The account that it belongs to.
    pub owner: Uuid,
    /// Where it stands, which says what event is due.
    pub state: DocumentState,
}

impl Catalog {
    /// Up to `limit` documents that are due to be looked at; each is due again later if nothing comes of it.
    /// Several nodes that ask at once get different ones.
    pub async fn claim_stalled(&self, limit: i64) -> Result<Vec<Stalled>> {
        let stalled = sqlx::query_as(
            "UPDATE documents SET next_check = now() + make_interval(secs => $2)
             WHERE id IN (SELECT id FROM documents
                          WHERE state IN ('awaiting_upload', 'uploading', 'processing', 'deleting') AND next_check <= now()
                          ORDER BY next_check LIMIT $1 FOR UPDATE SKIP LOCKED)
             RETURNING id, owner, state",
        )
        .bind(limit)
        .bind(CHECK_AFTER.as_secs_f64())
        .fetch_all(&self.pool)
        .await?;
        Ok(stalled)
    }
}
