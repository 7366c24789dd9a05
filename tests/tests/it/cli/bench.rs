//! `apus bench`: small measurements, and none where they would mean nothing.

use serde_json::{Value, json};
use sqlx::ConnectOptions;

use super::program::{apus, run};

#[tokio::test]
async fn a_measurement_is_a_line_of_json() {
    let measured = measured(&["W4", "--count", "20"]).await;
    assert_eq!(
        [&measured["workload"], &measured["n"], &measured["mode"]],
        [&json!("W4"), &json!(20), &json!("embedded")]
    );
    // One at a time, a workflow of one activity is two commits, each forced to disk: never fewer.
    assert!(measured["fsync_per_wf"].as_f64().unwrap() >= 2.0, "{measured}");
}

#[tokio::test]
async fn all_workloads_run_over_the_wire_too() {
    for (workload, count) in [("W1", 100), ("W2", 5), ("W3", 2), ("W4", 5), ("W5", 3)] {
        let measured = measured(&[workload, "--mode", "wire", "--count", &count.to_string()]).await;
        assert_eq!(
            [&measured["workload"], &measured["n"], &measured["mode"]],
            [&json!(workload), &json!(count), &json!("wire")]
        );
    }
}

/// The line that a measurement prints, with all its figures.
async fn measured(args: &[&str]) -> Value {
    let ran = run(&mut apus(&[&["bench", "--json"], args].concat())).await;
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let measured: Value = serde_json::from_str(ran.out.trim()).unwrap();
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
    measured
}

#[tokio::test]
async fn a_postgres_that_may_lose_commits_is_not_measured() {
    let database = apus_tests::database().await;
    let url = database.connect_options().to_url_lossy();
    for mode in ["embedded", "wire"] {
        let args = ["bench", "W1", "--mode", mode, "--database-url", url.as_str()];
        let ran = run(&mut apus(&args)).await;
        assert_eq!(ran.code, 2, "{}", ran.err);
        assert!(ran.err.contains("has fsync = off"), "{}", ran.err);
    }
}
