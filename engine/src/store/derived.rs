//! What follows from a turn that has won, beyond its run's beginning and end: the run that continues it, tasks and
//! messages added and removed, deadlines.

use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::turn::{CloseRow, OpenRow, SuccessorRow, Turn};
use super::{StoreError, to_sql};

/// The channel on which nodes tell each other of tasks that wait.
pub const TASKS_CHANNEL: &str = "apus_tasks";

/// Writes all that depends on the turns that have won, in the order of their runs.
pub async fn write(on: &mut PgConnection, won: &[&Turn]) -> Result<(), StoreError> {
    continue_runs(on, won).await?;
    mark_cancel_requested(on, won).await?;
    set_deadlines(on, won).await?;
    remove_tasks(on, won).await?;
    add_tasks(on, won).await?;
    remove_messages(on, won).await?;
    add_messages(on, won).await?;
    remove_heartbeats(on, won).await
}

/// Tags as an array literal: arrays of arrays can't differ in length, so each goes as text.
pub fn tags_literal(row: &OpenRow) -> Option<String> {
    let quoted = |tag: &String| format!("\"{}\"", tag.replace('\\', "\\\\").replace('"', "\\\""));
    row.tags
        .as_ref()
        .map(|tags| format!("{{{}}}", tags.iter().map(quoted).collect::<Vec<_>>().join(",")))
}

/// The successor takes over the open row, so no other run can come in between.
async fn continue_runs(on: &mut PgConnection, won: &[&Turn]) -> Result<(), StoreError> {
    for turn in won {
        if let (Some(successor), Some(close)) = (&turn.successor, &turn.closes) {
            continue_run(on, turn.run.0, close, successor).await?;
        }
    }
    Ok(())
}

async fn continue_run(
    on: &mut PgConnection,
    old: Uuid,
    close: &CloseRow,
    successor: &SuccessorRow,
) -> Result<(), StoreError> {
    sqlx::query(
        "with beats as (delete from heartbeats where run_id = $1)
         insert into closed_executions
         select run_id, domain_id, workflow_id, type_id, started_at, $2, $3, tags, parent_run_id
         from open_executions where run_id = $1",
    )
    .bind(old)
    .bind(to_sql(close.at))
    .bind(close.status as i16)
    .execute(&mut *on)
    .await?;
    sqlx::query(
        "update open_executions set run_id = $2, type_id = $3, started_at = $4, next_deadline = $5,
                tags = $6::text[], parent_run_id = $7, cancel_requested = false
         where run_id = $1",
    )
    .bind(old)
    .bind(successor.run.0)
    .bind(successor.row.workflow_type)
    .bind(to_sql(successor.row.started_at))
    .bind(to_sql(successor.row.deadline))
    .bind(tags_literal(&successor.row))
    .bind(successor.row.parent.map(|run| run.0))
    .execute(&mut *on)
    .await?;
    sqlx::query("insert into history (run_id, first_event_id, events) values ($1, 1, $2)")
        .bind(successor.run.0)
        .bind(&successor.events)
        .execute(on)
        .await?;
    Ok(())
}

/// Lists show it; the run itself knows it from its history.
async fn mark_cancel_requested(on: &mut PgConnection, won: &[&Turn]) -> Result<(), StoreError> {
    let asked: Vec<Uuid> = won
        .iter()
        .filter(|turn| turn.cancel_requested)
        .map(|turn| turn.run.0)
        .collect();
    if !asked.is_empty() {
        sqlx::query("update open_executions set cancel_requested = true where run_id = any($1)")
            .bind(asked)
            .execute(on)
            .await?;
    }
    Ok(())
}

async fn set_deadlines(on: &mut PgConnection, won: &[&Turn]) -> Result<(), StoreError> {
    let changed: Vec<_> = won
        .iter()
        .filter_map(|turn| Some((turn.run, turn.deadline?)))
        .collect();
    super::sweep::write_deadlines(on, &changed).await
}

