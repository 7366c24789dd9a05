//! Batches of which some turns lose: those leave nothing, the others everything, with one statement and with several.

use apus::model::{CloseStatus, EventId, RunId};
use apus::store::{CloseRow, MAX_STATE_AGE, Outcome, Turn, migrate};
use sqlx::PgPool;
use uuid::Uuid;

use super::ledger::Ledger;

/// The first turn of a new run.
fn opening(ledger: &Ledger, workflow_id: &str) -> Turn {
    ledger.opening(RunId(Uuid::now_v7()), workflow_id, ledger.now, b"opened".to_vec())
}

/// A turn after which the run is closed.
fn closing(ledger: &Ledger, run: RunId, first_event_id: EventId) -> Turn {
    let close = CloseRow {
        status: CloseStatus::Completed,
        at: ledger.now,
        has_open_tasks: true,
    };
    Turn {
        closes: Some(close),
        ..Turn::new(run, first_event_id, b"closed".to_vec())
    }
}

/// Rows of open runs, of closed runs and of histories.
async fn rows(ledger: &Ledger) -> (i64, i64, i64) {
    sqlx::query_as(
        "select (select count(*) from open_executions), (select count(*) from closed_executions),
                (select count(*) from history)",
    )
    .fetch_one(&ledger.pool)
    .await
    .unwrap()
}

/// The same turn, with something to write that takes more than one statement.
fn with_more(turn: &Turn) -> Turn {
    Turn {
        cancel_requested: true,
        ..turn.clone()
    }
}

#[tokio::test]
async fn of_two_runs_with_one_workflow_id_one_is_opened() {
    let mut ledger = Ledger::new().await;
    for (workflow_id, more) in [("alone", false), ("with-more", true)] {
        let (_, _, histories) = rows(&ledger).await;
        let other = opening(&ledger, "other");
        let turns = [
            opening(&ledger, workflow_id),
            other,
            opening(&ledger, workflow_id),
        ];
        let turns = turns.map(|turn| if more { with_more(&turn) } else { turn });
        let mut outcomes = ledger.commit(&turns).await;
        assert_eq!(outcomes.remove(1), Outcome::Committed);
        outcomes.sort_by_key(|outcome| *outcome == Outcome::Committed);
        assert_eq!(outcomes, [Outcome::AlreadyStarted, Outcome::Committed]);
        let close = closing(&ledger, turns[1].run, 2);
        assert_eq!(ledger.commit(&[close]).await, [Outcome::Committed]);
        assert_eq!(rows(&ledger).await.2, histories + 3, "two openings and an end");
    }
    assert_eq!(rows(&ledger).await, (2, 2, 6));
}

#[tokio::test]
async fn a_turn_that_comes_second_changes_nothing() {
    let mut ledger = Ledger::new().await;
    let (run, other) = (opening(&ledger, "run"), opening(&ledger, "other"));
    let opened = ledger.commit(&[run.clone(), other.clone()]).await;
    assert_eq!(opened, [Outcome::Committed, Outcome::Committed]);
    let moved = Turn::new(run.run, 2, b"moved".to_vec());
    assert_eq!(ledger.commit(&[moved]).await, [Outcome::Committed]);
    for more in [false, true] {
        // It would close the run, but for the event that is there already.
        let late = closing(&ledger, run.run, 2);
        let late = if more { with_more(&late) } else { late };
        assert_eq!(ledger.commit(&[late]).await, [Outcome::Conflict]);
    }
    assert_eq!(rows(&ledger).await, (2, 0, 3));
    // Beside one that wins.
    let turns = [closing(&ledger, run.run, 2), closing(&ledger, other.run, 2)];
    let outcomes = ledger.commit(&turns).await;
    assert_eq!(outcomes, [Outcome::Conflict, Outcome::Committed]);
    assert_eq!(rows(&ledger).await, (1, 1, 4));
}

