//! `apus bench`: small measurements, and none where they would mean nothing.

use serde_json::{Value, json};
use sqlx::ConnectOptions;

use super::program::{apus, run};

#[tokio::test]
async fn a_measurement_is_a_line_of_json() {
    let measured = measured(&["W4", "--count", "20"]).await;
    assert_eq!(told(&measured, "mode"), [json!(["W4", 20, "embedded"])]);
    let measured = &measured[0];
    // One at a time, a workflow of one activity is two commits, each forced to disk: never fewer.
    assert!(measured["fsync_per_wf"].as_f64().unwrap() >= 2.0, "{measured}");
}

#[tokio::test]
async fn all_workloads_run_over_the_wire_too() {
    let measured = measured(&["all", "--mode", "wire", "--count", "5"]).await;
    let wanted = ["W1", "W2", "W3", "W4", "W5"].map(|workload| json!([workload, 5, "wire"]));
    assert_eq!(told(&measured, "mode"), wanted);
}

#[tokio::test]
async fn nodes_on_one_database_share_what_is_to_be_done() {
    for (workload, count) in [("W1", 101), ("W4", 5), ("W5", 3)] {
        let measured = measured(&[workload, "--nodes", "2", "--count", &count.to_string()]).await;
        assert_eq!(told(&measured, "nodes"), [json!([workload, count, 2])]);
    }
}

#[tokio::test]
async fn timers_that_fall_due_at_once_are_never_early() {
    let [measured] = lines(&["W5", "--at-once", "--count", "50"])
        .await
        .try_into()
        .unwrap();
    assert_eq!(measured["n"], json!(50));
    for figure in ["recorded_p99_ms", "seen_p50_ms", "seen_p99_ms", "per_s", "rss_mb"] {
        assert!(
            measured[figure].as_f64().unwrap() >= 0.0,
            "{figure} in {measured}"
        );
    }
}

#[tokio::test]
async fn long_runs_are_compared_with_their_beginning() {
    let args = ["long-run", "--count", "20", "--in-flight", "4"];
    let [measured] = lines(&args).await.try_into().unwrap();
    // Four events begin a run, six come of each activity, and five of the signal that lets it end.
    assert_eq!(measured["events"], json!(4 + 20 * 6 + 5));
    assert!(measured["early"]["p50_ms"].as_f64().unwrap() > 0.0, "{measured}");
    assert!(measured["late"]["p50_ms"].as_f64().unwrap() > 0.0, "{measured}");
    assert!(measured["takeover_p50_ms"].as_f64().unwrap() > 0.0, "{measured}");
    let few = run(&mut apus(&["bench", "long-run", "--count", "7"])).await;
    assert_eq!(few.code, 2, "{}", few.err);
}

#[tokio::test]
async fn bloat_is_measured_in_three_phases() {
    let measured = lines(&["held", "--seconds", "1", "--in-flight", "8"]).await;
    let phases: Vec<&Value> = measured.iter().map(|line| &line["phase"]).collect();
    assert_eq!(
        phases,
        [&json!("clean"), &json!("readers"), &json!("held"), &Value::Null]
    );
    for phase in &measured[..3] {
        assert!(phase["wf_per_s"].as_f64().unwrap() > 0.0, "{phase}");
    }
    assert!(measured[3]["held_to_clean"].is_number(), "{}", measured[3]);
}

/// The lines that a measurement prints.
async fn lines(args: &[&str]) -> Vec<Value> {
    let ran = run(&mut apus(&[&["bench", "--json"], args].concat())).await;
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    ran.out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The lines that a measurement prints, each with all its figures.
async fn measured(args: &[&str]) -> Vec<Value> {
    let measured = lines(args).await;
    measured.iter().for_each(has_all_figures);
    measured
}

/// What each line says was measured, and one thing more.
fn told(measured: &[Value], more: &str) -> Vec<Value> {
    let line = |one: &Value| json!([one["workload"], one["n"], one[more]]);
    measured.iter().map(line).collect()
}

fn has_all_figures(measured: &Value) {
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
}

#[tokio::test]
async fn every_filter_of_lists_is_a_line_of_json() {
    let lines = lines(&["lists", "--count", "2000", "--samples", "2"]).await;
    let (worst, filters) = lines.split_last().unwrap();
    for filter in filters {
        let figures = ["runs", "samples", "p50_ms", "p99_ms", "max_ms"];
        assert!(
            figures
                .iter()
                .all(|figure| filter[figure].as_f64().unwrap() > 0.0),
            "{filter}"
        );
    }
    let found = |action: &str, time: &str, name: &str| {
        let is_asked = |of: &&Value| of["action"] == action && of["time"] == time && of["filter"] == name;
        filters.iter().find(is_asked).unwrap()["found"].as_u64().unwrap()
    };
    for (action, time, filter, runs) in [
        ("CountOpen", "start", "any", 200),
        ("CountClosed", "close", "any", 1_800),
        ("ListClosed", "close", "any", 1_000),
        ("ListClosed", "close", "any, oldest first", 1_000),
        ("CountClosed", "start", "any, of a time without runs", 0),
        ("ListClosed", "start", "type, of no run", 0),
        ("CountClosed", "start", "type, of old runs only", 199),
        ("CountClosed", "close", "tag, one in 100", 18),
        ("ListClosed", "close", "tag, not among recent runs", 0),
        ("CountClosed", "close", "workflow id, one run in ten", 180),
        ("CountClosed", "close", "status, one in 100", 18),
    ] {
        assert_eq!(found(action, time, filter), runs, "{action}, {time}, {filter}");
    }
    for figure in ["list_p99_ms", "count_p99_ms"] {
        assert!(worst[figure].as_f64().unwrap() > 0.0, "{figure} in {worst}");
    }
}

#[tokio::test]
async fn an_engine_whose_runs_wait_works_and_rests() {
    let idle = ["idle", "--count", "300", "--alone", "1"];
    let [measured] = lines(&idle).await.try_into().unwrap();
    assert_eq!(
        (&measured["workload"], &measured["n"]),
        (&"idle".into(), &300.into())
    );
    for figure in [
        "starts_per_s",
        "db_bytes_per_wf",
        "starter_rss_mb",
        "ready_ms",
        "first_signal_ms",
        "first_run_ms",
        "secs",
        "rss_mb",
        "pss_mb",
        "peak_rss_mb",
        "pg_pss_mb",
    ] {
        assert!(measured[figure].as_f64().unwrap() > 0.0, "{figure} in {measured}");
    }
    for figure in ["cpu_percent", "pg_cpu_percent", "other_cores"] {
        assert!(measured[figure].is_f64(), "{figure} in {measured}");
    }
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