async fn remove_tasks(on: &mut PgConnection, won: &[&Turn]) -> Result<(), StoreError> {
    let keys: Vec<(Uuid, i32)> = won
        .iter()
        .flat_map(|turn| turn.tasks_removed.iter().map(|task| (turn.run.0, *task as i32)))
        .collect();
    super::tasks::delete_tasks(on, keys).await
}

async fn add_tasks(on: &mut PgConnection, won: &[&Turn]) -> Result<(), StoreError> {
    let added = won
        .iter()
        .flat_map(|turn| turn.tasks_added.iter().map(|task| (turn.run.0, task)));
    let continued = won.iter().filter_map(|turn| turn.successor.as_ref());
    let rows: Vec<_> = added
        .chain(continued.map(|successor| (successor.run.0, &successor.task)))
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into tasks (run_id, scheduled_event_id, domain_id, kind, task_list, priority, scheduled_at)
         select * from unnest($1::uuid[], $2::int4[], $3::int4[], $4::int2[], $5::text[], $6::int4[],
                              $7::timestamptz[])",
    )
    .bind(rows.iter().map(|(run, _)| *run).collect::<Vec<_>>())
    .bind(
        rows.iter()
            .map(|(_, task)| task.scheduled_event_id as i32)
            .collect::<Vec<_>>(),
    )
    .bind(rows.iter().map(|(_, task)| task.domain).collect::<Vec<_>>())
    .bind(rows.iter().map(|(_, task)| task.kind as i16).collect::<Vec<_>>())
    .bind(rows.iter().map(|(_, task)| &*task.task_list).collect::<Vec<_>>())
    .bind(rows.iter().map(|(_, task)| task.priority.0).collect::<Vec<_>>())
    .bind(
        rows.iter()
            .map(|(_, task)| to_sql(task.scheduled_at))
            .collect::<Vec<_>>(),
    )
    .execute(&mut *on)
    .await?;
    // One wake-up a batch; it is sent only if the batch commits.
    sqlx::query("select pg_notify($1, '')")
        .bind(TASKS_CHANNEL)
        .execute(on)
        .await?;
    Ok(())
}

async fn remove_messages(on: &mut PgConnection, won: &[&Turn]) -> Result<(), StoreError> {
    let ids: Vec<_> = won
        .iter()
        .flat_map(|turn| &turn.messages_consumed)
        .copied()
        .collect();
    super::outbox::delete_messages(on, &ids).await
}

async fn add_messages(on: &mut PgConnection, won: &[&Turn]) -> Result<(), StoreError> {
    let rows: Vec<_> = won.iter().flat_map(|turn| &turn.messages_sent).collect();
    if rows.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into outbox (source_run_id, source_event_id, number, domain_id, body, claimed_until)
         select * from unnest($1::uuid[], $2::int4[], $3::int4[], $4::int4[], $5::bytea[], $6::timestamptz[])",
    )
    .bind(rows.iter().map(|row| row.id.source.0).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.id.event as i32).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.id.number as i32).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.domain).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.body.as_slice()).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| to_sql(row.claimed_until)).collect::<Vec<_>>())
    .execute(on)
    .await?;
    Ok(())
}

async fn remove_heartbeats(on: &mut PgConnection, won: &[&Turn]) -> Result<(), StoreError> {
    let (runs, tasks): (Vec<Uuid>, Vec<i32>) = won
        .iter()
        .flat_map(|turn| {
            turn.heartbeats_removed
                .iter()
                .map(|task| (turn.run.0, *task as i32))
        })
        .unzip();
    if runs.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "delete from heartbeats h using unnest($1::uuid[], $2::int4[]) k (run_id, task)
         where h.run_id = k.run_id and h.scheduled_event_id = k.task and h.run_id = any($1)",
    )
    .bind(runs)
    .bind(tasks)
    .execute(on)
    .await?;
    Ok(())
}
