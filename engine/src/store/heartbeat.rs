//! Heartbeats of activities that run for long. They write no event; the latest of each is kept here.

use chrono::{DateTime, Utc};
use sqlx::postgres::PgPool;

use crate::model::{Data, EventId, RunId, Timestamp};

use super::{StoreError, from_sql, to_sql};

/// The latest heartbeat of an activity task.
#[derive(Clone, Debug, PartialEq)]
pub struct Heartbeat {
    /// The run.
    pub run: RunId,
    /// The task's `ActivityTaskScheduled`.
    pub scheduled_event_id: EventId,
    /// The task's `ActivityTaskStarted`.
    pub started_event_id: EventId,
    /// When.
    pub at: Timestamp,
    /// What the worker said.
    pub details: Option<Data>,
}

/// Saves heartbeats, each unless a later one is saved already.
///
/// # Errors
/// When Postgres fails.
pub async fn save_heartbeats(pool: &PgPool, beats: &[Heartbeat]) -> Result<(), StoreError> {
    let mut beats: Vec<_> = beats.iter().collect();
    beats.sort_unstable_by_key(|beat| (beat.run, beat.scheduled_event_id));
    sqlx::query(
        "insert into heartbeats (run_id, scheduled_event_id, started_event_id, beat_at, details)
         select b.* from unnest($1::uuid[], $2::int4[], $3::int4[], $4::timestamptz[], $5::text[])
              b (run_id, task, started, at, details)
         where exists (select from open_executions o where o.run_id = b.run_id offset 0)
         on conflict (run_id, scheduled_event_id) do update
         set started_event_id = excluded.started_event_id, beat_at = excluded.beat_at,
             details = excluded.details
         where heartbeats.beat_at < excluded.beat_at",
    )
    .bind(beats.iter().map(|beat| beat.run.0).collect::<Vec<_>>())
    .bind(
        beats
            .iter()
            .map(|beat| beat.scheduled_event_id as i32)
            .collect::<Vec<_>>(),
    )
    .bind(
        beats
            .iter()
            .map(|beat| beat.started_event_id as i32)
            .collect::<Vec<_>>(),
    )
    .bind(beats.iter().map(|beat| to_sql(beat.at)).collect::<Vec<_>>())
    .bind(
        beats
            .iter()
            .map(|beat| beat.details.as_deref())
            .collect::<Vec<_>>(),
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// The saved heartbeats of a run.
///
/// # Errors
/// When Postgres fails.
pub async fn load_heartbeats(pool: &PgPool, run: RunId) -> Result<Vec<Heartbeat>, StoreError> {
    let rows: Vec<(i32, i32, DateTime<Utc>, Option<String>)> = sqlx::query_as(
        "select scheduled_event_id, started_event_id, beat_at, details from heartbeats where run_id = $1",
    )
    .bind(run.0)
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|(scheduled, started, at, details)| Heartbeat {
            run,
            scheduled_event_id: scheduled as EventId,
            started_event_id: started as EventId,
            at: from_sql(at),
            details: details.map(Into::into),
        })
        .collect())
}
