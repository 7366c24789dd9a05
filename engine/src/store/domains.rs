//! Domains.

use sqlx::postgres::{PgPool, PgRow};
use sqlx::{QueryBuilder, Row};

use crate::model::{RegistrationStatus, Timestamp};

use super::registry::{announce, status};
use super::{StoreError, to_sql};

pub(super) const DOMAINS: &str = "select id, name, description, deprecated_at, retention_days from domains";

/// A registered domain.
#[derive(Clone, Debug, PartialEq)]
pub struct DomainRecord {
    /// Its row.
    pub id: i32,
    /// Its name.
    pub name: String,
    /// The registrar's words.
    pub description: Option<String>,
    /// Registered or deprecated.
    pub status: RegistrationStatus,
    /// Days that a closed run is kept; none keeps nothing.
    pub retention_days: Option<i32>,
}

/// Which part of a list of domains or types is wanted. `K` is what they are ordered by.
#[derive(Clone, Debug)]
pub struct Listing<K> {
    /// Only those of this status.
    pub status: RegistrationStatus,
    /// Only those of these names.
    pub names: Option<Vec<String>>,
    /// Only those behind this one.
    pub after: Option<K>,
    /// In descending order.
    pub reversed: bool,
    /// At most so many.
    pub limit: u32,
}

impl<K> Listing<K> {
    /// The condition on status and name, and how to go on.
    pub(super) fn restrict(&self, query: &mut QueryBuilder<sqlx::Postgres>) -> (&'static str, &'static str) {
        query.push(match self.status {
            RegistrationStatus::Registered => " and deprecated_at is null",
            RegistrationStatus::Deprecated => " and deprecated_at is not null",
        });
        if let Some(names) = &self.names {
            query.push(" and name = any(").push_bind(names.clone()).push(")");
        }
        if self.reversed {
            ("<", "desc")
        } else {
            (">", "asc")
        }
    }
}

/// Registers a domain; false when that name is taken.
///
/// # Errors
/// When Postgres fails.
pub async fn register_domain(
    pool: &PgPool,
    name: &str,
    description: Option<&str>,
    retention_days: Option<i32>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let mut transaction = pool.begin().await?;
    let done = sqlx::query(
        "insert into domains (name, description, retention_days, created_at) values ($1, $2, $3, $4)
         on conflict (name) do nothing",
    )
    .bind(name)
    .bind(description)
    .bind(retention_days)
    .bind(to_sql(now))
    .execute(&mut *transaction)
    .await?;
    announce(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(done.rows_affected() > 0)
}

/// The domain of that name.
///
/// # Errors
/// When Postgres fails.
pub async fn find_domain(pool: &PgPool, name: &str) -> Result<Option<DomainRecord>, StoreError> {
    let mut query = QueryBuilder::new(DOMAINS);
    query.push(" where name = ").push_bind(name);
    let row = query.build().fetch_optional(pool).await?;
    row.as_ref().map(domain).transpose()
}

/// Domains in the order of their names, by Unicode code points.
///
/// # Errors
/// When Postgres fails.
pub async fn list_domains(pool: &PgPool, listing: &Listing<String>) -> Result<Vec<DomainRecord>, StoreError> {
    let mut query = QueryBuilder::new(DOMAINS);
    query.push(" where true");
    let (beyond, direction) = listing.restrict(&mut query);
    if let Some(after) = &listing.after {
        query
            .push(format!(" and name collate \"C\" {beyond} "))
            .push_bind(after.clone());
    }
    query
        .push(format!(" order by name collate \"C\" {direction} limit "))
        .push_bind(i64::from(listing.limit));
    query.build().fetch_all(pool).await?.iter().map(domain).collect()
}

pub(super) fn domain(row: &PgRow) -> Result<DomainRecord, StoreError> {
    Ok(DomainRecord {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        description: row.try_get("description")?,
        status: status(row.try_get("deprecated_at")?),
        retention_days: row.try_get("retention_days")?,
    })
}
