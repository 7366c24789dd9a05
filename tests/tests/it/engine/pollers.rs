//! Deciders and workers that poll: which task they get, and what becomes of one when they go away.

use apus::core::Completion;
use apus::model::{CompleteWorkflowExecution, Decision, EventType, FaultKind, Limits, WorkflowExecution};
use apus::node::{Node, NodeOptions};
use tokio_util::sync::CancellationToken;

use super::support::{
    DOMAIN, LIST, activity_task, continue_as_new, decide, decision_task, line, node, register, schedule,
    start,
};

fn complete() -> Decision {
    CompleteWorkflowExecution { result: None }.into()
}

async fn done(node: &Node, run: &WorkflowExecution) -> String {
    node.wait_closed(DOMAIN, run).await.unwrap();
    line(&node.history(DOMAIN, run).await.unwrap())
}

#[tokio::test]
async fn a_decider_that_polls_decides_a_run() {
    let database = apus_tests::database().await;
    let node = node(&database, None).await;
    let (first, run) = tokio::join!(decision_task(&node), start(&node, "w"));
    assert_eq!(first.previous_started_event_id, 0);
    assert_eq!(first.history.as_ref().unwrap().len(), 3);
    assert_eq!(node.count_pending_decision_tasks(DOMAIN, LIST).await.unwrap(), 0);
    decide(&node, &first, vec![schedule("a")]).await;
    assert_eq!(node.count_pending_activity_tasks(DOMAIN, LIST).await.unwrap(), 1);
    let activity = activity_task(&node, &CancellationToken::new()).await.unwrap();
    node.complete_activity(&activity.token, None).await.unwrap();
    assert_eq!(node.count_pending_decision_tasks(DOMAIN, LIST).await.unwrap(), 1);
    let second = decision_task(&node).await;
    assert_eq!(second.previous_started_event_id, first.token.started_event_id);
    // Later than the task: its decider does not see it.
    node.signal_workflow(DOMAIN, "w", None, "late", None)
        .await
        .unwrap();
    let page = node
        .decision_history_page(&second.token, None, 1_000, false)
        .await
        .unwrap();
    assert_eq!(page.events.last().unwrap().id, second.token.started_event_id);
    assert_eq!(page.next, None);
    assert_eq!(second.history.as_deref().unwrap(), &page.events[..]);
    let newest = node
        .decision_history_page(&second.token, None, 2, true)
        .await
        .unwrap();
    let ids: Vec<_> = newest.events.iter().map(|event| event.id).collect();
    assert_eq!((ids, newest.next), (vec![9, 8], Some(7)));
    decide(&node, &second, vec![]).await;
    decide(&node, &decision_task(&node).await, vec![complete()]).await;
    insta::assert_snapshot!(done(&node, &run).await, @"1 WorkflowExecutionStarted, 2 DecisionTaskScheduled, 3 DecisionTaskStarted, 4 DecisionTaskCompleted, 5 ActivityTaskScheduled, 6 ActivityTaskStarted, 7 ActivityTaskCompleted, 8 DecisionTaskScheduled, 9 DecisionTaskStarted, 10 WorkflowExecutionSignaled, 11 DecisionTaskScheduled, 12 DecisionTaskCompleted, 13 DecisionTaskStarted, 14 DecisionTaskCompleted, 15 WorkflowExecutionCompleted");
    let closed = node
        .complete_decision_task(&second.token, Completion::default())
        .await;
    assert_eq!(closed.unwrap_err().kind, FaultKind::UnknownResourceFault);
    node.shutdown().await;
}

#[tokio::test]
async fn a_run_that_continues_is_found_by_any_node() {
    let database = apus_tests::database().await;
    let first = node(&database, None).await;
    let (task, _) = tokio::join!(decision_task(&first), start(&first, "w"));
    decide(&first, &task, vec![continue_as_new()]).await;
    // Nobody polls there, so that nothing but the database says that a decision waits.
    first.shutdown().await;
    let second = node(&database, None).await;
    let task = decision_task(&second).await;
    decide(&second, &task, vec![complete()]).await;
    let events = done(&second, &task.execution).await;
    assert!(events.ends_with("5 WorkflowExecutionCompleted"), "{events}");
    second.shutdown().await;
}

