//! The tags of domains.

use sqlx::postgres::{PgConnection, PgPool};

use crate::model::Tags;

use super::StoreError;
use super::registry::{RegistryChange, lock_domain};

/// Adds tags to a domain, in the place of those with the same keys, unless it would have more than `max` then.
///
/// # Errors
/// When Postgres fails.
pub async fn add_tags(
    pool: &PgPool,
    domain: i32,
    tags: &Tags,
    max: usize,
) -> Result<RegistryChange, StoreError> {
    let mut transaction = pool.begin().await?;
    lock_domain(&mut transaction, domain).await?;
    write_tags(&mut transaction, domain, tags).await?;
    let count: i64 = sqlx::query_scalar("select count(*) from domain_tags where domain_id = $1")
        .bind(domain)
        .fetch_one(&mut *transaction)
        .await?;
    if count as usize > max {
        return Ok(RegistryChange::LimitReached);
    }
    transaction.commit().await?;
    Ok(RegistryChange::Done)
}

/// Takes the tags with these keys from a domain, as far as it has them.
///
/// # Errors
/// When Postgres fails.
pub async fn remove_tags(pool: &PgPool, domain: i32, keys: &[String]) -> Result<(), StoreError> {
    sqlx::query("delete from domain_tags where domain_id = $1 and key = any($2)")
        .bind(domain)
        .bind(keys)
        .execute(pool)
        .await?;
    Ok(())
}

/// The tags of a domain.
///
/// # Errors
/// When Postgres fails.
pub async fn load_tags(pool: &PgPool, domain: i32) -> Result<Tags, StoreError> {
    let tags: Vec<(String, String)> =
        sqlx::query_as("select key, value from domain_tags where domain_id = $1")
            .bind(domain)
            .fetch_all(pool)
            .await?;
    Ok(tags.into_iter().collect())
}

pub(super) async fn write_tags(on: &mut PgConnection, domain: i32, tags: &Tags) -> Result<(), StoreError> {
    let (keys, values): (Vec<&str>, Vec<&str>) = tags
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .unzip();
    sqlx::query(
        "insert into domain_tags (domain_id, key, value) select $1, * from unnest($2::text[], $3::text[])
         on conflict (domain_id, key) do update set value = excluded.value",
    )
    .bind(domain)
    .bind(keys)
    .bind(values)
    .execute(on)
    .await?;
    Ok(())
}
