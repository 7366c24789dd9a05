//! The same generated sequences of commands through the core alone and through Postgres: the same histories.

use apus::core::generate::{EPOCH, limits, play, scripts, types};
use apus::core::{Execution, Rules};
use apus::model::{CloseStatus, Event, RunId, WorkflowExecution};
use apus::store::{CloseRow, Outcome, Turn, codec, load_run, read_history};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use sqlx::PgPool;
use uuid::Uuid;

use super::ledger::Ledger;

/// Scripts a run of the test plays.
const SCRIPTS: usize = 40;
/// Moves of each.
const MOVES: usize = 60;

/// Opens the run, then commits what each command led to; every commit once more is a conflict.
async fn replay(ledger: &mut Ledger, execution: &Execution, turns: &[Vec<Event>]) {
    let WorkflowExecution { workflow_id, run_id } = &execution.id;
    for (number, events) in turns.iter().enumerate() {
        let encoded = codec::encode_events(events, 1);
        let turn = if number == 0 {
            ledger.first_turn(*run_id, workflow_id.clone(), EPOCH, encoded)
        } else {
            Turn::new(*run_id, events[0].id, encoded)
        };
        let last = number + 1 == turns.len();
        let closes = execution.closed.filter(|_| last).map(|closed| CloseRow {
            status: closed.status,
            at: closed.at,
            has_open_tasks: true,
        });
        let turn = Turn { closes, ..turn };
        assert_eq!(
            ledger.commit(std::slice::from_ref(&turn)).await,
            [Outcome::Committed]
        );
        let again = Turn { opens: None, ..turn };
        assert_eq!(ledger.commit(&[again]).await, [Outcome::Conflict]);
    }
}

#[tokio::test]
async fn the_same_sequences_give_the_same_histories() {
    let mut ledger = Ledger::new().await;
    let (limits, types) = (limits(), types());
    let rules = Rules {
        limits: &limits,
        types: &types,
    };
    let seed: [u8; 32] = rand::random();
    println!("seed {}", hex(&seed));
    let mut runner =
        TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
    for number in 0..SCRIPTS {
        let script = scripts(MOVES).new_tree(&mut runner).unwrap().current();
        let run_id = RunId(Uuid::now_v7());
        let id = WorkflowExecution {
            workflow_id: format!("w{number}").into(),
            run_id,
        };
        let (execution, first, played) = play(&script, &rules, id).unwrap();
        let moved = played.into_iter().filter_map(|played| played.outcome.ok());
        let turns: Vec<Vec<Event>> = std::iter::once(first)
            .chain(moved.filter(|events| !events.is_empty()))
            .collect();
        replay(&mut ledger, &execution, &turns).await;
        check(&ledger.pool, &execution, &turns.concat()).await;
    }
}

/// What Postgres has is what the core made: the events, the state that they fold to, and how the run is listed.
async fn check(pool: &PgPool, execution: &Execution, events: &[Event]) {
    let run = execution.id.run_id;
    assert_eq!(read_history(pool, run, 1).await.unwrap(), events);
    let middle = events[events.len() / 2].id;
    assert_eq!(
        read_history(pool, run, middle).await.unwrap(),
        events[middle as usize - 1..]
    );
    let stored = load_run(pool, run).await.unwrap().unwrap();
    assert_eq!(&stored.execution, execution);
    assert_eq!(stored.stored_deadline.is_some(), execution.is_open());
    let status: Option<i16> =
        sqlx::query_scalar("select close_status from closed_executions where run_id = $1")
            .bind(run.0)
            .fetch_optional(pool)
            .await
            .unwrap();
    let status = status.map(|status| CloseStatus::ALL[status as usize]);
    assert_eq!(status, execution.closed.map(|closed| closed.status));
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
