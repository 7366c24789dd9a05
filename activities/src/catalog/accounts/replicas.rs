//! Accounts whose home is another region, and how far the others know of ours.
//!
//! A replica is written by its home region only. Messages may come late, twice and in any order: the higher revision
//! stands, and a removed account stays removed.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Account, Plan};
use crate::catalog::{Catalog, Result, is_unique_violation};

/// An account as its home region tells of it.
#[derive(Clone)]
pub struct Replica<'a> {
    /// Its id.
    pub id: Uuid,
    /// Its e-mail address.
    pub email: &'a str,
    /// In PHC string format, Argon2id.
    pub password_hash: &'a str,
    /// What it pays for.
    pub plan: Plan,
    /// When it was created.
    pub created: DateTime<Utc>,
    /// Which state of the account this is.
    pub revision: i64,
}

/// What became of a replica that arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplicaEnd {
    /// It was written.
    Stored,
    /// This revision, or a later one, was here already; or the account was removed since.
    Known,
    /// Another account here has the e-mail address.
    AddressTaken,
    /// The account's home is not the region that tells of it. Nothing was changed.
    NotTheirs,
}

impl Catalog {
    /// Writes down what the region `home` tells of an account of its own.
    pub async fn put_replica(&self, home: &str, replica: &Replica<'_>) -> Result<ReplicaEnd> {
        let mut tx = self.pool.begin().await?;
        lock(&mut tx, replica.id).await?;
        let removed: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM removed_accounts WHERE id = $1)")
            .bind(replica.id)
            .fetch_one(&mut *tx)
            .await?;
        if removed {
            return Ok(ReplicaEnd::Known);
        }
        let written = sqlx::query(
            "INSERT INTO accounts AS a (id, email, password_hash, plan, home_region, created, revision)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (id) DO UPDATE SET email = excluded.email, password_hash = excluded.password_hash,
                plan = excluded.plan, revision = excluded.revision, modified = now()
             WHERE a.home_region = excluded.home_region AND a.revision < excluded.revision",
        )
        .bind(replica.id)
        .bind(replica.email)
        .bind(replica.password_hash)
        .bind(replica.plan)
        .bind(home)
        .bind(replica.created)
        .bind(replica.revision)
        .execute(&mut *tx)
        .await;
        let written = match written {
            Err(error) if is_unique_violation(&error) => return Ok(ReplicaEnd::AddressTaken),
            written => written?,
        };
        if written.rows_affected() == 1 {
            tx.commit().await?;
            return Ok(ReplicaEnd::Stored);
        }
        Ok(match home_of(&mut tx, replica.id).await?.as_deref() {
            Some(known) if known != home => ReplicaEnd::NotTheirs,
            _ => ReplicaEnd::Known,
        })
    }

    /// Removes the replica of an account that the region `home` has removed, for good. False, and nothing is changed,
    /// when the account's home is another region.
    pub async fn remove_replica(&self, home: &str, account: Uuid) -> Result<bool> {
        let mut tx = self.pool.begin().await?;
        lock(&mut tx, account).await?;
        if home_of(&mut tx, account)
            .await?
            .is_some_and(|known| known != home)
        {
            return Ok(false);
        }
        sqlx::query("INSERT INTO removed_accounts (id) VALUES ($1) ON CONFLICT DO NOTHING")
            .bind(account)
            .execute(&mut *tx)
            .await?;
        sqlx::query("DELETE FROM accounts WHERE id = $1")
            .bind(account)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(true)
    }

    /// All other regions have this revision of an account; any revision where there are no others. False when there is a
    /// later one by now.
    pub async fn settle_replicas(&self, account: Uuid, told: Option<i64>) -> Result<bool> {
        let settled: Option<bool> = sqlx::query_scalar(
            "UPDATE accounts SET replicated = greatest(replicated, least(coalesce($2, revision), revision))
             WHERE id = $1 AND deletion_begun IS NULL RETURNING replicated = revision",
        )
        .bind(account)
        .bind(told)
        .fetch_optional(&self.pool)
        .await?;
        Ok(settled.unwrap_or(true))
    }

    /// Notes which other regions there are. One that was not there before has to be told of every account of this
    /// region, which the reconciler sees to. Returns how many are new.
    pub async fn know_regions(&self, own: &str, others: &[String]) -> Result<u64> {
        let mut tx = self.pool.begin().await?;
        let new = sqlx::query(
            "INSERT INTO known_regions (region) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING",
        )
        .bind(others)
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if new > 0 {
            sqlx::query(
                "UPDATE accounts SET replicated = 0, next_check = now()
                 WHERE home_region = $1 AND deletion_begun IS NULL",
            )
            .bind(own)
            .execute(&mut *tx)
            .await?;
        }
        // One that is gone and comes back has missed what happened meanwhile.
        sqlx::query("DELETE FROM known_regions WHERE region <> ALL($1)")
            .bind(others)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(new)
    }

    /// Notes a request of another region; false when it was accepted before. It is remembered for `keep`.
    pub async fn accept_nonce(&self, region: &str, nonce: &str, keep: Duration) -> Result<bool> {
        let accepted = sqlx::query(
            "INSERT INTO region_nonces (region, nonce, expires)
             VALUES ($1, $2, now() + make_interval(secs => $3)) ON CONFLICT DO NOTHING",
        )
        .bind(region)
        .bind(nonce)
        .bind(keep.as_secs_f64())
        .execute(&self.pool)
        .await?;
        Ok(accepted.rows_affected() == 1)
    }

    /// Forgets up to `limit` requests whose date would be refused anyway; returns how many.
    pub async fn purge_nonces(&self, limit: i64) -> Result<u64> {
        let purged = sqlx::query(
            "DELETE FROM region_nonces WHERE (region, nonce) IN
                (SELECT region, nonce FROM region_nonces WHERE expires <= now() LIMIT $1 FOR UPDATE SKIP LOCKED)",
        )
        .bind(limit)
        .execute(&self.pool)
        .await?;
        Ok(purged.rows_affected())
    }
}

impl<'a> From<&'a Account> for Replica<'a> {
    fn from(account: &'a Account) -> Self {
        Self {
            id: account.id,
            email: &account.email,
            password_hash: &account.password_hash,
            plan: account.plan,
            created: account.created,
            revision: account.revision,
        }
    }
}

/// Has whoever writes or removes this replica wait for each other: a late message must see that the account was removed.
async fn lock(connection: &mut PgConnection, account: Uuid) -> Result<()> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))")
        .bind(account.to_string())
        .execute(connection)
        .await?;
    Ok(())
}

async fn home_of(connection: &mut PgConnection, account: Uuid) -> Result<Option<String>> {
    let home = sqlx::query_scalar("SELECT home_region FROM accounts WHERE id = $1")
        .bind(account)
        .fetch_optional(connection)
        .await?;
    Ok(home)
}
