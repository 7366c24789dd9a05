//! Sessions, kept here and not in a process, so that any process can answer any request.

use std::time::Duration;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Account, Catalog, Result};

/// SHA-256 of a session's token.
pub type TokenDigest = [u8; 32];

/// How a session's token travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum SessionKind {
    /// In a cookie that the browser sends by itself, so changes need a CSRF token too.
    Cookie,
    /// In the `Authorization` header, which no browser sends by itself.
    Bearer,
}

/// A session that has not expired.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Session {
    /// Whose it is.
    #[sqlx(flatten)]
    pub account: Account,
    /// How its token travels.
    pub kind: SessionKind,
    /// When it ends.
    pub expires: DateTime<Utc>,
    /// How often something has changed that the account's lists of documents show.
    pub changes: i64,
    last_seen_is_old: bool,
}

impl Catalog {
    /// Opens a session that ends after `lifetime`; returns when.
    pub async fn create_session(
        &self,
        token: &TokenDigest,
        account: Uuid,
        kind: SessionKind,
        lifetime: Duration,
    ) -> Result<DateTime<Utc>> {
        let expires = sqlx::query_scalar(
            "INSERT INTO sessions (token_digest, account_id, kind, expires)
             VALUES ($1, $2, $3, now() + make_interval(secs => $4)) RETURNING expires",
        )
        .bind(token.as_slice())
        .bind(account)
        .bind(kind)
        .bind(lifetime.as_secs_f64())
        .fetch_one(&self.pool)
        .await?;
        Ok(expires)
    }

    /// The session of this token, unless it has expired.
    pub async fn session(&self, token: &TokenDigest) -> Result<Option<Session>> {
        let session: Option<Session> = sqlx::query_as(
            "SELECT a.*, s.kind, s.expires, s.last_seen < now() - interval '1 minute' AS last_seen_is_old,
                coalesce(u.changes, 0) AS changes
             FROM sessions s JOIN accounts a ON a.id = s.account_id LEFT JOIN account_usage u ON u.account_id = a.id
             WHERE s.token_digest = $1 AND s.expires > now()",
        )
        .bind(token.as_slice())
        .fetch_optional(&self.pool)
        .await?;
        // Written once a minute at most: a write on every request would cost more than the request.
        if session.as_ref().is_some_and(|session| session.last_seen_is_old) {
            sqlx::query("UPDATE sessions SET last_seen = now() WHERE token_digest = $1")
                .bind(token.as_slice())
                .execute(&self.pool)
                .await?;
        }
        Ok(session)
    }

    /// Ends the session of this token; ending it again is fine.
    pub async fn end_session(&self, token: &TokenDigest) -> Result<()> {
        sqlx::query("DELETE FROM sessions WHERE token_digest = $1")
            .bind(token.as_slice())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Deletes up to `limit` sessions that have expired; returns how many.
    pub async fn purge_expired_sessions(&self, limit: i64) -> Result<u64> {
        let purged = sqlx::query(
            "DELETE FROM sessions WHERE token_digest IN
                (SELECT token_digest FROM sessions WHERE expires <= now() LIMIT $1 FOR UPDATE SKIP LOCKED)",
        )
        .bind(limit)
        .execute(&self.pool)
        .await?;
        Ok(purged.rows_affected())
    }
}
