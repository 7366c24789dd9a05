//! The end of an account: closed first, so that nobody uses it any more, and its row last, so that it can be retried.

use uuid::Uuid;

use super::CHECK_AFTER;
use crate::catalog::{AuditEvent, Catalog, Result};

impl Catalog {
    /// Closes an account for good and ends all its sessions. Returns false when that had been done before.
    pub async fn begin_account_deletion(&self, account: Uuid) -> Result<bool> {
        let mut tx = self.pool.begin().await?;
        let closed = sqlx::query(
            "UPDATE accounts SET deletion_begun = now(), revision = revision + 1, modified = now(),
                next_check = now() + make_interval(secs => $2)
             WHERE id = $1 AND deletion_begun IS NULL",
        )
        .bind(account)
        .bind(CHECK_AFTER.as_secs_f64())
        .execute(&mut *tx)
        .await?;
        sqlx::query("DELETE FROM sessions WHERE account_id = $1")
            .bind(account)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(closed.rows_affected() == 1)
    }

    /// Marks up to `limit` documents of an account that is being deleted, in whatever state they are, and returns them;
    /// none when there are no more. Documents of any other account are left alone.
    pub async fn mark_documents_of_deleted(&self, account: Uuid, limit: i64) -> Result<Vec<Uuid>> {
        let marked = sqlx::query_scalar(
            "UPDATE documents d SET state = 'deleting', modified = now(),
                next_check = now() + make_interval(secs => $3)
             FROM accounts a
             WHERE a.id = $1 AND a.deletion_begun IS NOT NULL
                AND d.id IN (SELECT id FROM documents WHERE owner = $1 ORDER BY created, id LIMIT $2)
             RETURNING d.id",
        )
        .bind(account)
        .bind(limit)
        .bind(CHECK_AFTER.as_secs_f64())
        .fetch_all(&self.pool)
        .await?;
        Ok(marked)
    }

    /// Removes the row of an account that is being deleted, with everything that hangs on it, and notes in the audit log
    /// that it is gone. False while documents of it are left; true also when it was gone before.
    pub async fn forget_account(&self, account: Uuid) -> Result<bool> {
        let mut tx = self.pool.begin().await?;
        let removed = sqlx::query(
            "DELETE FROM accounts WHERE id = $1 AND deletion_begun IS NOT NULL
                AND NOT EXISTS (SELECT FROM documents WHERE owner = $1)",
        )
        .bind(account)
        .execute(&mut *tx)
        .await?;
        if removed.rows_affected() == 0 {
            let left: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM accounts WHERE id = $1)")
                .bind(account)
                .fetch_one(&mut *tx)
                .await?;
            return Ok(!left);
        }
        // The log keeps what happened, not whom it happened to.
        sqlx::query(
            "UPDATE audit_log SET detail = detail - 'email' WHERE account_id = $1 AND jsonb_exists(detail, 'email')",
        )
        .bind(account)
        .execute(&mut *tx)
        .await?;
        sqlx::query("INSERT INTO audit_log (account_id, event) VALUES ($1, $2)")
            .bind(account)
            .bind(AuditEvent::AccountDeleted)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(true)
    }
}
