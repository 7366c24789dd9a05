//! What commits cost does not grow with the tables: rows are looked up in indexes, also by plans that were made while
//! the tables were empty.

use chrono::{DateTime, Utc};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use super::support::{DOMAIN, activity_task, node, one_activity, start};

/// Runs, each of which opens and closes in a commit of its own.
const RUNS: i64 = 200;

#[tokio::test]
async fn commits_read_no_table_from_end_to_end() {
    let database = apus_tests::database().await;
    let node = node(&database, Some(one_activity)).await;
    let never = CancellationToken::new();
    for number in 0..RUNS {
        let run = start(&node, &format!("w{number}")).await;
        let task = activity_task(&node, &never).await.unwrap();
        node.complete_activity(&task.token, None).await.unwrap();
        node.wait_closed(DOMAIN, &run).await.unwrap();
    }
    // A connection reports what it counted, at the latest, when it ends.
    node.shutdown().await;
    let pool = PgPool::connect_with(database.connect_options()).await.unwrap();
    let scanned: Vec<(String, i64)> = sqlx::query_as(
        "select relname::text, seq_scan from pg_stat_user_tables
         where schemaname = 'apus' and relname in ('open_executions', 'closed_executions', 'history')",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    assert_eq!(scanned.len(), 3);
    for (table, scans) in scanned {
        // Sweeps may, as long as a table is tiny.
        assert!(scans < RUNS / 2, "{table} was read {scans} times");
    }
}

#[tokio::test]
async fn a_run_that_begins_writes_its_row_once() {
    let database = apus_tests::database().await;
    let node = node(&database, Some(one_activity)).await;
    let run = start(&node, "w").await;
    let due = node.describe(DOMAIN, &run).await.unwrap().next_deadline;
    node.shutdown().await;
    let pool = PgPool::connect_with(database.connect_options()).await.unwrap();
    let stored: DateTime<Utc> = sqlx::query_scalar("select next_deadline from apus.open_executions")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(Some(stored), due.map(|due| due.to_utc()), "that of the activity");
    let updated: i64 = sqlx::query_scalar(
        "select n_tup_upd from pg_stat_user_tables where schemaname = 'apus' and relname = 'open_executions'",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    assert_eq!(updated, 0);
}
