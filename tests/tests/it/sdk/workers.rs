//! Workers: results, failures, heartbeats, time limits, draining.

use std::time::Duration;

use apus::sdk::RunFailure;

use super::support::{Act, Play, Stage, client, node, seen, worker};

const LONG: Duration = Duration::from_secs(60);

#[tokio::test]
async fn failures_and_panics_are_tried_again() {
    let database = apus_tests::database().await;
    let (node, stage) = (node(&database).await, Stage::new());
    let worker = worker(&node, &stage, LONG);
    let play = Play(vec![Act::Say(5), Act::FailOnce, Act::PanicOnce]);
    let run = client(&node).start("w", &play).await.unwrap();
    assert_eq!(run.result().await, Ok(5 + 2 + 2));
    assert_eq!(stage.attempts(), 5);
    worker.drain().await;
    node.shutdown().await;
}

#[tokio::test]
async fn many_runs_at_once() {
    let database = apus_tests::database().await;
    let (node, stage) = (node(&database).await, Stage::new());
    let worker = worker(&node, &stage, LONG);
    let client = client(&node);
    let runs = (0..100_u32).map(|number| {
        let client = client.clone();
        async move {
            let play = Play(vec![Act::Say(number), Act::Say(1), Act::FailOnce]);
            client
                .start(format!("w-{number}"), &play)
                .await
                .unwrap()
                .result()
                .await
                .unwrap()
        }
    });
    let sums = futures::future::join_all(runs).await;
    assert_eq!(sums, (0..100).map(|number| number + 3).collect::<Vec<u32>>());
    worker.drain().await;
    node.shutdown().await;
}

#[tokio::test]
async fn a_cancelled_run_tells_its_activity() {
    let database = apus_tests::database().await;
    let (node, stage) = (node(&database).await, Stage::new());
    let worker = worker(&node, &stage, LONG);
    let run = client(&node).start("w", &Play(vec![Act::Beat])).await.unwrap();
    seen(&stage.begun).await;
    run.cancel().await.unwrap();
    assert_eq!(run.result().await, Err(RunFailure::Cancelled));
    seen(&stage.cancelled).await;
    worker.drain().await;
    node.shutdown().await;
}

#[tokio::test]
async fn an_activity_that_takes_too_long_is_stopped() {
    let database = apus_tests::database().await;
    let (node, stage) = (node(&database).await, Stage::new());
    let worker = worker(&node, &stage, LONG);
    let run = client(&node).start("w", &Play(vec![Act::Hang])).await.unwrap();
    assert_eq!(run.result().await.unwrap_err().reason(), "activity_timed_out");
    seen(&stage.dropped).await;
    worker.drain().await;
    node.shutdown().await;
}

#[tokio::test]
async fn a_worker_that_drains_ends_what_it_has_begun() {
    let database = apus_tests::database().await;
    let (node, stage) = (node(&database).await, Stage::new());
    let first = worker(&node, &stage, LONG);
    let run = client(&node).start("w", &Play(vec![Act::Wait])).await.unwrap();
    seen(&stage.begun).await;
    let draining = tokio::spawn(first.drain());
    stage.go_on.notify_one();
    draining.await.unwrap();
    assert_eq!(run.result().await, Ok(7));
    node.shutdown().await;
}

#[tokio::test]
async fn what_does_not_end_while_draining_is_done_elsewhere() {
    let database = apus_tests::database().await;
    let (node, stage) = (node(&database).await, Stage::new());
    let first = worker(&node, &stage, Duration::ZERO);
    let run = client(&node).start("w", &Play(vec![Act::Wait])).await.unwrap();
    seen(&stage.begun).await;
    first.drain().await;
    seen(&stage.dropped).await;
    let second = worker(&node, &stage, LONG);
    seen(&stage.begun).await;
    stage.go_on.notify_one();
    assert_eq!(run.result().await, Ok(7));
    second.drain().await;
    node.shutdown().await;
}
