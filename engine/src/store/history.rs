//! Reading histories back.

use chrono::{DateTime, Utc};
use sqlx::postgres::PgPool;

use crate::core::Execution;
use crate::model::{Event, EventId, RunId, Text, Timestamp, WorkflowExecution};

use super::{StoreError, codec, from_sql, heartbeat};

/// A run as the database has it.
#[derive(Debug)]
pub struct StoredRun {
    /// Its state, heartbeats included.
    pub execution: Execution,
    /// Its whole history.
    pub events: Vec<Event>,
    /// Its domain.
    pub domain: i32,
    /// The deadline that its row holds; none once it is closed.
    pub stored_deadline: Option<Timestamp>,
}

/// The events of a run from `from` on, oldest first. Empty when there is no such run.
///
/// # Errors
/// When Postgres fails or a row can't be decoded.
pub async fn read_history(pool: &PgPool, run: RunId, from: EventId) -> Result<Vec<Event>, StoreError> {
    // A row holds several events: the one before `from` may reach beyond it.
    let rows: Vec<(i32, Vec<u8>)> = sqlx::query_as(
        "select first_event_id, events from history
         where run_id = $1 and first_event_id >= coalesce(
               (select max(first_event_id) from history where run_id = $1 and first_event_id <= $2), 0)
         order by first_event_id",
    )
    .bind(run.0)
    .bind(i32::try_from(from).unwrap_or(i32::MAX))
    .fetch_all(pool)
    .await?;
    let mut events = Vec::new();
    for (first, row) in rows {
        events.extend(codec::decode_events(&row, first as EventId)?);
    }
    events.retain(|event| event.id >= from);
    Ok(events)
}

/// At most `limit` events of a run from `from` on, oldest or newest first. Empty when there is no such run.
///
/// # Errors
/// When Postgres fails or a row can't be decoded.
pub async fn read_history_page(
    pool: &PgPool,
    run: RunId,
    from: Option<EventId>,
    limit: usize,
    newest_first: bool,
) -> Result<Vec<Event>, StoreError> {
    // Every row holds an event at least, so `limit` rows are enough.
    let (query, from) = if newest_first {
        let query = "select first_event_id, events from history where run_id = $1 and first_event_id <= $2
                     order by first_event_id desc limit $3";
        (query, from.unwrap_or(EventId::MAX))
    } else {
        let query = "select first_event_id, events from history
                     where run_id = $1 and first_event_id >= coalesce(
                           (select max(first_event_id) from history where run_id = $1 and first_event_id <= $2), 0)
                     order by first_event_id limit $3";
        (query, from.unwrap_or(1))
    };
    let rows: Vec<(i32, Vec<u8>)> = sqlx::query_as(query)
        .bind(run.0)
        .bind(i32::try_from(from).unwrap_or(i32::MAX))
        .bind(limit as i64)
        .fetch_all(pool)
        .await?;
    let mut events = Vec::new();
    for (first, row) in rows {
        let decoded = codec::decode_events(&row, first as EventId)?;
        if newest_first {
            events.extend(decoded.into_iter().rev().filter(|event| event.id <= from));
        } else {
            events.extend(decoded.into_iter().filter(|event| event.id >= from));
        }
        if events.len() >= limit {
            break;
        }
    }
    events.truncate(limit);
    Ok(events)
}

/// Folds a run's history. None when there is no such run.
///
/// # Errors
/// When Postgres fails or the history is damaged.
pub async fn load_run(pool: &PgPool, run: RunId) -> Result<Option<StoredRun>, StoreError> {
    let row: Option<(i32, String, String, Option<DateTime<Utc>>)> = sqlx::query_as(
        "select e.domain_id, d.name, e.workflow_id, e.next_deadline
         from (select domain_id, workflow_id, next_deadline from open_executions where run_id = $1
               union all
               select domain_id, workflow_id, null from closed_executions where run_id = $1) e
         join domains d on d.id = e.domain_id limit 1",
    )
    .bind(run.0)
    .fetch_optional(pool)
    .await?;
    let Some((domain, domain_name, workflow_id, stored_deadline)) = row else {
        return Ok(None);
    };
    let events = read_history(pool, run, 1).await?;
    let id = WorkflowExecution {
        workflow_id: workflow_id.into(),
        run_id: run,
    };
    let mut execution = Execution::from_history(Text::from(domain_name), id, &events)
        .map_err(|error| StoreError::CorruptHistory(run, error.to_string()))?;
    if execution
        .activities
        .values()
        .any(|activity| activity.is_started())
    {
        for beat in heartbeat::load_heartbeats(pool, run).await? {
            // A beat of an earlier attempt is refused; that is what is wanted.
            let _ = crate::core::heartbeat(
                &mut execution,
                beat.scheduled_event_id,
                beat.started_event_id,
                beat.details,
                beat.at,
            );
        }
    }
    Ok(Some(StoredRun {
        execution,
        events,
        domain,
        stored_deadline: stored_deadline.map(from_sql),
    }))
}
