//! Counting open runs by domain, as far as a limit on them needs it.

use sqlx::postgres::PgPool;

use super::StoreError;

/// The open runs of every domain, each counted to `limit` at most.
///
/// # Errors
/// When Postgres fails.
pub async fn count_open_runs(pool: &PgPool, limit: u64) -> Result<Vec<(i32, u64)>, StoreError> {
    let counted: Vec<(i32, i64)> = sqlx::query_as(
        "select d.id, (select count(*) from
             (select from open_executions e where e.domain_id = d.id limit $1) counted)
         from domains d",
    )
    .bind(to_sql(limit))
    .fetch_all(pool)
    .await?;
    Ok(counted
        .into_iter()
        .map(|(domain, open)| (domain, open.unsigned_abs()))
        .collect())
}

/// The open runs of a domain, counted to `limit` at most.
///
/// # Errors
/// When Postgres fails.
pub async fn count_open_runs_of(pool: &PgPool, domain: i32, limit: u64) -> Result<u64, StoreError> {
    let open: i64 = sqlx::query_scalar(
        "select count(*) from (select from open_executions where domain_id = $1 limit $2) counted",
    )
    .bind(domain)
    .bind(to_sql(limit))
    .fetch_one(pool)
    .await?;
    Ok(open.unsigned_abs())
}

fn to_sql(limit: u64) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
