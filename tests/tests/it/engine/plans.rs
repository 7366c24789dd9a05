//! What commits cost does not grow with the tables: rows are looked up in indexes, also by plans that were made while
//! the tables were empty.

use apus::model::{CloseStatus, Timestamp};
use apus::store::{Filter, TimeFilter};
use chrono::{DateTime, Utc};
use sqlx::{Connection, PgConnection, PgPool};
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

/// Runs in the tables that are listed.
const LISTED: i32 = 20_000;
/// Runs on a page.
const PAGE: u32 = 10;

#[tokio::test]
async fn lists_read_little_beyond_their_page() {
    let database = apus_tests::database().await;
    let node = node(&database, Some(one_activity)).await;
    let mut connection = PgConnection::connect_with(&database.connect_options())
        .await
        .unwrap();
    // One run in a thousand is not as the others, and the oldest tenth has a tag, a type and an end of its own.
    for fill in [
        "set search_path = apus",
        "insert into types (domain_id, kind, name, version, created_at, defaults)
         select d.id, 'workflow', t.name, t.version, now(), '{}' from domains d,
             (values ('common', '1'), ('common', '2'), ('rare', '1'), ('old', '1')) t (name, version)",
        "insert into closed_executions
             (run_id, domain_id, workflow_id, type_id, started_at, closed_at, close_status, tags)
         select gen_random_uuid(), t.domain_id, 'w' || n % 1000, t.id, at - interval '1 minute', at,
                case when n % 1000 = 0 then 1 when n < 2000 then 3 else 0 end,
                array['common', case when n % 1000 = 0 then 'rare' when n < 2000 then 'old' else 'new' end]
         from generate_series(1, 20000) n
         cross join lateral (select now() - (20001 - n) * interval '1 second') c (at)
         join types t on t.kind = 'workflow' and t.version = case when n % 1000 > 0 and n % 2 = 0 and n > 2000
                                                                  then '2' else '1' end
             and t.name = case when n % 1000 = 0 then 'rare' when n <= 2000 then 'old' else 'common' end",
        "insert into open_executions (run_id, domain_id, workflow_id, type_id, started_at, next_deadline, tags)
         select gen_random_uuid(), domain_id, 'w' || n, type_id, started_at, now() + interval '1 day', tags
         from (select *, row_number() over () n from closed_executions) e",
        "analyze",
    ] {
        sqlx::query(fill).execute(&mut connection).await.unwrap();
    }
    sqlx::query("select pg_stat_force_next_flush()")
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    let before = rows_read(&database).await;
    let filters = filters(node.now());
    for filter in &filters {
        // A page, and the one behind it.
        let mut filter = filter.clone();
        for _ in 0..2 {
            filter.after = node.list_closed(DOMAIN, &filter, PAGE).await.unwrap().next;
        }
        if filter.close_status.is_none() && filter.time.is_none_or(|time| !time.by_close) {
            filter.after = None;
            for _ in 0..2 {
                filter.after = node.list_open(DOMAIN, &filter, PAGE).await.unwrap().next;
            }
        }
    }
    // A connection reports what it counted, at the latest, when it ends.
    node.shutdown().await;
    let read = rows_read(&database).await - before;
    let lists = filters.len() as i64 * 4;
    assert!(
        read < lists * 100,
        "{lists} lists of {LISTED} runs read {read} rows"
    );
}

/// What is rare, what is far away and what is not there, by start and by close, from both ends.
fn filters(now: Timestamp) -> Vec<Filter> {
    let of_type = |name: &str| Filter {
        workflow_type: Some((name.to_owned(), None)),
        ..Filter::default()
    };
    let tag = |tag: &str| Filter {
        tag: Some(tag.to_owned()),
        ..Filter::default()
    };
    let status = |status| Filter {
        close_status: Some(status),
        ..Filter::default()
    };
    let mut filters = vec![Filter::default()];
    filters.extend(["common", "rare", "old", "none"].map(of_type));
    filters.extend(["common", "rare", "old", "none"].map(tag));
    filters.extend(
        [
            CloseStatus::Completed,
            CloseStatus::Failed,
            CloseStatus::Terminated,
        ]
        .map(status),
    );
    filters.push(Filter {
        workflow_id: Some("w7".to_owned()),
        ..Filter::default()
    });
    let times = [(true, false), (true, true), (false, false), (false, true)];
    let timed = |filter: &Filter| {
        times.map(|(by_close, oldest_first)| Filter {
            time: Some(TimeFilter {
                by_close,
                oldest: now.plus_millis(-86_400_000),
                latest: None,
            }),
            oldest_first,
            ..filter.clone()
        })
    };
    filters.iter().flat_map(timed).collect()
}

async fn rows_read(database: &apus_tests::TestDatabase) -> i64 {
    let pool = PgPool::connect_with(database.connect_options()).await.unwrap();
    sqlx::query_scalar(
        "select sum(seq_tup_read + idx_tup_fetch)::int8 from pg_stat_user_tables
         where schemaname = 'apus' and relname ~ '^(open|closed)_'",
    )
    .fetch_one(&pool)
    .await
    .unwrap()
}
