//! The same as an application sees it: workflows and activities in its process, called through the SDK.

use std::time::Duration;

use apus::node::Node;

use super::super::support::settled;
use super::gate::Gate;
use super::leaving::Leaving;
use crate::sdk::support::{Act, DOMAIN, Play, Stage, client, node, seen, worker};

const RUN: &str = "run";
const DRAIN: Duration = Duration::from_secs(60);

async fn hold(node: &Node, gate: &mut Gate, leaving: &mut Leaving) {
    let before = gate.visible(RUN).await;
    leaving.nothing_until(gate.reached()).await;
    leaving.nothing_until(settled(node)).await;
    leaving.nothing_until(gate.lose()).await;
    leaving.nothing_until(gate.reached()).await;
    leaving.nothing_until(settled(node)).await;
    assert_eq!(gate.visible(RUN).await, before);
}

#[tokio::test]
async fn no_step_of_an_application_outruns_its_commit() {
    let database = apus_tests::database().await;
    let (node, stage) = (node(&database).await, Stage::new());
    let worker = worker(&node, &stage, DRAIN);
    let client = client(&node);
    let mut gate = Gate::build(&database.connect_options()).await;

    gate.close(RUN).await;
    let (starting, attempted) = (client.clone(), stage.clone());
    let mut leaving = Leaving::of(RUN)
        .add("the activity", async move { seen(&attempted.begun).await })
        .add("the answer", async move {
            starting.start(RUN, &Play(vec![Act::Wait])).await.unwrap();
        });
    hold(&node, &mut gate, &mut leaving).await;
    gate.open(RUN).await;
    leaving.all().await;

    gate.close(RUN).await;
    let run = node.latest_run(DOMAIN, RUN).await.unwrap().execution;
    let handle = client.handle::<Play>(run);
    let mut leaving = Leaving::of(RUN).add("the result", async move {
        assert_eq!(handle.result().await, Ok(7));
    });
    stage.go_on.notify_one();
    hold(&node, &mut gate, &mut leaving).await;
    gate.open(RUN).await;
    leaving.all().await;
    assert_eq!(stage.attempts(), 1);

    worker.drain().await;
    node.shutdown().await;
}
