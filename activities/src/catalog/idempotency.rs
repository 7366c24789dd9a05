//! Which calls have been done under which key, and what was answered. What is in the answers is not known here.

use std::time::Duration;

use super::{Catalog, Result};

/// A call that has not been answered after so long was broken off: whoever asks again may do it.
const BROKEN_OFF_AFTER: Duration = Duration::from_secs(60);
/// How long answers are kept.
const ANSWERS_KEPT: Duration = Duration::from_secs(86_400);

/// What is known of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Nothing: the caller does it, and keeps its answer or releases the key.
    Granted,
    /// It was done, and answered this.
    Answered(Vec<u8>),
    /// Somebody is doing it.
    UnderWay,
    /// Something else was asked for under this key.
    Another,
}

impl Catalog {
    /// Claims the key of a call. One of those who ask at once does it.
    pub async fn claim_key(&self, id: &[u8; 32], content: &[u8; 32]) -> Result<Claim> {
        let granted: Option<bool> = sqlx::query_scalar(
            "INSERT INTO idempotency_keys AS k (id, content) VALUES ($1, $2)
             ON CONFLICT (id) DO UPDATE SET content = excluded.content, claimed = now(), answer = NULL
             WHERE k.claimed < now() - make_interval(secs => CASE WHEN k.answer IS NULL THEN $3 ELSE $4 END)
             RETURNING true",
        )
        .bind(id.as_slice())
        .bind(content.as_slice())
        .bind(BROKEN_OFF_AFTER.as_secs_f64())
        .bind(ANSWERS_KEPT.as_secs_f64())
        .fetch_optional(&self.pool)
        .await?;
        if granted.is_some() {
            return Ok(Claim::Granted);
        }
        let known: Option<(Vec<u8>, Option<Vec<u8>>)> =
            sqlx::query_as("SELECT content, answer FROM idempotency_keys WHERE id = $1")
                .bind(id.as_slice())
                .fetch_optional(&self.pool)
                .await?;
        Ok(match known {
            Some((known, _)) if known != content => Claim::Another,
            Some((_, Some(answer))) => Claim::Answered(answer),
            // Released a moment ago: to ask once more is all that it takes.
            Some((_, None)) | None => Claim::UnderWay,
        })
    }

    /// Keeps the answer to a call that was done.
    pub async fn keep_answer(&self, id: &[u8; 32], answer: &[u8]) -> Result<()> {
        sqlx::query("UPDATE idempotency_keys SET answer = $2 WHERE id = $1 AND answer IS NULL")
            .bind(id.as_slice())
            .bind(answer)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Gives a key back whose call was not done.
    pub async fn release_key(&self, id: &[u8; 32]) -> Result<()> {
        sqlx::query("DELETE FROM idempotency_keys WHERE id = $1 AND answer IS NULL")
            .bind(id.as_slice())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Deletes up to `limit` answers that have been kept for a day; returns how many.
    pub async fn purge_answers(&self, limit: i64) -> Result<u64> {
        let purged = sqlx::query(
            "DELETE FROM idempotency_keys WHERE id IN
                (SELECT id FROM idempotency_keys WHERE claimed < now() - make_interval(secs => $2)
                 LIMIT $1 FOR UPDATE SKIP LOCKED)",
        )
        .bind(limit)
        .bind(ANSWERS_KEPT.as_secs_f64())
        .execute(&self.pool)
        .await?;
        Ok(purged.rows_affected())
    }
}
