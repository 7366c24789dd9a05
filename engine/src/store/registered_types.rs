//! Workflow and activity types.

use chrono::{DateTime, Utc};
use sqlx::postgres::{PgConnection, PgPool, PgRow};
use sqlx::types::Json;
use sqlx::{QueryBuilder, Row};

use crate::model::{RegisteredType, RegistrationStatus, Timestamp, TypeRecord};

use super::domains::Listing;
use super::registry::{RegistryChange, finish, lock_domain, status};
use super::{StoreError, from_sql, to_sql};

pub(super) const TYPES: &str =
    "select domain_id, id, kind, name, version, description, created_at, deprecated_at,
    deleted_at is not null as deleted, defaults from types";

/// A type to be registered.
#[derive(Debug)]
pub struct NewType<'a, T: RegisteredType> {
    /// Its name and version.
    pub of: &'a T,
    /// The registrar's words.
    pub description: Option<&'a str>,
    /// Its defaults.
    pub defaults: &'a T::Defaults,
}

/// Registers a type, unless the domain has `max` of its kind already. `WrongState` when name and version are taken.
///
/// # Errors
/// When Postgres fails.
pub async fn register_type<T: RegisteredType>(
    pool: &PgPool,
    domain: i32,
    new: NewType<'_, T>,
    max: u64,
    now: Timestamp,
) -> Result<RegistryChange, StoreError> {
    let mut transaction = pool.begin().await?;
    if lock_domain(&mut transaction, domain).await? == RegistrationStatus::Deprecated {
        return Ok(RegistryChange::DomainDeprecated);
    }
    // A deleted type has a row still, which runs point to.
    let done = sqlx::query(
        "insert into types (domain_id, kind, name, version, description, created_at, defaults)
         values ($1, $2, $3, $4, $5, $6, $7) on conflict (domain_id, kind, name, version) do update
         set description = excluded.description, created_at = excluded.created_at,
             defaults = excluded.defaults, deprecated_at = null, deleted_at = null
         where types.deleted_at is not null",
    )
    .bind(domain)
    .bind(T::KIND.as_str())
    .bind(&**new.of.name())
    .bind(&**new.of.version())
    .bind(new.description)
    .bind(to_sql(now))
    .bind(Json(new.defaults))
    .execute(&mut *transaction)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(RegistryChange::WrongState);
    }
    if count::<T>(&mut transaction, domain).await? > max {
        return Ok(RegistryChange::LimitReached);
    }
    finish(transaction, RegistryChange::Done).await
}

async fn count<T: RegisteredType>(on: &mut PgConnection, domain: i32) -> Result<u64, StoreError> {
    let count: i64 = sqlx::query_scalar(
        "select count(*) from types where domain_id = $1 and kind = $2 and deleted_at is null",
    )
    .bind(domain)
    .bind(T::KIND.as_str())
    .fetch_one(on)
    .await?;
    Ok(count as u64)
}

/// What can become of a registered type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypeStep {
    /// A registered one is deprecated.
    Deprecate,
    /// A deprecated one is registered again.
    Undeprecate,
    /// A deprecated one goes; its row stays for the runs that point to it.
    Delete,
}

