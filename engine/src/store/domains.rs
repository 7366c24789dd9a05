//! Domains.

use sqlx::postgres::{PgConnection, PgPool, PgRow};
use sqlx::{QueryBuilder, Row};

use crate::model::{RegistrationStatus, Tags, Timestamp};

use super::registry::{RegistryChange, finish, lock_domain, status};
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

/// A domain to be registered.
#[derive(Clone, Copy, Debug)]
pub struct NewDomain<'a> {
    /// Its name.
    pub name: &'a str,
    /// The registrar's words.
    pub description: Option<&'a str>,
    /// Days that a closed run is kept; none keeps nothing.
    pub retention_days: Option<u32>,
    /// Its first tags.
    pub tags: &'a Tags,
}

/// Registers a domain, unless there are `max` already. Its name is free for ever after: `WrongState` when it is taken.
///
/// # Errors
/// When Postgres fails.
pub async fn register_domain(
    pool: &PgPool,
    new: NewDomain<'_>,
    max: Option<u64>,
    now: Timestamp,
) -> Result<RegistryChange, StoreError> {
    let mut transaction = pool.begin().await?;
    if max.is_some() {
        // Two at once must not both be the last.
        sqlx::query("lock table domains in share row exclusive mode")
            .execute(&mut *transaction)
            .await?;
    }
    let inserted = sqlx::query_scalar(
        "insert into domains (name, description, retention_days, created_at) values ($1, $2, $3, $4)
         on conflict (name) do nothing returning id",
    )
    .bind(new.name)
    .bind(new.description)
    .bind(new.retention_days.map(|days| days as i32))
    .bind(to_sql(now))
    .fetch_optional(&mut *transaction)
    .await?;
    let Some(id) = inserted else {
        return Ok(RegistryChange::WrongState);
    };
    if let Some(max) = max
        && count_domains(&mut transaction).await? > max
    {
        return Ok(RegistryChange::LimitReached);
    }
    super::tags::write_tags(&mut transaction, id, new.tags).await?;
    finish(transaction, RegistryChange::Done).await
}

async fn count_domains(on: &mut PgConnection) -> Result<u64, StoreError> {
    let count: i64 = sqlx::query_scalar("select count(*) from domains")
        .fetch_one(on)
        .await?;
    Ok(count as u64)
}

/// Deprecates a domain together with its types.
///
/// # Errors
/// When Postgres fails.
pub async fn deprecate_domain(
    pool: &PgPool,
    domain: i32,
    now: Timestamp,
) -> Result<RegistryChange, StoreError> {
    let mut transaction = pool.begin().await?;
    if lock_domain(&mut transaction, domain).await? == RegistrationStatus::Deprecated {
        return Ok(RegistryChange::WrongState);
    }
    for table in [
        "update domains set deprecated_at = $2 where id = $1",
        "update types set deprecated_at = $2 where domain_id = $1 and deprecated_at is null",
    ] {
        sqlx::query(table)
            .bind(domain)
            .bind(to_sql(now))
            .execute(&mut *transaction)
            .await?;
    }
    finish(transaction, RegistryChange::Done).await
}

/// Lets a domain be used again. Its types stay deprecated: which of them were so before is not known.
///
/// # Errors
/// When Postgres fails.
pub async fn undeprecate_domain(pool: &PgPool, domain: i32) -> Result<RegistryChange, StoreError> {
    let mut transaction = pool.begin().await?;
    if lock_domain(&mut transaction, domain).await? == RegistrationStatus::Registered {
        return Ok(RegistryChange::WrongState);
    }
    sqlx::query("update domains set deprecated_at = null where id = $1")
        .bind(domain)
        .execute(&mut *transaction)
        .await?;
    finish(transaction, RegistryChange::Done).await
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
