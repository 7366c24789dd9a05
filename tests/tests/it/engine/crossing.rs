//! Runs that two nodes move: by messages between them, each of which takes effect exactly once, and by deciders at one
//! node and workers at the other.

use std::time::Duration;

use apus::model::{
    ChildPolicy, CompleteWorkflowExecution, Decision, Event, EventAttributes, EventType,
    SignalExternalWorkflowExecution, StartChildWorkflowExecution, WorkflowExecution,
};
use apus::node::{Node, TaskToken};
use tokio_util::sync::CancellationToken;

use super::support::{
    DOMAIN, activity_task, decide, decision_task, line, node, of_type, schedule, sequence, start,
    workflow_type,
};

/// Children of one parent.
const CHILDREN: usize = 20;

/// A parent starts children and signals each; a child ends when it is signalled; the parent when all have ended.
fn family(events: &[Event]) -> Vec<Decision> {
    let is_child = matches!(&events[0].attributes,
        EventAttributes::WorkflowExecutionStarted(started) if started.parent_workflow_execution.is_some());
    if is_child {
        let signalled = of_type(events, EventType::WorkflowExecutionSignaled) > 0;
        return if signalled { vec![complete()] } else { Vec::new() };
    }
    if of_type(events, EventType::StartChildWorkflowExecutionInitiated) == 0 {
        return (0..CHILDREN)
            .map(|number| child(&format!("child-{number}")))
            .collect();
    }
    if of_type(events, EventType::ChildWorkflowExecutionCompleted) == CHILDREN {
        return vec![complete()];
    }
    let begun = events.iter().filter_map(|event| match &event.attributes {
        EventAttributes::ChildWorkflowExecutionStarted(begun) => Some(&begun.workflow_execution.workflow_id),
        _ => None,
    });
    let signalled = of_type(events, EventType::SignalExternalWorkflowExecutionInitiated);
    begun
        .skip(signalled)
        .map(|workflow_id| signal(workflow_id))
        .collect()
}

/// Starts children that wait for ever.
fn abandoned_family(events: &[Event]) -> Vec<Decision> {
    match &events[0].attributes {
        EventAttributes::WorkflowExecutionStarted(started) if started.parent_workflow_execution.is_none() => {
            let initiated = of_type(events, EventType::StartChildWorkflowExecutionInitiated);
            (initiated..CHILDREN)
                .map(|number| child(&format!("child-{number}")))
                .collect()
        }
        _ => Vec::new(),
    }
}

fn complete() -> Decision {
    CompleteWorkflowExecution { result: None }.into()
}

fn child(workflow_id: &str) -> Decision {
    StartChildWorkflowExecution {
        child_policy: Some(ChildPolicy::Terminate),
        ..StartChildWorkflowExecution::new(workflow_type(), workflow_id)
    }
    .into()
}

fn signal(workflow_id: &str) -> Decision {
    SignalExternalWorkflowExecution {
        workflow_id: workflow_id.into(),
        run_id: None,
        signal_name: "end".into(),
        input: None,
        control: None,
    }
    .into()
}

async fn history_of(node: &Node, workflow_id: &str) -> Vec<Event> {
    let run = node.latest_run(DOMAIN, workflow_id).await.unwrap();
    node.history(DOMAIN, &run.execution).await.unwrap()
}

