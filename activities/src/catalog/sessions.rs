//! Sessions, kept here and not in a process, so that any process can answer any request.

use std::time::Duration;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Account, Catalog, Result};

/// The most sessions that a list shows.
const SESSIONS_SHOWN_MAX: i64 = 200;

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

/// A session to be opened.
pub struct NewSession<'a> {
    /// What it is found by.
    pub token: &'a TokenDigest,
    /// Whose it is.
    pub account: Uuid,
    /// What the password was compared with: if it was changed meanwhile, no session is opened.
    pub password_hash: &'a str,
    /// How its token travels.
    pub kind: SessionKind,
    /// How long it lasts.
    pub lifetime: Duration,
    /// The network address that it is opened from.
    pub address: Option<&'a str>,
    /// What the client calls itself, at most 300 characters.
    pub user_agent: Option<&'a str>,
}

/// A session that has not expired.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Session {
    /// What its owner calls it by.
    #[sqlx(rename = "session_id")]
    pub id: Uuid,
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

/// A session as its owner sees it in a list.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct SessionRecord {
    /// What its owner calls it by.
    pub id: Uuid,
    /// How its token travels.
    pub kind: SessionKind,
    /// When it was opened.
    pub created: DateTime<Utc>,
    /// When it was last used, to the minute.
    pub last_seen: DateTime<Utc>,
    /// When it ends.
    pub expires: DateTime<Utc>,
    /// The network address that it was opened from.
    pub address: Option<String>,
    /// What the client called itself.
    pub user_agent: Option<String>,
}

impl Catalog {
    /// Opens a session and returns when it ends; none when the account has another password by now, or is being deleted.
    pub async fn create_session(&self, new: &NewSession<'_>) -> Result<Option<DateTime<Utc>>> {
        // The lock makes a change of the password wait, or be seen: no session survives it unnoticed.
        let expires = sqlx::query_scalar(
            "INSERT INTO sessions (token_digest, account_id, kind, expires, address, user_agent)
             SELECT $1::bytea, id, $3::text, now() + make_interval(secs => $4), $5::text, $6::text FROM accounts
             WHERE id = $2 AND password_hash = $7 AND deletion_begun IS NULL FOR SHARE
             RETURNING expires",
        )
        .bind(new.token.as_slice())
        .bind(new.account)
        .bind(new.kind)
        .bind(new.lifetime.as_secs_f64())
        .bind(new.address)
        .bind(new.user_agent)
        .bind(new.password_hash)
        .fetch_optional(&self.pool)
        .await?;
        Ok(expires)
    }

    /// The session of this token, unless it has expired.
    pub async fn session(&self, token: &TokenDigest) -> Result<Option<Session>> {
        let session: Option<Session> = sqlx::query_as(
            "SELECT a.*, s.id AS session_id, s.kind, s.expires,
                s.last_seen < now() - interval '1 minute' AS last_seen_is_old, coalesce(u.changes, 0) AS changes
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

    /// The sessions of an account that have not expired, the latest used first.
    pub async fn sessions(&self, account: Uuid) -> Result<Vec<SessionRecord>> {
        let sessions = sqlx::query_as(
            "SELECT id, kind, created, last_seen, expires, address, user_agent FROM sessions
             WHERE account_id = $1 AND expires > now() ORDER BY last_seen DESC, id LIMIT $2",
        )
        .bind(account)
        .bind(SESSIONS_SHOWN_MAX)
        .fetch_all(&self.pool)
        .await?;
        Ok(sessions)
    }

    /// Ends a session of an account; false when the account has no such session.
    pub async fn end_session_of(&self, account: Uuid, session: Uuid) -> Result<bool> {
        let ended = sqlx::query("DELETE FROM sessions WHERE account_id = $1 AND id = $2")
            .bind(account)
            .bind(session)
            .execute(&self.pool)
            .await?;
        Ok(ended.rows_affected() == 1)
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
