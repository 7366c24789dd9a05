//! One transaction for the turns of many runs: a handful of UNNEST statements, whatever the size of the batch.
//!
//! Order: lock the messages to be consumed, open new runs, append to the histories (the fence), then everything that
//! depends on a turn having won. Each statement takes its rows sorted by key, so that two nodes never deadlock.

use std::collections::HashSet;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Connection, Row};
use uuid::Uuid;

use crate::model::{EventId, MessageId, RunId, Timestamp};

use super::turn::{Outcome, Turn};
use super::{StoreError, derived, schema, to_sql};

/// A state older than this may have missed the run's end and disappearance (retention), which the fence can't show;
/// a turn built on it is refused as a conflict. Well below the time that closed runs are kept at least.
pub const MAX_STATE_AGE: Duration = Duration::from_secs(1800);

/// The arrays' sizes vary; the plans must not. They are made once, while the tables may still be empty, and have to be
/// good for large ones with many dead rows: each row is looked up in an index.
const PLANS: [&str; 4] = [
    "set plan_cache_mode = force_generic_plan",
    "set enable_seqscan = off",
    "set enable_hashjoin = off",
    "set jit = off",
];

/// The connection that commits. It knows its backend, so that a commit whose answer was lost can be looked up safely.
pub struct CommitConnection {
    connection: PgConnection,
    backend: i32,
}

impl CommitConnection {
    /// Connects.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn open(options: &PgConnectOptions) -> Result<Self, StoreError> {
        let mut connection = PgConnection::connect_with(&schema::in_schema(options)).await?;
        for setting in PLANS {
            sqlx::query(setting).execute(&mut connection).await?;
        }
        let backend = sqlx::query_scalar("select pg_backend_pid()")
            .fetch_one(&mut connection)
            .await?;
        Ok(CommitConnection { connection, backend })
    }

    /// The server process behind this connection.
    pub fn backend(&self) -> i32 {
        self.backend
    }

    /// Makes sure that a lost connection's server process has ended, so that what it did not commit it never will.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn end_backend(&mut self, backend: i32) -> Result<(), StoreError> {
        // The second parameter waits, in milliseconds, until the process is gone.
        let ended: bool = sqlx::query_scalar(
            "select coalesce(bool_and(pg_terminate_backend(pid, 60000)), true)
             from pg_stat_activity where pid = $1 and application_name = current_setting('application_name')",
        )
        .bind(backend)
        .fetch_one(&mut self.connection)
        .await?;
        if ended {
            Ok(())
        } else {
            Err(sqlx::Error::PoolTimedOut.into())
        }
    }

    /// Which of these turns are durable: a row with the same bytes is the same commit.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn look_up(&mut self, turns: &[Turn]) -> Result<Vec<bool>, StoreError> {
        let (runs, firsts): (Vec<Uuid>, Vec<i32>) = turns
            .iter()
            .map(|turn| (turn.run.0, turn.first_event_id as i32))
            .unzip();
        let rows = sqlx::query(
            "select t.n, h.events from unnest($1::uuid[], $2::int4[]) with ordinality t (run_id, first, n)
             join history h on h.run_id = t.run_id and h.first_event_id = t.first",
        )
        .bind(runs)
        .bind(firsts)
        .fetch_all(&mut self.connection)
        .await?;
        let mut durable = vec![false; turns.len()];
        for row in rows {
            let number = row.try_get::<i64, _>(0)? as usize - 1;
            durable[number] = row.try_get::<Vec<u8>, _>(1)? == turns[number].events;
        }
        Ok(durable)
    }
}

/// Commits the turns, each whole or not at all, and says what became of each. `turns` name each run once; the states
/// that they were built on were current at `built_at` by Postgres's clock.
///
/// # Errors
/// When Postgres fails; then nothing is known about any of them (see [`CommitConnection::look_up`]).
pub async fn commit(
    on: &mut CommitConnection,
    turns: &[Turn],
    built_at: Timestamp,
) -> Result<Vec<Outcome>, StoreError> {
    let mut transaction = on.connection.begin().await?;
    let mut outcomes = vec![Outcome::Committed; turns.len()];
    lock_messages(&mut transaction, turns, &mut outcomes).await?;
    open_runs(&mut transaction, turns, &mut outcomes).await?;
    append_history(&mut transaction, turns, &mut outcomes, built_at).await?;
    derived::write(&mut transaction, turns, &outcomes).await?;
    transaction.commit().await?;
    Ok(outcomes)
}

/// Turns that have not lost yet, in the order of their runs.
fn standing<'a>(turns: &'a [Turn], outcomes: &[Outcome]) -> Vec<(usize, &'a Turn)> {
    let mut standing: Vec<_> = turns
        .iter()
        .enumerate()
        .filter(|(number, _)| outcomes[*number] == Outcome::Committed)
        .collect();
    standing.sort_unstable_by_key(|(_, turn)| turn.run);
    standing
}

