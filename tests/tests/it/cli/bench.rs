//! `apus bench`: small measurements, and none where they would mean nothing.

use serde_json::Value;
use sqlx::ConnectOptions;

use super::program::{apus, run};

#[tokio::test]
async fn a_measurement_is_a_line_of_json() {
    let ran = run(&mut apus(&["bench", "W4", "--count", "20", "--json"])).await;
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let measured: Value = serde_json::from_str(ran.out.trim()).unwrap();
    assert_eq!(
        (&measured["workload"], &measured["n"]),
        (&"W4".into(), &20.into())
    );
    for figure in [
        "wf_per_s",
        "p50_ms",
        "p99_ms",
        "cpu_s_per_1000",
        "db_bytes_per_wf",
        "wal_bytes_per_wf",
        "rss_mb",
        "limit_commits_per_s",
        "limit_commit_ms",
    ] {
        assert!(measured[figure].as_f64().unwrap() > 0.0, "{figure} in {measured}");
    }
    // One at a time, a workflow of one activity is two commits, each forced to disk: never fewer.
    assert!(measured["fsync_per_wf"].as_f64().unwrap() >= 2.0, "{measured}");
}

#[tokio::test]
async fn a_postgres_that_may_lose_commits_is_not_measured() {
    let database = apus_tests::database().await;
    let url = database.connect_options().to_url_lossy();
    let ran = run(&mut apus(&["bench", "W1", "--database-url", url.as_str()])).await;
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("has fsync = off"), "{}", ran.err);
}
