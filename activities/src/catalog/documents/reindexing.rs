//! Which documents of an account are not indexed as it wants them, and that they are.
//!
//! An account says by a number (`index_wanted`) which wish its documents are to be indexed by; each document has the
//! number of the one that it is indexed by. A document that is processed takes the number together with the account's
//! plan, so that a plan which changes meanwhile is seen.

use uuid::Uuid;

use super::{Document, Outcome, processing::MAX_REASON};
use crate::catalog::{Catalog, Plan, Result, usage};

/// What is left to index of an account.
#[derive(Clone, Debug)]
pub struct Unindexed {
    /// What the account pays for: whether its documents are found by their text.
    pub plan: Plan,
    /// The wish that the documents are to be indexed by.
    pub wanted: i64,
    /// The account stores more than it may: a mail is due, one for each excursion.
    pub excursion: Option<i64>,
    /// Documents that can be indexed now; there may be more.
    pub documents: Vec<Document>,
    /// Documents that are being processed by an earlier wish, and can be indexed afterwards.
    pub processing: i64,
}

impl Catalog {
    /// What is left to index of an account, up to `limit` documents; none when the account is gone or being deleted.
    pub async fn unindexed(&self, account: Uuid, limit: i64) -> Result<Option<Unindexed>> {
        let mut tx = self.pool.begin().await?;
        let found: Option<(Plan, i64)> = sqlx::query_as(
            "SELECT plan, index_wanted FROM accounts WHERE id = $1 AND deletion_begun IS NULL",
        )
        .bind(account)
        .fetch_optional(&mut *tx)
        .await?;
        let Some((plan, wanted)) = found else {
            return Ok(None);
        };
        let documents = sqlx::query_as(
            "SELECT * FROM documents
             WHERE owner = $1 AND current AND indexed_as < $2 AND state IN ('ready', 'ready_degraded', 'failed')
             ORDER BY created DESC, id LIMIT $3",
        )
        .bind(account)
        .bind(wanted)
        .bind(limit)
        .fetch_all(&mut *tx)
        .await?;
        let processing = sqlx::query_scalar(
            "SELECT count(*) FROM documents WHERE owner = $1 AND current AND indexed_as < $2 AND state = 'processing'",
        )
        .bind(account)
        .bind(wanted)
        .fetch_one(&mut *tx)
        .await?;
        let usage = usage::usage(&mut tx, account).await?;
        tx.commit().await?;
        Ok(Some(Unindexed {
            plan,
            wanted,
            excursion: usage.over_quota.then_some(usage.excursion),
            documents,
            processing,
        }))
    }

    /// The document is indexed by this wish of its account. An earlier wish changes nothing.
    pub async fn record_reindexed(&self, document: Uuid, wanted: i64) -> Result<()> {
        sqlx::query("UPDATE documents SET indexed_as = $2 WHERE id = $1 AND indexed_as < $2")
            .bind(document)
            .bind(wanted)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Writes down how reading a document went that had been processed before.
    pub async fn revise_outcome(&self, document: Uuid, outcome: &Outcome) -> Result<()> {
        let reason = outcome.reason();
        sqlx::query(
            "UPDATE documents SET state = $2, reason_code = $3, reason = $4, modified = now()
             WHERE id = $1 AND state IN ('ready', 'ready_degraded', 'failed')
                AND (state, coalesce(reason_code, '')) <> ($2, coalesce($3, ''))",
        )
        .bind(document)
        .bind(outcome.state())
        .bind(reason.map(|reason| reason.code.as_str()))
        .bind(reason.map(|reason| reason.message.chars().take(MAX_REASON).collect::<String>()))
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// All documents of an account are indexed by this wish. False when it has another one by now.
    pub async fn settle_index(&self, account: Uuid, wanted: i64) -> Result<bool> {
        let settled =
            sqlx::query("UPDATE accounts SET index_settled = $2 WHERE id = $1 AND index_wanted = $2")
                .bind(account)
                .bind(wanted)
                .execute(&self.pool)
                .await?;
        Ok(settled.rows_affected() == 1)
    }
}