#[tokio::test]
async fn what_was_built_on_an_old_state_opens_nothing() {
    let mut ledger = Ledger::new().await;
    let fresh = ledger.now;
    for more in [false, true] {
        ledger.now = fresh.plus_millis(-(MAX_STATE_AGE.as_millis() as i64));
        let turn = opening(&ledger, "old");
        let turn = if more { with_more(&turn) } else { turn };
        assert_eq!(ledger.commit(&[turn]).await, [Outcome::Conflict]);
        assert_eq!(rows(&ledger).await, (0, 0, 0));
    }
    ledger.now = fresh;
    let turn = opening(&ledger, "old");
    assert_eq!(ledger.commit(&[turn]).await, [Outcome::Committed]);
    assert_eq!(rows(&ledger).await, (1, 0, 1));
}

#[tokio::test]
async fn who_may_make_nothing_temporary_is_told_so() {
    let database = apus_tests::database().await;
    let options = database.connect_options();
    let name = options.get_database().unwrap().to_owned();
    let role = format!("{name}_user");
    let pool = PgPool::connect_with(options.clone()).await.unwrap();
    let run = async |statement: String| {
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement))
            .execute(&pool)
            .await
            .unwrap()
    };
    run(format!(
        r#"create role "{role}" login; grant create on database "{name}" to "{role}";
           revoke temporary on database "{name}" from public;
           grant all on schema apus to "{role}"; grant all on all tables in schema apus to "{role}""#
    ))
    .await;
    let told = migrate(&options.clone().username(&role)).await.unwrap_err();
    run(format!(r#"grant temporary on database "{name}" to "{role}""#)).await;
    let granted = migrate(&options.username(&role)).await;
    run(format!(r#"drop owned by "{role}"; drop role "{role}""#)).await;
    assert!(told.to_string().contains("GRANT TEMPORARY ON DATABASE"), "{told}");
    granted.unwrap();
}

/// Entries of indexes on open runs that were read until now.
async fn entries_read(ledger: &mut Ledger) -> i64 {
    ledger.reconnect().await;
    sqlx::query_scalar(
        "select sum(idx_tup_read)::int8 from pg_stat_user_indexes where relname = 'open_executions'",
    )
    .fetch_one(&ledger.pool)
    .await
    .unwrap()
}

#[tokio::test]
async fn dead_rows_are_not_read_where_no_run_was_open_when_postgres_looked() {
    let mut ledger = Ledger::new().await;
    // Whoever leaves a transaction open keeps what dies from being removed.
    let mut held = ledger.pool.begin().await.unwrap();
    sqlx::query("set transaction isolation level repeatable read")
        .execute(&mut *held)
        .await
        .unwrap();
    sqlx::query("select from open_executions")
        .execute(&mut *held)
        .await
        .unwrap();
    let many: Vec<Turn> = (0..1_000)
        .map(|n| opening(&ledger, &format!("run-{n}")))
        .collect();
    ledger.commit(&many).await;
    let ends: Vec<Turn> = many.iter().map(|turn| closing(&ledger, turn.run, 2)).collect();
    ledger.commit(&ends).await;
    sqlx::query("analyze open_executions")
        .execute(&ledger.pool)
        .await
        .unwrap();

    let before = entries_read(&mut ledger).await;
    let run = opening(&ledger, "one-more");
    assert_eq!(
        ledger.commit(std::slice::from_ref(&run)).await,
        [Outcome::Committed]
    );
    let late = Turn::new(run.run, 1, b"late".to_vec());
    assert_eq!(ledger.commit(&[late]).await, [Outcome::Conflict]);
    let end = closing(&ledger, run.run, 2);
    assert_eq!(ledger.commit(&[end]).await, [Outcome::Committed]);
    let read = entries_read(&mut ledger).await - before;
    assert!(read < 20, "{read} entries were read to write one run");
    held.rollback().await.unwrap();
}
