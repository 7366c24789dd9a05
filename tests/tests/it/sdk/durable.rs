//! Runs that outlive their node, children, signals, and runs that continue as new.

use std::time::Duration;

use apus::node::Node;
use apus::sdk::testkit::{Recording, replay};

use super::support::{Act, Conduct, DOMAIN, Play, Stage, client, node, seen, worker, workflows};

const LONG: Duration = Duration::from_secs(60);

/// The history of a run that a node wrote fits the code.
async fn check_replay(node: &Node, execution: &apus::model::WorkflowExecution) {
    let history = node.history(DOMAIN, execution).await.unwrap();
    replay(&workflows(), &Recording::new(DOMAIN, execution.clone(), &history)).unwrap();
}

#[tokio::test]
async fn a_run_goes_on_at_the_next_node() {
    let database = apus_tests::database().await;
    let stage = Stage::new();
    let first = node(&database).await;
    let draining = worker(&first, &stage, LONG);
    let play = Play(vec![Act::Say(1), Act::Wait, Act::Say(2)]);
    let run = client(&first).start("w", &play).await.unwrap();
    let execution = run.execution().clone();
    seen(&stage.begun).await;
    seen(&stage.begun).await;
    let draining = tokio::spawn(draining.drain());
    stage.go_on.notify_one();
    draining.await.unwrap();
    first.shutdown().await;

    let second = node(&database).await;
    let worker = worker(&second, &stage, LONG);
    let run = client(&second).handle::<Play>(execution.clone());
    assert_eq!(run.result().await, Ok(1 + 7 + 2));
    assert_eq!(stage.attempts(), 3, "what was done is not done again");
    check_replay(&second, &execution).await;
    worker.drain().await;
    second.shutdown().await;
}

#[tokio::test]
async fn signals_children_and_successors() {
    let database = apus_tests::database().await;
    let (node, stage) = (node(&database).await, Stage::new());
    let worker = worker(&node, &stage, LONG);
    let client = client(&node);
    let run = client.start("w", &Conduct { number: None }).await.unwrap();
    run.signal("number", &10_u32).await.unwrap();
    assert_eq!(run.result().await, Ok(30 + 3));
    check_replay(&node, run.execution()).await;
    worker.drain().await;
    node.shutdown().await;
}
