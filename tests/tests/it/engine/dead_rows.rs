//! Rows are looked up by their keys, past those that died and can't be removed yet, also when Postgres takes the tables
//! for empty: it looked at them when nothing in them lived.

use std::time::Duration;

use apus::model::{EventId, Message, MessageId, Recipient, RunId, TaskPriority, Timestamp};
use apus::store::{
    Heartbeat, OutboxRow, Outcome, TaskKey, TaskKind, TaskRow, Turn, claim_due, claim_messages, claim_tasks,
    codec, discard_messages, discard_tasks, save_heartbeats, set_deadlines,
};
use sqlx::{Postgres, Transaction};

use super::ledger::Ledger;

/// Runs that have come and gone, each with a row in every table.
const GONE: usize = 1_000;
/// Entries of indexes that may be read for a run or two; whoever goes through an index reads as many as have died.
const FEW: i64 = 20;
/// For how long claims hold what they claim.
const HOLD: Duration = Duration::from_secs(60);
/// The activity task of each run here.
const TASK: EventId = 1;

/// The first turn of a run that is due then, with a task that waits in this list and a message that nobody delivers.
fn opening(ledger: &Ledger, name: &str, task_list: &str, due: Timestamp) -> Turn {
    let mut turn = ledger.opening(name);
    if let Some(row) = &mut turn.opens {
        row.deadline = due;
    }
    let recipient = Recipient::Workflow("other".into());
    let task = TaskRow {
        kind: TaskKind::Activity,
        scheduled_event_id: TASK,
        domain: ledger.domain,
        task_list: task_list.into(),
        priority: TaskPriority(0),
        scheduled_at: due,
    };
    let message = OutboxRow {
        id: message(turn.run),
        domain: ledger.domain,
        body: codec::encode_message(&recipient, &Message::Terminate),
        claimed_until: due,
    };
    Turn {
        tasks_added: vec![task],
        messages_sent: vec![message],
        ..turn
    }
}

fn message(source: RunId) -> MessageId {
    MessageId {
        source,
        event: 1,
        number: 0,
    }
}

fn heartbeat(run: RunId, at: Timestamp) -> Heartbeat {
    Heartbeat {
        run,
        scheduled_event_id: TASK,
        started_event_id: 2,
        at,
        details: None,
    }
}

/// A turn after which nothing of the run is left but its history and its row in lists.
fn closing(ledger: &Ledger, run: RunId) -> Turn {
    Turn {
        tasks_removed: vec![TASK],
        messages_consumed: vec![message(run)],
        heartbeats_removed: vec![TASK],
        ..ledger.closing(run, 3)
    }
}

/// All rows died, Postgres has looked, and the transaction keeps them from being removed.
async fn died() -> (Ledger, Transaction<'static, Postgres>) {
    let mut ledger = Ledger::new().await;
    let mut held = ledger
        .pool
        .begin_with("begin isolation level repeatable read")
        .await
        .unwrap();
    sqlx::query("select from open_executions")
        .execute(&mut *held)
        .await
        .unwrap();
    let due = ledger.now.plus_millis(-10_000);
    let turns: Vec<Turn> = (0..GONE)
        .map(|n| opening(&ledger, &format!("run-{n}"), "gone", due))
        .collect();
    ledger.commit(&turns).await;
    let beats: Vec<_> = turns.iter().map(|turn| heartbeat(turn.run, due)).collect();
    save_heartbeats(&ledger.pool, &beats).await.unwrap();
    let ends: Vec<Turn> = turns.iter().map(|turn| closing(&ledger, turn.run)).collect();
    let outcomes = ledger.commit(&ends).await;
    assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Committed));
    sqlx::query("analyze open_executions, tasks, outbox, heartbeats")
        .execute(&ledger.pool)
        .await
        .unwrap();
    (ledger, held)
}

/// Entries of indexes on these tables that were read until now.
async fn entries_read(ledger: &mut Ledger) -> i64 {
    ledger.reconnect().await;
    sqlx::query("select pg_stat_force_next_flush()")
        .execute(&ledger.pool)
        .await
        .unwrap();
    sqlx::query_scalar(
        "select sum(idx_tup_read)::int8 from pg_stat_user_indexes
         where relname in ('open_executions', 'tasks', 'outbox', 'heartbeats')",
    )
    .fetch_one(&ledger.pool)
    .await
    .unwrap()
}

#[tokio::test]
async fn commits_read_no_dead_rows() {
    let (mut ledger, held) = died().await;
    let before = entries_read(&mut ledger).await;
    let run = opening(&ledger, "one-more", "live", ledger.now);
    let late = Turn::new(run.run, 1, b"late".to_vec());
    let moved = Turn {
        deadline: Some(ledger.now),
        ..Turn::new(run.run, 2, b"moved".to_vec())
    };
    let end = closing(&ledger, run.run);
    // What is written by one statement, and what takes several.
    let plain = ledger.opening("plain");
    let plain_end = ledger.closing(plain.run, 2);
    for (turn, outcome) in [
        (run, Outcome::Committed),
        (late, Outcome::Conflict),
        (moved, Outcome::Committed),
        (end, Outcome::Committed),
        (plain, Outcome::Committed),
        (plain_end, Outcome::Committed),
    ] {
        assert_eq!(ledger.commit(&[turn]).await, [outcome]);
    }
    let read = entries_read(&mut ledger).await - before;
    assert!(read < FEW, "{read} entries were read to write two runs");
    held.rollback().await.unwrap();
}

#[tokio::test]
async fn claims_and_sweeps_read_no_dead_rows() {
    let (mut ledger, held) = died().await;
    let turn = opening(&ledger, "one-more", "live", ledger.now.plus_millis(-5_000));
    let run = turn.run;
    assert_eq!(ledger.commit(&[turn]).await, [Outcome::Committed]);
    let task = TaskKey {
        run,
        scheduled_event_id: TASK,
    };
    // Sweeps go on from where the last one ended: what has died lies before it.
    let (from, now, pool) = (ledger.now.plus_millis(-7_000), ledger.now, ledger.pool.clone());

    let before = entries_read(&mut ledger).await;
    let due = claim_due(&pool, from, now, HOLD, 10).await.unwrap();
    assert_eq!(due.len(), 1);
    set_deadlines(&pool, &[(run, now)]).await.unwrap();
    save_heartbeats(&pool, &[heartbeat(run, now)]).await.unwrap();
    let kind = TaskKind::Activity;
    let tasks = claim_tasks(&pool, ledger.domain, kind, "live", 10, HOLD)
        .await
        .unwrap();
    assert_eq!(tasks.len(), 1);
    discard_tasks(&pool, &[task]).await.unwrap();
    let messages = claim_messages(&pool, from, now, HOLD, 10).await.unwrap();
    assert_eq!(messages.len(), 1);
    discard_messages(&pool, &[message(run)]).await.unwrap();
    let read = entries_read(&mut ledger).await - before;
    assert!(read < FEW, "{read} entries were read for one run");
    held.rollback().await.unwrap();
}
