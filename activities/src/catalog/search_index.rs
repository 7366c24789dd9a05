//! Which index the documents of this database were put into, and what it still lacks.

use serde::Serialize;
use uuid::Uuid;

use super::accounts::CHECK_AFTER;
use super::{Catalog, Result};

/// What has still to be indexed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct IndexBacklog {
    /// Accounts whose documents are not all indexed as they should be.
    pub accounts_left: i64,
    /// Those of their documents that are not.
    pub documents_left: i64,
}

impl IndexBacklog {
    /// Nothing is left.
    pub fn is_empty(&self) -> bool {
        self.accounts_left == 0 && self.documents_left == 0
    }
}

impl Catalog {
    /// The program has this index open. If it is not the one that documents were put into, all of them are to be indexed
    /// anew, which the reconciler sees to; returns of how many accounts.
    pub async fn adopt_index(&self, id: Uuid) -> Result<u64> {
        let mut tx = self.pool.begin().await?;
        let adopted = sqlx::query(
            "INSERT INTO search_index AS known (id) VALUES ($1)
             ON CONFLICT (single) DO UPDATE SET id = excluded.id, adopted = now() WHERE known.id <> excluded.id",
        )
        .bind(id)
        .execute(&mut *tx)
        .await?;
        let mut accounts = 0;
        if adopted.rows_affected() == 1 {
            let wanting = sqlx::query(
                "UPDATE accounts SET index_wanted = index_wanted + 1, next_check = now()
                 WHERE deletion_begun IS NULL
                    AND EXISTS (SELECT FROM documents WHERE owner = accounts.id AND uploaded IS NOT NULL)",
            )
            .execute(&mut *tx)
            .await?;
            accounts = wanting.rows_affected();
        }
        tx.commit().await?;
        Ok(accounts)
    }

    /// Notes that the documents of up to `limit` accounts are to be indexed anew: of those whose ids follow `after`, or of
    /// this one only. Returns which, in their order; accounts without documents need nothing. Whoever calls this sends
    /// their events; the reconciler sends those that are lost.
    pub async fn index_anew(&self, only: Option<Uuid>, after: Uuid, limit: i64) -> Result<Vec<Uuid>> {
        let mut marked: Vec<Uuid> = sqlx::query_scalar(
            "UPDATE accounts SET index_wanted = index_wanted + 1, next_check = now() + make_interval(secs => $4)
             WHERE id IN (SELECT id FROM accounts
                          WHERE id > $2 AND ($1 IS NULL OR id = $1) AND deletion_begun IS NULL
                            AND EXISTS (SELECT FROM documents WHERE owner = accounts.id AND uploaded IS NOT NULL)
                          ORDER BY id LIMIT $3 FOR UPDATE)
             RETURNING id",
        )
        .bind(only)
        .bind(after)
        .bind(limit)
        .bind(CHECK_AFTER.as_secs_f64())
        .fetch_all(&self.pool)
        .await?;
        marked.sort_unstable();
        Ok(marked)
    }

    /// What has still to be indexed, of all accounts or of this one.
    pub async fn index_backlog(&self, only: Option<Uuid>) -> Result<IndexBacklog> {
        let left = sqlx::query_as(
            "SELECT count(DISTINCT accounts.id) AS accounts_left, count(documents.id) AS documents_left
             FROM accounts LEFT JOIN documents ON owner = accounts.id AND current AND indexed_as < index_wanted
                AND state IN ('processing', 'ready', 'ready_degraded', 'failed')
             WHERE index_settled < index_wanted AND deletion_begun IS NULL AND ($1 IS NULL OR accounts.id = $1)",
        )
        .bind(only)
        .fetch_one(&self.pool)
        .await?;
        Ok(left)
    }
}
