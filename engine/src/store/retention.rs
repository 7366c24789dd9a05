//! Closed runs go when their domain's retention ends.

use std::time::Duration;

use sqlx::postgres::PgPool;
use uuid::Uuid;

use super::StoreError;

/// A closed run is kept at least so long whatever its domain says, so that no node can hold a state of it that is
/// older than its disappearance: the fence needs the rows (see `MAX_STATE_AGE` in `commit`). Calls do not see it.
pub const MIN_KEPT: Duration = Duration::from_secs(3600);

/// Deletes up to `max` runs whose retention has ended; says how many. Bounded, so that it never holds much.
///
/// # Errors
/// When Postgres fails.
pub async fn delete_expired(pool: &PgPool, max: i64) -> Result<u64, StoreError> {
    let mut transaction = pool.begin().await?;
    let runs: Vec<Uuid> = sqlx::query_scalar(
        "delete from closed_executions where run_id in (
             select e.run_id from domains d cross join lateral (
                 select run_id from closed_executions c
                 where c.domain_id = d.id
                   and c.closed_at < now() - greatest(coalesce(d.retention_days, 0) * interval '1 day',
                                                      $2 * interval '1 second')
                 order by c.closed_at limit $1 for update skip locked) e
             limit $1)
         returning run_id",
    )
    .bind(max)
    .bind(MIN_KEPT.as_secs_f64())
    .fetch_all(&mut *transaction)
    .await?;
    sqlx::query("delete from history where run_id = any($1)")
        .bind(&runs)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(runs.len() as u64)
}