#[tokio::test]
async fn parents_and_children_agree() {
    let database = apus_tests::database().await;
    let nodes = [
        node(&database, Some(family)).await,
        node(&database, Some(family)).await,
    ];
    let parent = start(&nodes[0], "parent").await;
    nodes[1].wait_closed(DOMAIN, &parent).await.unwrap();
    let events = nodes[0].history(DOMAIN, &parent).await.unwrap();
    for (of, count) in [
        (EventType::ChildWorkflowExecutionStarted, CHILDREN),
        (EventType::ExternalWorkflowExecutionSignaled, CHILDREN),
        (EventType::ChildWorkflowExecutionCompleted, CHILDREN),
        (EventType::SignalExternalWorkflowExecutionFailed, 0),
    ] {
        assert_eq!(of_type(&events, of), count, "{} in {}", of.name(), line(&events));
    }
    for number in 0..CHILDREN {
        let child = history_of(&nodes[0], &format!("child-{number}")).await;
        assert_eq!(
            of_type(&child, EventType::WorkflowExecutionSignaled),
            1,
            "{}",
            line(&child)
        );
    }
    let left: i64 = sqlx::query_scalar("select count(*) from apus.outbox")
        .fetch_one(
            &database
                .pool_options()
                .connect_with(database.connect_options())
                .await
                .unwrap(),
        )
        .await
        .unwrap();
    assert_eq!(left, 0);
    for node in nodes {
        node.shutdown().await;
    }
}

#[tokio::test]
async fn children_of_a_terminated_parent_end_too_even_those_that_have_yet_to_begin() {
    let database = apus_tests::database().await;
    let node = node(&database, Some(abandoned_family)).await;
    let parent = start(&node, "parent").await;
    node.terminate(DOMAIN, "parent", None, None, None, None)
        .await
        .unwrap();
    let events = node.history(DOMAIN, &parent).await.unwrap();
    let initiated = of_type(&events, EventType::StartChildWorkflowExecutionInitiated);
    for number in 0..initiated {
        let workflow_id = format!("child-{number}");
        let ended = terminated(&node, &workflow_id);
        tokio::time::timeout(Duration::from_secs(60), ended)
            .await
            .unwrap();
    }
    node.shutdown().await;
}

async fn terminated(node: &Node, workflow_id: &str) {
    loop {
        if let Ok(info) = node.latest_run(DOMAIN, workflow_id).await {
            let run = WorkflowExecution {
                workflow_id: workflow_id.into(),
                run_id: info.execution.run_id,
            };
            let last = node.wait_closed(DOMAIN, &run).await.unwrap();
            assert_eq!(
                last.attributes.event_type(),
                EventType::WorkflowExecutionTerminated
            );
            return;
        }
        tokio::task::yield_now().await;
    }
}

/// Activities of a run whose deciders and workers are at different nodes.
const STEPS: usize = 5;

/// What the other node did since is not known here when the decision task is found; it must not be thrown away.
#[tokio::test]
async fn deciders_of_one_node_and_workers_of_another_complete_a_run() {
    let database = apus_tests::database().await;
    let decides = node(&database, Some(|events| sequence(events, STEPS))).await;
    let works = node(&database, None).await;
    let run = start(&decides, "w").await;
    let stop = CancellationToken::new();
    for _ in 0..STEPS {
        let task = activity_task(&works, &stop).await.unwrap();
        works.complete_activity(&task.token, None).await.unwrap();
    }
    decides.wait_closed(DOMAIN, &run).await.unwrap();
    let events = decides.history(DOMAIN, &run).await.unwrap();
    assert_eq!(
        of_type(&events, EventType::ActivityTaskCompleted),
        STEPS,
        "{}",
        line(&events)
    );
    for node in [decides, works] {
        node.shutdown().await;
    }
}

#[tokio::test]
async fn a_state_that_was_read_for_a_refusal_refuses_nothing_later() {
    let database = apus_tests::database().await;
    let [moves, refuses] = [node(&database, None).await, node(&database, None).await];
    let (decision, run) = tokio::join!(decision_task(&moves), start(&moves, "w"));
    let unknown = TaskToken {
        run: run.run_id,
        scheduled_event_id: 1,
        started_event_id: 1,
    };
    refuses.complete_activity(&unknown, None).await.unwrap_err();
    decide(&moves, &decision, vec![schedule("a")]).await;
    let task = activity_task(&moves, &CancellationToken::new()).await.unwrap();
    refuses.complete_activity(&task.token, None).await.unwrap();
    for node in [moves, refuses] {
        node.shutdown().await;
    }
}
