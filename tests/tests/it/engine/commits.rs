//! Batches of which some turns lose: those leave nothing, the others everything, with one statement and with several.

use apus::store::{MAX_STATE_AGE, Outcome, Turn, migrate};
use sqlx::PgPool;

use super::ledger::Ledger;

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
        let other = ledger.opening("other");
        let turns = [ledger.opening(workflow_id), other, ledger.opening(workflow_id)];
        let turns = turns.map(|turn| if more { with_more(&turn) } else { turn });
        let mut outcomes = ledger.commit(&turns).await;
        assert_eq!(outcomes.remove(1), Outcome::Committed);
        outcomes.sort_by_key(|outcome| *outcome == Outcome::Committed);
        assert_eq!(outcomes, [Outcome::AlreadyStarted, Outcome::Committed]);
        let close = ledger.closing(turns[1].run, 2);
        assert_eq!(ledger.commit(&[close]).await, [Outcome::Committed]);
        assert_eq!(rows(&ledger).await.2, histories + 3, "two openings and an end");
    }
    assert_eq!(rows(&ledger).await, (2, 2, 6));
}

#[tokio::test]
async fn a_turn_that_comes_second_changes_nothing() {
    let mut ledger = Ledger::new().await;
    let (run, other) = (ledger.opening("run"), ledger.opening("other"));
    let opened = ledger.commit(&[run.clone(), other.clone()]).await;
    assert_eq!(opened, [Outcome::Committed, Outcome::Committed]);
    let moved = Turn::new(run.run, 2, b"moved".to_vec());
    assert_eq!(ledger.commit(&[moved]).await, [Outcome::Committed]);
    for more in [false, true] {
        // It would close the run, but for the event that is there already.
        let late = ledger.closing(run.run, 2);
        let late = if more { with_more(&late) } else { late };
        assert_eq!(ledger.commit(&[late]).await, [Outcome::Conflict]);
    }
    assert_eq!(rows(&ledger).await, (2, 0, 3));
    // Beside one that wins.
    let turns = [ledger.closing(run.run, 2), ledger.closing(other.run, 2)];
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
        let turn = ledger.opening("old");
        let turn = if more { with_more(&turn) } else { turn };
        assert_eq!(ledger.commit(&[turn]).await, [Outcome::Conflict]);
        assert_eq!(rows(&ledger).await, (0, 0, 0));
    }
    ledger.now = fresh;
    let turn = ledger.opening("old");
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
