//! Credentials, their secrets sealed: nothing here can read one.

use chrono::{DateTime, Utc};
use sqlx::postgres::PgPool;

use crate::model::Timestamp;

use super::{StoreError, from_sql, to_sql};

/// The channel on which nodes hear that credentials changed.
pub const CREDENTIALS_CHANNEL: &str = "apus_credentials";

/// A credential.
#[derive(Clone, Debug, PartialEq)]
pub struct CredentialRecord {
    /// Its access key id.
    pub access_key: String,
    /// Its sealed secrets, the newest first. None when it is revoked.
    pub secrets: Vec<SealedSecret>,
    /// The name of its role.
    pub role: String,
    /// The domains that it is limited to; none is all.
    pub domains: Option<Vec<String>>,
    /// What its creator noted.
    pub description: Option<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it got its present secret, if that is not its first.
    pub rotated_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// A secret that can be read with the cluster's key only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedSecret {
    /// The sealed bytes.
    pub sealed: Vec<u8>,
    /// It does not count from then on; none is for ever.
    pub until: Option<Timestamp>,
}

/// A credential that is to be stored.
#[derive(Clone, Debug)]
pub struct NewCredentialRow<'a> {
    /// Its access key id.
    pub access_key: &'a str,
    /// Its sealed secret.
    pub sealed: &'a [u8],
    /// The name of its role.
    pub role: &'a str,
    /// The domains that it is limited to; none is all.
    pub domains: Option<&'a [String]>,
    /// What its creator notes.
    pub description: Option<&'a str>,
}

type Row = (
    String,
    Option<Vec<u8>>,
    Option<Vec<u8>>,
    Option<DateTime<Utc>>,
    String,
    Option<Vec<String>>,
    Option<String>,
    DateTime<Utc>,
    Option<DateTime<Utc>>,
    Option<DateTime<Utc>>,
);

/// The oldest `limit` credentials, in the order of their creation; those that are revoked only on request.
///
/// # Errors
/// When Postgres fails.
pub async fn list_credentials(
    pool: &PgPool,
    with_revoked: bool,
    limit: i64,
) -> Result<Vec<CredentialRecord>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(
        "select access_key, secret, previous_secret, previous_until, role, domains, description,
                created_at, rotated_at, revoked_at
         from credentials where $1 or revoked_at is null order by created_at, access_key limit $2",
    )
    .bind(with_revoked)
    .bind(limit)
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(record).collect())
}

fn record(row: Row) -> CredentialRecord {
    let (access_key, secret, previous, previous_until, role, domains, description, created, rotated, revoked) =
        row;
    let secret = secret.map(|sealed| SealedSecret { sealed, until: None });
    let previous = previous.zip(previous_until).map(|(sealed, until)| SealedSecret {
        sealed,
        until: Some(from_sql(until)),
    });
    CredentialRecord {
        access_key,
        secrets: secret.into_iter().chain(previous).collect(),
        role,
        domains,
        description,
        created_at: from_sql(created),
        rotated_at: rotated.map(from_sql),
        revoked_at: revoked.map(from_sql),
    }
}

/// Stores a new credential, unless `most` others count already; then false.
///
/// # Errors
/// When Postgres fails, or the access key id is taken.
pub async fn create_credential(
    pool: &PgPool,
    new: &NewCredentialRow<'_>,
    most: i64,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "insert into credentials (access_key, secret, role, domains, description, created_at)
         select $1, $2, $3, $4, $5, $6
         where (select count(*) from credentials where revoked_at is null) < $7",
    )
    .bind(new.access_key)
    .bind(new.sealed)
    .bind(new.role)
    .bind(new.domains)
    .bind(new.description)
    .bind(to_sql(now))
    .bind(most)
    .execute(pool)
    .await?;
    announce(pool, done.rows_affected()).await
}

/// Gives a credential another secret; the present one counts until `previous_until`. False when there is no such
/// credential, or it is revoked.
///
/// # Errors
/// When Postgres fails.
pub async fn rotate_credential(
    pool: &PgPool,
    access_key: &str,
    sealed: &[u8],
    previous_until: Timestamp,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update credentials
         set secret = $2, previous_secret = secret, previous_until = $3, rotated_at = $4
         where access_key = $1 and revoked_at is null",
    )
    .bind(access_key)
    .bind(sealed)
    .bind(to_sql(previous_until))
    .bind(to_sql(now))
    .execute(pool)
    .await?;
    announce(pool, done.rows_affected()).await
}

/// Revokes a credential and forgets its secrets. False when there is no such credential, or it is revoked already.
///
/// # Errors
/// When Postgres fails.
pub async fn revoke_credential(pool: &PgPool, access_key: &str, now: Timestamp) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update credentials
         set secret = null, previous_secret = null, previous_until = null, revoked_at = $2
         where access_key = $1 and revoked_at is null",
    )
    .bind(access_key)
    .bind(to_sql(now))
    .execute(pool)
    .await?;
    announce(pool, done.rows_affected()).await
}

async fn announce(pool: &PgPool, changed: u64) -> Result<bool, StoreError> {
    if changed > 0 {
        sqlx::query("select pg_notify($1, '')")
            .bind(CREDENTIALS_CHANNEL)
            .execute(pool)
            .await?;
    }
    Ok(changed > 0)
}
