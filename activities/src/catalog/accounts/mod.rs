//! Accounts: who may log in, and what they pay for.
//!
//! Every change of an account is followed by work elsewhere: in the index, in other regions. What has to follow is
//! written down with the change itself (`revision`, `index_wanted`, `deletion_begun`), so that it is not lost with an
//! event; [`Catalog::claim_unsettled_accounts`] finds what was forgotten.

mod changes;
mod deletion;
mod replicas;
mod unsettled;

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Catalog, CatalogError, Result, is_unique_violation, to_bigint};

pub use changes::PlanChange;
pub use replicas::{Replica, ReplicaEnd};
pub use unsettled::UnsettledAccount;

/// How long after a change it is looked whether what follows it was forgotten.
pub(super) const CHECK_AFTER: Duration = Duration::from_secs(2 * 60);

/// What an account pays for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Plan {
    /// Little storage; documents are found by name, date and tag.
    Free,
    /// More storage, and the full text of every document.
    Premium,
}

/// A customer's account.
#[derive(Clone, sqlx::FromRow)]
pub struct Account {
    /// Time-ordered and public: it is part of object keys.
    pub id: Uuid,
    /// As typed at sign-up; compared without regard to case.
    pub email: String,
    /// In PHC string format, Argon2id.
    pub password_hash: String,
    /// What the account pays for.
    pub plan: Plan,
    /// The region where the account was created and its documents stay.
    pub home_region: String,
    /// When it was created.
    pub created: DateTime<Utc>,
    /// Grows with every change that other regions have to know.
    pub revision: i64,
    /// Grows when the account's documents have to be indexed anew.
    pub index_wanted: i64,
    /// When its owner asked for its deletion: it is being removed everywhere.
    pub deletion_begun: Option<DateTime<Utc>>,
}

impl std::fmt::Debug for Account {
    // Logs and panics must not show the password's hash.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account")
            .field("id", &self.id)
            .field("plan", &self.plan)
            .finish_non_exhaustive()
    }
}

/// An account to be created.
pub struct NewAccount<'a> {
    /// Its id, version 7.
    pub id: Uuid,
    /// At most 254 characters.
    pub email: &'a str,
    /// In PHC string format, Argon2id.
    pub password_hash: &'a str,
    /// What it pays for.
    pub plan: Plan,
    /// The region of this deployment.
    pub home_region: &'a str,
}

impl Catalog {
    /// Creates an account with nothing stored, or fails with [`CatalogError::EmailTaken`].
    pub async fn create_account(&self, new: &NewAccount<'_>) -> Result<Account> {
        let mut tx = self.pool.begin().await?;
        let account = sqlx::query_as::<_, Account>(
            "INSERT INTO accounts (id, email, password_hash, plan, home_region, next_check)
             VALUES ($1, $2, $3, $4, $5, now() + make_interval(secs => $6)) RETURNING *",
        )
        .bind(new.id)
        .bind(new.email)
        .bind(new.password_hash)
        .bind(new.plan)
        .bind(new.home_region)
        .bind(CHECK_AFTER.as_secs_f64())
        .fetch_one(&mut *tx)
        .await
        .map_err(|error| {
            if is_unique_violation(&error) {
                CatalogError::EmailTaken
            } else {
                error.into()
            }
        })?;
        sqlx::query("INSERT INTO account_usage (account_id, quota_bytes) VALUES ($1, $2)")
            .bind(new.id)
            .bind(to_bigint(self.quotas.of(new.plan)))
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(account)
    }

    /// The account with this id, or [`CatalogError::NoSuchAccount`].
    pub async fn account(&self, id: Uuid) -> Result<Account> {
        sqlx::query_as("SELECT * FROM accounts WHERE id = $1")
            .bind(id)
            .fetch_optional(&self.pool)
            .await?
            .ok_or(CatalogError::NoSuchAccount)
    }

    /// The account with this e-mail address, however capitalised; not one that is being deleted.
    pub async fn account_by_email(&self, email: &str) -> Result<Option<Account>> {
        let account = sqlx::query_as(
            "SELECT * FROM accounts WHERE lower(email) = lower($1) AND deletion_begun IS NULL",
        )
        .bind(email)
        .fetch_optional(&self.pool)
        .await?;
        Ok(account)
    }
}