/// A message is consumed by whoever deletes its row: hold the rows, and drop the turns whose messages are gone.
async fn lock_messages(
    on: &mut PgConnection,
    turns: &[Turn],
    outcomes: &mut [Outcome],
) -> Result<(), StoreError> {
    let mut wanted: Vec<MessageId> = turns
        .iter()
        .flat_map(|turn| &turn.messages_consumed)
        .copied()
        .collect();
    if wanted.is_empty() {
        return Ok(());
    }
    wanted.sort_unstable();
    let rows = sqlx::query(
        "select o.source_run_id, o.source_event_id, o.number
         from outbox o join unnest($1::uuid[], $2::int4[], $3::int4[]) m (run, event, number)
           on o.source_run_id = m.run and o.source_event_id = m.event and o.number = m.number
         order by 1, 2, 3 for update of o",
    )
    .bind(wanted.iter().map(|id| id.source.0).collect::<Vec<_>>())
    .bind(wanted.iter().map(|id| id.event as i32).collect::<Vec<_>>())
    .bind(wanted.iter().map(|id| id.number as i32).collect::<Vec<_>>())
    .fetch_all(on)
    .await?;
    let mut held = HashSet::with_capacity(rows.len());
    for row in rows {
        held.insert(MessageId {
            source: RunId(row.try_get(0)?),
            event: row.try_get::<i32, _>(1)? as EventId,
            number: row.try_get::<i32, _>(2)? as u32,
        });
    }
    for (turn, outcome) in turns.iter().zip(outcomes) {
        let gone: Vec<_> = turn
            .messages_consumed
            .iter()
            .filter(|id| !held.contains(id))
            .copied()
            .collect();
        if !gone.is_empty() {
            *outcome = Outcome::MessagesGone(gone);
        }
    }
    Ok(())
}

/// One open run a workflow id: the unique index decides.
async fn open_runs(
    on: &mut PgConnection,
    turns: &[Turn],
    outcomes: &mut [Outcome],
) -> Result<(), StoreError> {
    let mut opening: Vec<_> = standing(turns, outcomes)
        .into_iter()
        .filter_map(|(number, turn)| Some((number, turn, turn.opens.as_ref()?)))
        .collect();
    if opening.is_empty() {
        return Ok(());
    }
    opening.sort_by(|a, b| (a.2.domain, &a.2.workflow_id).cmp(&(b.2.domain, &b.2.workflow_id)));
    let runs: Vec<Uuid> = opening.iter().map(|(_, turn, _)| turn.run.0).collect();
    let tags: Vec<Option<String>> = opening
        .iter()
        .map(|(_, _, row)| derived::tags_literal(row))
        .collect();
    let opened = sqlx::query(
        "insert into open_executions
             (run_id, domain_id, workflow_id, type_id, started_at, next_deadline, tags, parent_run_id)
         select run_id, domain_id, workflow_id, type_id, started_at, next_deadline, tags::text[], parent_run_id
         from unnest($1::uuid[], $2::int4[], $3::text[], $4::int4[], $5::timestamptz[], $6::timestamptz[],
                     $7::text[], $8::uuid[])
              r (run_id, domain_id, workflow_id, type_id, started_at, next_deadline, tags, parent_run_id)
         on conflict (domain_id, workflow_id) do nothing",
    )
    .bind(&runs)
    .bind(opening.iter().map(|(_, _, row)| row.domain).collect::<Vec<_>>())
    .bind(opening.iter().map(|(_, _, row)| &*row.workflow_id).collect::<Vec<_>>())
    .bind(opening.iter().map(|(_, _, row)| row.workflow_type).collect::<Vec<_>>())
    .bind(opening.iter().map(|(_, _, row)| to_sql(row.started_at)).collect::<Vec<_>>())
    .bind(opening.iter().map(|(_, _, row)| to_sql(row.deadline)).collect::<Vec<_>>())
    .bind(tags)
    .bind(opening.iter().map(|(_, _, row)| row.parent.map(|run| run.0)).collect::<Vec<_>>())
    .execute(&mut *on)
    .await?
    .rows_affected();
    // Who has lost is asked only when somebody has: an answer for each that has won would cost more than all else here.
    if opened == opening.len() as u64 {
        return Ok(());
    }
    let opened: HashSet<Uuid> = sqlx::query_scalar(
        "select run_id from open_executions where run_id = any($1) and xmin = pg_current_xact_id()::xid",
    )
    .bind(&runs)
    .fetch_all(on)
    .await?
    .into_iter()
    .collect();
    for (number, turn, _) in opening {
        if !opened.contains(&turn.run.0) {
            outcomes[number] = Outcome::AlreadyStarted;
        }
    }
    Ok(())
}

/// The fence: whoever inserts the row has moved the run.
async fn append_history(
    on: &mut PgConnection,
    turns: &[Turn],
    outcomes: &mut [Outcome],
    built_at: Timestamp,
) -> Result<(), StoreError> {
    let appending = standing(turns, outcomes);
    let (runs, firsts): (Vec<Uuid>, Vec<i32>) = appending
        .iter()
        .map(|(_, turn)| (turn.run.0, turn.first_event_id as i32))
        .unzip();
    let appended = sqlx::query(
        "insert into history (run_id, first_event_id, events)
         select * from unnest($1::uuid[], $2::int4[], $3::bytea[]) where now() < $4
         on conflict (run_id, first_event_id) do nothing",
    )
    .bind(&runs)
    .bind(&firsts)
    .bind(
        appending
            .iter()
            .map(|(_, turn)| turn.events.as_slice())
            .collect::<Vec<_>>(),
    )
    .bind(to_sql(built_at.plus_millis(MAX_STATE_AGE.as_millis() as i64)))
    .execute(&mut *on)
    .await?
    .rows_affected();
    if appended == appending.len() as u64 {
        return Ok(());
    }
    let appended: HashSet<Uuid> = sqlx::query_scalar(
        "select h.run_id from unnest($1::uuid[], $2::int4[]) t (run_id, first)
         join history h on h.run_id = t.run_id and h.first_event_id = t.first
         where h.xmin = pg_current_xact_id()::xid",
    )
    .bind(&runs)
    .bind(&firsts)
    .fetch_all(on)
    .await?
    .into_iter()
    .collect();
    for (number, turn) in appending {
        if !appended.contains(&turn.run.0) {
            outcomes[number] = Outcome::Conflict;
        }
    }
    Ok(())
}
