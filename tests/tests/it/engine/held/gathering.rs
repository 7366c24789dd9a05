//! What a run is asked while a commit is under way is decided about together.

use apus::model::EventType;

use super::super::support::{DOMAIN, line, of_type};
use super::gate::Gate;
use super::stage::{LISTEN, Stage};
use super::{FRONT, set};

const RUN: &str = "gathers";
const SIGNALS: usize = 20;

/// Signals a run that waits for a signal, and says when that is durable.
fn signal(stage: &Stage, workflow_id: &'static str) -> tokio::task::JoinHandle<()> {
    let node = stage.node.clone();
    tokio::spawn(async move {
        let signalled = node.signal_workflow(DOMAIN, workflow_id, None, "s", None).await;
        signalled.unwrap();
    })
}

#[tokio::test]
async fn one_decision_sees_to_all_that_came_while_a_commit_was_under_way() {
    let database = apus_tests::database().await;
    let (mut gate, stage): (Gate, Stage) = set(&database.connect_options()).await;
    stage.begin_embedded(FRONT, LISTEN).await;
    stage.begin_embedded(RUN, LISTEN).await;

    gate.close(FRONT).await;
    let mut signals = vec![signal(&stage, FRONT)];
    gate.reached().await;
    signals.extend((0..SIGNALS).map(|_| signal(&stage, RUN)));
    stage.told(RUN, EventType::WorkflowExecutionSignaled).await;
    stage.settled().await;
    gate.open(FRONT).await;
    for signal in signals {
        signal.await.unwrap();
    }

    let run = stage.node.latest_run(DOMAIN, RUN).await.unwrap();
    let events = stage.node.history(DOMAIN, &run.execution).await.unwrap();
    let times = |of| of_type(&events, of);
    assert_eq!(times(EventType::WorkflowExecutionSignaled), SIGNALS);
    // The start's, the first signal's, and that of all others together.
    assert_eq!(times(EventType::DecisionTaskCompleted), 3, "{}", line(&events));
    stage.end_scene().await;
    stage.clear().await;
}
