//! Accounts that something has to follow a change of: their event was lost, or never sent.

use uuid::Uuid;

use super::CHECK_AFTER;
use crate::catalog::{Catalog, Result};

/// An account whose last change is not done with everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct UnsettledAccount {
    /// The account.
    pub id: Uuid,
    /// It is to be removed everywhere, and nothing else counts.
    pub deleting: bool,
    /// Another region does not know of its sign-up.
    pub created: bool,
    /// Another region does not know of a later change.
    pub changed: bool,
    /// Its documents are not indexed as they should be.
    pub unindexed: bool,
}

impl Catalog {
    /// Up to `limit` accounts that are due to be looked at, and what is missing; each is due again later until nothing
    /// is. Several nodes that ask at once get different ones.
    pub async fn claim_unsettled_accounts(&self, limit: i64) -> Result<Vec<UnsettledAccount>> {
        let claimed: Vec<UnsettledAccount> = sqlx::query_as(
            "UPDATE accounts SET next_check = CASE
                WHEN deletion_begun IS NOT NULL OR replicated < revision OR index_settled < index_wanted
                THEN now() + make_interval(secs => $2) END
             WHERE id IN (SELECT id FROM accounts WHERE next_check <= now()
                          ORDER BY next_check LIMIT $1 FOR UPDATE SKIP LOCKED)
             RETURNING id, deletion_begun IS NOT NULL AS deleting,
                replicated < revision AND revision = 1 AS created,
                replicated < revision AND revision > 1 AS changed,
                index_settled < index_wanted AS unindexed",
        )
        .bind(limit)
        .bind(CHECK_AFTER.as_secs_f64())
        .fetch_all(&self.pool)
        .await?;
        Ok(claimed)
    }
}
