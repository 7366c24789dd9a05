//! Workflow and activity types.

use chrono::{DateTime, Utc};
use sqlx::postgres::{PgPool, PgRow};
use sqlx::types::Json;
use sqlx::{QueryBuilder, Row};

use crate::model::{RegisteredType, Timestamp, TypeKind, TypeRecord};

use super::domains::Listing;
use super::registry::{announce, status};
use super::{StoreError, from_sql, to_sql};

pub(super) const TYPES: &str =
    "select domain_id, id, kind, name, version, description, created_at, deprecated_at, defaults from types";

/// Registers a type; false when that name and version are taken.
///
/// # Errors
/// When Postgres fails.
pub async fn register_type<T: RegisteredType>(
    pool: &PgPool,
    domain: i32,
    of: &T,
    description: Option<&str>,
    defaults: &T::Defaults,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let mut transaction = pool.begin().await?;
    let done = sqlx::query(
        "insert into types (domain_id, kind, name, version, description, created_at, defaults)
         values ($1, $2, $3, $4, $5, $6, $7) on conflict (domain_id, kind, name, version) do nothing",
    )
    .bind(domain)
    .bind(kind::<T>())
    .bind(&**of.name())
    .bind(&**of.version())
    .bind(description)
    .bind(to_sql(now))
    .bind(Json(defaults))
    .execute(&mut *transaction)
    .await?;
    announce(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(done.rows_affected() > 0)
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
    query.push(" where domain_id = ").push_bind(domain);
    query.push(" and kind = ").push_bind(kind::<T>());
    query
}

/// As the table names it.
fn kind<T: RegisteredType>() -> &'static str {
    match T::KIND {
        TypeKind::Workflow => "workflow",
        TypeKind::Activity => "activity",
    }
}