#[tokio::test]
async fn a_task_that_does_not_reach_its_poller_goes_to_the_next() {
    let database = apus_tests::database().await;
    let node = node(&database, None).await;
    let never = CancellationToken::new();
    let (gone, run) = tokio::join!(
        node.poll_decision_task(DOMAIN, LIST, Some("gone"), &never),
        start(&node, "w")
    );
    let gone = gone.unwrap().unwrap();
    let token = gone.task().token;
    drop(gone);
    let task = decision_task(&node).await;
    assert_eq!(task.token, token);
    decide(&node, &task, vec![schedule("a")]).await;
    let gone = node.poll_activity_task(DOMAIN, LIST, Some("gone"), &never).await;
    let waits = activity_task(&node, &never);
    let (activity, ()) = tokio::join!(waits, async { drop(gone) });
    node.complete_activity(&activity.unwrap().token, None)
        .await
        .unwrap();
    decide(&node, &decision_task(&node).await, vec![complete()]).await;
    insta::assert_snapshot!(done(&node, &run).await, @"1 WorkflowExecutionStarted, 2 DecisionTaskScheduled, 3 DecisionTaskStarted, 4 DecisionTaskCompleted, 5 ActivityTaskScheduled, 6 ActivityTaskStarted, 7 ActivityTaskCompleted, 8 DecisionTaskScheduled, 9 DecisionTaskStarted, 10 DecisionTaskCompleted, 11 WorkflowExecutionCompleted");
    node.shutdown().await;
}

#[tokio::test]
async fn polls_that_are_dropped_leave_nothing_behind() {
    let database = apus_tests::database().await;
    let node = node(&database, None).await;
    let mut dropped = Vec::new();
    for _ in 0..200 {
        let node = node.clone();
        dropped.push(tokio::spawn(async move { decision_task(&node).await }));
    }
    let starts = (0..50).map(|number| {
        let node = node.clone();
        async move { start(&node, &format!("w{number}")).await }
    });
    let (runs, ()) = tokio::join!(futures::future::join_all(starts), async {
        for poll in &dropped {
            poll.abort();
            tokio::task::yield_now().await;
        }
    });
    let mut open = runs.len();
    for poll in dropped {
        // One that was not dropped before it had taken its task has taken it.
        if let Ok(task) = poll.await {
            decide(&node, &task, vec![complete()]).await;
            open -= 1;
        }
    }
    for _ in 0..open {
        decide(&node, &decision_task(&node).await, vec![complete()]).await;
    }
    for run in runs {
        let events = done(&node, &run).await;
        assert!(events.ends_with("5 WorkflowExecutionCompleted"), "{events}");
    }
    node.shutdown().await;
}

#[tokio::test]
async fn one_poller_takes_up_all_that_a_dead_node_left() {
    let database = apus_tests::database().await;
    let dead = node(&database, None).await;
    let runs = futures::future::join_all((0..40).map(|number| {
        let dead = dead.clone();
        async move { start(&dead, &format!("w{number}")).await }
    }))
    .await;
    dead.shutdown().await;
    let alive = node(&database, None).await;
    for _ in &runs {
        decide(&alive, &decision_task(&alive).await, vec![complete()]).await;
    }
    for run in runs {
        let last = alive.wait_closed(DOMAIN, &run).await.unwrap();
        assert_eq!(
            last.attributes.event_type(),
            EventType::WorkflowExecutionCompleted
        );
    }
    alive.shutdown().await;
}

#[tokio::test]
async fn more_pollers_than_may_wait_are_refused() {
    let database = apus_tests::database().await;
    let limits = Limits {
        pollers_per_list: 2,
        ..Limits::default()
    };
    let node = Node::start(NodeOptions {
        limits,
        ..NodeOptions::new(database.connect_options())
    })
    .await
    .unwrap();
    register(&node).await;
    let withdraw = CancellationToken::new();
    let poll = || node.poll_decision_task(DOMAIN, LIST, None, &withdraw);
    let mut refused = 0;
    let (one, two, three) = tokio::join!(poll(), poll(), async {
        let third = poll().await;
        withdraw.cancel();
        third
    });
    for polled in [one, two, three] {
        match polled {
            Ok(task) => assert!(task.is_none()),
            Err(fault) => {
                assert_eq!(fault.kind, FaultKind::LimitExceededFault);
                refused += 1;
            }
        }
    }
    assert_eq!(refused, 1);
    node.shutdown().await;
}
