//! Runs whose deadline has passed, wherever they were last held; and Postgres's clock.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::postgres::{PgConnection, PgPool};
use uuid::Uuid;

use crate::model::{RunId, Timestamp};

use super::{StoreError, from_sql, to_sql};

/// Claims up to `max` runs whose deadline is after `from` and not after `due`, by moving it `hold` ahead: if this node
/// fails to move them, a later sweep finds them again.
///
/// # Errors
/// When Postgres fails.
pub async fn claim_due(
    pool: &PgPool,
    from: Timestamp,
    due: Timestamp,
    hold: Duration,
    max: i64,
) -> Result<Vec<(RunId, Timestamp)>, StoreError> {
    let rows: Vec<(Uuid, DateTime<Utc>)> = sqlx::query_as(
        "update open_executions set next_deadline = now() + $3 * interval '1 second'
         where run_id = any(array(
             select run_id from open_executions
             where next_deadline > $1 and next_deadline <= $2
             order by next_deadline limit $4 for update skip locked))
         returning run_id, next_deadline",
    )
    .bind(to_sql(from))
    .bind(to_sql(due))
    .bind(hold.as_secs_f64())
    .bind(max)
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|(run, deadline)| (RunId(run), from_sql(deadline)))
        .collect())
}

/// Writes the deadlines of runs that a sweep visited too early.
///
/// # Errors
/// When Postgres fails.
pub async fn set_deadlines(pool: &PgPool, deadlines: &[(RunId, Timestamp)]) -> Result<(), StoreError> {
    let mut connection = pool.acquire().await?;
    write_deadlines(&mut connection, deadlines).await
}

pub(super) async fn write_deadlines(
    on: &mut PgConnection,
    deadlines: &[(RunId, Timestamp)],
) -> Result<(), StoreError> {
    if deadlines.is_empty() {
        return Ok(());
    }
    let mut sorted = deadlines.to_vec();
    sorted.sort_unstable();
    sqlx::query(
        "update open_executions o set next_deadline = d.at
         from unnest($1::uuid[], $2::timestamptz[]) d (run_id, at)
         where o.run_id = d.run_id and o.run_id = any($1)",
    )
    .bind(sorted.iter().map(|(run, _)| run.0).collect::<Vec<_>>())
    .bind(sorted.iter().map(|(_, at)| to_sql(*at)).collect::<Vec<_>>())
    .execute(on)
    .await?;
    Ok(())
}

/// What time it is by Postgres's clock, in microseconds since 1970.
///
/// # Errors
/// When Postgres fails.
pub async fn database_time(pool: &PgPool) -> Result<i64, StoreError> {
    let now: DateTime<Utc> = sqlx::query_scalar("select clock_timestamp()")
        .fetch_one(pool)
        .await?;
    Ok(now.timestamp_micros())
}