/// Takes a type one step on. `WrongState` when it is not where the step begins.
///
/// # Errors
/// When Postgres fails.
pub async fn step_type<T: RegisteredType>(
    pool: &PgPool,
    domain: i32,
    of: &T,
    step: TypeStep,
    now: Timestamp,
) -> Result<RegistryChange, StoreError> {
    let mut transaction = pool.begin().await?;
    let domain_status = lock_domain(&mut transaction, domain).await?;
    let found: Option<(i32, Option<DateTime<Utc>>)> = sqlx::query_as(
        "select id, deprecated_at from types
         where domain_id = $1 and kind = $2 and name = $3 and version = $4 and deleted_at is null",
    )
    .bind(domain)
    .bind(T::KIND.as_str())
    .bind(&**of.name())
    .bind(&**of.version())
    .fetch_optional(&mut *transaction)
    .await?;
    let Some((id, deprecated_at)) = found else {
        return Ok(RegistryChange::Unknown);
    };
    let (from, deprecated, deleted) = match step {
        TypeStep::Deprecate => (RegistrationStatus::Registered, Some(to_sql(now)), None),
        TypeStep::Undeprecate => (RegistrationStatus::Deprecated, None, None),
        TypeStep::Delete => (RegistrationStatus::Deprecated, deprecated_at, Some(to_sql(now))),
    };
    if status(deprecated_at) != from {
        return Ok(RegistryChange::WrongState);
    }
    if step == TypeStep::Undeprecate && domain_status == RegistrationStatus::Deprecated {
        return Ok(RegistryChange::DomainDeprecated);
    }
    sqlx::query("update types set deprecated_at = $2, deleted_at = $3 where id = $1")
        .bind(id)
        .bind(deprecated)
        .bind(deleted)
        .execute(&mut *transaction)
        .await?;
    finish(transaction, RegistryChange::Done).await
}

/// A type, registered or deprecated.
///
/// # Errors
/// When Postgres fails.
pub async fn find_type<T: RegisteredType>(
    pool: &PgPool,
    domain: i32,
    of: &T,
) -> Result<Option<TypeRecord<T::Defaults>>, StoreError> {
    let mut query = of_kind::<T>(domain);
    query.push(" and name = ").push_bind(of.name().to_string());
    query.push(" and version = ").push_bind(of.version().to_string());
    let row = query.build().fetch_optional(pool).await?;
    let found = row.as_ref().map(registered_type::<T>).transpose()?;
    Ok(found.map(|(_, record)| record))
}

/// Types in the order of their names and versions, by Unicode code points.
///
/// # Errors
/// When Postgres fails.
pub async fn list_types<T: RegisteredType>(
    pool: &PgPool,
    domain: i32,
    listing: &Listing<T>,
) -> Result<Vec<(T, TypeRecord<T::Defaults>)>, StoreError> {
    const ORDER: &str = "name collate \"C\"";
    let mut query = of_kind::<T>(domain);
    let (beyond, direction) = listing.restrict(&mut query);
    if let Some(after) = &listing.after {
        query.push(format!(" and ({ORDER}, version collate \"C\") {beyond} ("));
        query.push_bind(after.name().to_string()).push(", ");
        query.push_bind(after.version().to_string()).push(")");
    }
    query
        .push(format!(
            " order by {ORDER} {direction}, version collate \"C\" {direction} limit "
        ))
        .push_bind(i64::from(listing.limit));
    let rows = query.build().fetch_all(pool).await?;
    rows.iter().map(registered_type).collect()
}

/// The type in a row, which must be of that kind.
pub(super) fn registered_type<T: RegisteredType>(
    row: &PgRow,
) -> Result<(T, TypeRecord<T::Defaults>), StoreError> {
    let deprecated: Option<DateTime<Utc>> = row.try_get("deprecated_at")?;
    let Json(defaults) = row.try_get("defaults")?;
    let record = TypeRecord {
        status: status(deprecated),
        description: row.try_get::<Option<String>, _>("description")?.map(Into::into),
        created: from_sql(row.try_get("created_at")?),
        deprecated: deprecated.map(from_sql),
        defaults,
    };
    let (name, version): (String, String) = (row.try_get("name")?, row.try_get("version")?);
    Ok((T::named(name.into(), version.into()), record))
}

fn of_kind<T: RegisteredType>(domain: i32) -> QueryBuilder<sqlx::Postgres> {
    let mut query = QueryBuilder::new(TYPES);
    query
        .push(" where deleted_at is null and domain_id = ")
        .push_bind(domain);
    query.push(" and kind = ").push_bind(T::KIND.as_str());
    query
}
