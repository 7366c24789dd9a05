//! One transaction for the turns of many runs: a handful of UNNEST statements, whatever the size of the batch, and
//! most often a single one.
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
/// good for large ones with many dead rows: each row is looked up in an index. Statements that join what they are given
/// to a table say `= any` besides: as Postgres may believe that there is no row, it would read all of an index instead.
const PLANS: [&str; 4] = [
    "set plan_cache_mode = force_generic_plan",
    "set enable_seqscan = off",
    "set enable_hashjoin = off",
    "set jit = off",
];

/// What nearly every turn writes, as a function of the connection.
const WRITE_TURNS: &str = include_str!("write_turns.sql");

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
        sqlx::raw_sql(WRITE_TURNS).execute(&mut connection).await?;
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
             join history h on h.run_id = t.run_id and h.first_event_id = t.first
             where h.run_id = any($1)",
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
    let mut outcomes = vec![Outcome::Committed; turns.len()];
    if turns.iter().all(Turn::is_plain) {
        // A statement is a transaction by itself.
        write_turns(&mut on.connection, turns, &mut outcomes, built_at).await?;
        return Ok(outcomes);
    }
    let mut transaction = on.connection.begin().await?;
    lock_messages(&mut transaction, turns, &mut outcomes).await?;
    write_turns(&mut transaction, turns, &mut outcomes, built_at).await?;
    derived::write(&mut transaction, &standing(turns, &outcomes)).await?;
    transaction.commit().await?;
    Ok(outcomes)
}

/// Turns that have not lost yet, in the order of their runs.
fn standing<'a>(turns: &'a [Turn], outcomes: &[Outcome]) -> Vec<&'a Turn> {
    let standing = turns
        .iter()
        .zip(outcomes)
        .filter(|(_, outcome)| **outcome == Outcome::Committed);
    let mut standing: Vec<_> = standing.map(|(turn, _)| turn).collect();
    standing.sort_unstable_by_key(|turn| turn.run);
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
         where o.source_run_id = any($1)
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

/// Opens runs, appends to the histories and closes runs, in one statement.
async fn write_turns(
    on: &mut PgConnection,
    turns: &[Turn],
    outcomes: &mut [Outcome],
    built_at: Timestamp,
) -> Result<(), StoreError> {
    let standing = standing(turns, outcomes);
    let mut opening: Vec<_> = standing
        .iter()
        .filter_map(|turn| Some((turn.run.0, turn.opens.as_ref()?)))
        .collect();
    opening.sort_by(|(_, a), (_, b)| (a.domain, &a.workflow_id).cmp(&(b.domain, &b.workflow_id)));
    let closing: Vec<_> = standing
        .iter()
        .filter_map(|turn| Some((turn.run.0, turn.closes?, turn.successor.is_none())))
        .collect();
    let ending = || closing.iter().filter(|(_, _, alone)| *alone);
    let leaving_tasks = closing.iter().filter(|(_, close, _)| close.has_open_tasks);
    let built_before = built_at.plus_millis(MAX_STATE_AGE.as_millis() as i64);
    // All of the answer is read, to where Postgres is ready again: the row comes before the commit, its failure after.
    let answer = sqlx::query(
        "select already_started, conflicts
         from pg_temp.write_turns($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
    )
    .bind(column(&standing, |turn| turn.run.0))
    .bind(column(&standing, |turn| turn.first_event_id as i32))
    .bind(column(&standing, |turn| turn.events.as_slice()))
    .bind(to_sql(built_before))
    .bind(column(&opening, |(run, _)| *run))
    .bind(column(&opening, |(_, row)| row.domain))
    .bind(column(&opening, |(_, row)| &*row.workflow_id))
    .bind(column(&opening, |(_, row)| row.workflow_type))
    .bind(column(&opening, |(_, row)| to_sql(row.started_at)))
    .bind(column(&opening, |(_, row)| to_sql(row.deadline)))
    .bind(column(&opening, |(_, row)| derived::tags_literal(row)))
    .bind(column(&opening, |(_, row)| row.parent.map(|run| run.0)))
    .bind(column(ending(), |(run, ..)| *run))
    .bind(column(ending(), |(_, close, _)| to_sql(close.at)))
    .bind(column(ending(), |(_, close, _)| close.status as i16))
    .bind(column(leaving_tasks, |(run, ..)| *run))
    .fetch_all(on)
    .await?;
    for row in answer {
        mark(row.try_get(0)?, &Outcome::AlreadyStarted, turns, outcomes);
        mark(row.try_get(1)?, &Outcome::Conflict, turns, outcomes);
    }
    Ok(())
}

/// A parameter that is an array.
fn column<'a, R: 'a, V>(rows: impl IntoIterator<Item = &'a R>, value: impl Fn(&'a R) -> V) -> Vec<V> {
    rows.into_iter().map(value).collect()
}

/// What became of the turns of these runs.
fn mark(lost: Option<Vec<Uuid>>, outcome: &Outcome, turns: &[Turn], outcomes: &mut [Outcome]) {
    let Some(lost) = lost else { return };
    let lost: HashSet<Uuid> = lost.into_iter().collect();
    for (turn, of_turn) in turns.iter().zip(outcomes) {
        if lost.contains(&turn.run.0) {
            *of_turn = outcome.clone();
        }
    }
}
