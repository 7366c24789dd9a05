//! Rows of tasks that wait for a poller.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::Row;
use sqlx::postgres::{PgConnection, PgPool};
use uuid::Uuid;

use crate::model::{EventId, RunId, TaskPriority, Text};

use super::turn::TaskKey;
use super::{StoreError, from_sql};
use crate::model::Timestamp;

/// Who takes a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TaskKind {
    /// A decider.
    Decision = 0,
    /// An activity worker.
    Activity = 1,
}

/// A waiting task that this node may hand out for a while.
#[derive(Clone, Debug)]
pub struct ClaimedTask {
    /// The task.
    pub key: TaskKey,
    /// Its priority.
    pub priority: TaskPriority,
    /// When it was scheduled.
    pub scheduled_at: Timestamp,
}

/// Claims up to `max` waiting tasks of a list for `hold`, highest priority first, then oldest. Rows that other nodes
/// are claiming at this moment are skipped, not waited for.
///
/// # Errors
/// When Postgres fails.
pub async fn claim_tasks(
    pool: &PgPool,
    domain: i32,
    kind: TaskKind,
    task_list: &str,
    max: i64,
    hold: Duration,
) -> Result<Vec<ClaimedTask>, StoreError> {
    let rows = sqlx::query(
        "with c as (select run_id, scheduled_event_id from tasks
                    where domain_id = $1 and kind = $2 and task_list = $3 and claimed_until <= now()
                    order by priority desc, scheduled_at limit $4 for update skip locked)
         update tasks t set claimed_until = now() + $5 * interval '1 second' from c
         where t.run_id = c.run_id and t.scheduled_event_id = c.scheduled_event_id
           and t.run_id = any(array(select run_id from c))
         returning t.run_id, t.scheduled_event_id, t.priority, t.scheduled_at",
    )
    .bind(domain)
    .bind(kind as i16)
    .bind(task_list)
    .bind(max)
    .bind(hold.as_secs_f64())
    .fetch_all(pool)
    .await?;
    rows.iter()
        .map(|row| {
            let run = RunId(row.try_get::<Uuid, _>(0)?);
            let scheduled_event_id = row.try_get::<i32, _>(1)? as EventId;
            Ok(ClaimedTask {
                key: TaskKey {
                    run,
                    scheduled_event_id,
                },
                priority: TaskPriority(row.try_get(2)?),
                scheduled_at: from_sql(row.try_get::<DateTime<Utc>, _>(3)?),
            })
        })
        .collect()
}

/// How many tasks of a list wait.
///
/// # Errors
/// When Postgres fails.
pub async fn count_tasks(
    pool: &PgPool,
    domain: i32,
    kind: TaskKind,
    task_list: &Text,
) -> Result<u64, StoreError> {
    let count: i64 = sqlx::query_scalar(
        "select count(*) from tasks where domain_id = $1 and kind = $2 and task_list = $3",
    )
    .bind(domain)
    .bind(kind as i16)
    .bind(&**task_list)
    .fetch_one(pool)
    .await?;
    Ok(count as u64)
}

/// Removes rows of tasks that turned out to wait no longer.
///
/// # Errors
/// When Postgres fails.
pub async fn discard_tasks(pool: &PgPool, keys: &[TaskKey]) -> Result<(), StoreError> {
    let mut connection = pool.acquire().await?;
    let keys = keys
        .iter()
        .map(|key| (key.run.0, key.scheduled_event_id as i32))
        .collect();
    delete_tasks(&mut connection, keys).await
}

pub(super) async fn delete_tasks(
    on: &mut PgConnection,
    mut keys: Vec<(Uuid, i32)>,
) -> Result<(), StoreError> {
    if keys.is_empty() {
        return Ok(());
    }
    keys.sort_unstable();
    let (runs, tasks): (Vec<Uuid>, Vec<i32>) = keys.into_iter().unzip();
    sqlx::query(
        "delete from tasks t using unnest($1::uuid[], $2::int4[]) k (run_id, task)
         where t.run_id = k.run_id and t.scheduled_event_id = k.task and t.run_id = any($1)",
    )
    .bind(runs)
    .bind(tasks)
    .execute(on)
    .await?;
    Ok(())
}
