//! Runs from start to end, through the node.

use apus::core::NewRun;
use apus::model::{Event, EventType, FaultKind, Timeout, Timestamp, WorkflowExecution};
use apus::store::{self, Heartbeat};
use tokio_util::sync::CancellationToken;

use super::support::{DOMAIN, activity_task, line, new_run, node, of_type, one_activity, sequence, start};

#[tokio::test]
async fn one_activity_from_start_to_end() {
    let database = apus_tests::database().await;
    let node = node(&database, Some(one_activity)).await;
    let wait = CancellationToken::new();
    let (task, run) = tokio::join!(activity_task(&node, &wait), start(&node, "w"));
    let task = task.unwrap();
    assert_eq!(task.input().map(|input| &**input), Some("0"));
    node.complete_activity(&task.token, Some("done".into()))
        .await
        .unwrap();
    let closed = node.wait_closed(DOMAIN, &run).await.unwrap();
    assert_eq!(
        closed.attributes.event_type(),
        EventType::WorkflowExecutionCompleted
    );
    insta::assert_snapshot!(line(&node.history(DOMAIN, &run).await.unwrap()), @"1 WorkflowExecutionStarted, 2 DecisionTaskScheduled, 3 DecisionTaskStarted, 4 DecisionTaskCompleted, 5 ActivityTaskScheduled, 6 ActivityTaskStarted, 7 ActivityTaskCompleted, 8 DecisionTaskScheduled, 9 DecisionTaskStarted, 10 DecisionTaskCompleted, 11 WorkflowExecutionCompleted");
    node.shutdown().await;
}

#[tokio::test]
async fn a_task_waits_for_its_poller() {
    let database = apus_tests::database().await;
    let node = node(&database, Some(one_activity)).await;
    let run = start(&node, "w").await;
    let task = activity_task(&node, &CancellationToken::new()).await.unwrap();
    node.fail_activity(&task.token, Some("no".into()), None)
        .await
        .unwrap();
    let again = node.complete_activity(&task.token, None).await.unwrap_err();
    assert_eq!(again.kind, FaultKind::UnknownResourceFault);
    assert_eq!(
        of_type(
            &node.history(DOMAIN, &run).await.unwrap(),
            EventType::ActivityTaskFailed
        ),
        1
    );
    node.shutdown().await;
}

#[tokio::test]
async fn a_node_that_starts_later_takes_up_what_waits() {
    let database = apus_tests::database().await;
    let first = node(&database, None).await;
    let run = start(&first, "w").await;
    first.shutdown().await;
    let second = node(&database, Some(|events| sequence(events, 2))).await;
    for _ in 0..2 {
        let wait = CancellationToken::new();
        let task = activity_task(&second, &wait).await.unwrap();
        second
            .complete_activity(&task.token, Some("x".into()))
            .await
            .unwrap();
    }
    second.wait_closed(DOMAIN, &run).await.unwrap();
    second.shutdown().await;
}

/// Heartbeats are saved beside the commits, so one may come after the commit that ended its activity.
#[tokio::test]
async fn a_closed_run_leaves_no_heartbeat() {
    let database = apus_tests::database().await;
    let node = node(&database, Some(|events| sequence(events, 2))).await;
    let run = start(&node, "w").await;
    let wait = CancellationToken::new();
    let first = activity_task(&node, &wait).await.unwrap();
    node.complete_activity(&first.token, None).await.unwrap();
    let second = activity_task(&node, &wait).await.unwrap();
    let pool = store::connect(&database.connect_options(), 1).await.unwrap();
    let late = Heartbeat {
        run: run.run_id,
        scheduled_event_id: 5,
        started_event_id: 6,
        at: Timestamp(0),
        details: None,
    };
    store::save_heartbeats(&pool, &[late]).await.unwrap();
    assert_eq!(store::load_heartbeats(&pool, run.run_id).await.unwrap().len(), 1);
    node.complete_activity(&second.token, None).await.unwrap();
    node.wait_closed(DOMAIN, &run).await.unwrap();
    assert_eq!(store::load_heartbeats(&pool, run.run_id).await.unwrap(), []);
    node.shutdown().await;
}

#[tokio::test]
async fn of_a_thousand_starts_of_one_workflow_id_one_wins() {
    let database = apus_tests::database().await;
    let node = node(&database, None).await;
    let starts = (0..1_000).map(|_| node.start_workflow(DOMAIN, "same", new_run()));
    let outcomes = futures::future::join_all(starts).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    let refused = outcomes.iter().filter_map(|outcome| outcome.as_ref().err());
    assert!(
        refused
            .clone()
            .all(|fault| fault.kind == FaultKind::WorkflowExecutionAlreadyStartedFault)
    );
    assert_eq!(refused.count(), 999);
    node.shutdown().await;
}

/// More than one commit takes: none may fall between two.
#[tokio::test]
async fn three_thousand_starts_at_once() {
    let database = apus_tests::database().await;
    let node = node(&database, None).await;
    let ids: Vec<String> = (0..3_000).map(|number| format!("w{number}")).collect();
    let starts = ids.iter().map(|id| node.start_workflow(DOMAIN, id, new_run()));
    let outcomes = futures::future::join_all(starts).await;
    assert!(outcomes.iter().all(Result::is_ok));
    assert_eq!(
        node.count_open(DOMAIN, &apus::store::Filter::default()).await,
        Ok(3_000)
    );
    node.shutdown().await;
}

/// More than are rung before as many turns are committed, and no commit comes back while they fall due: none of those
/// that had to wait is forgotten.
#[tokio::test]
async fn five_thousand_deadlines_at_once() {
    let database = apus_tests::database().await;
    let node = node(&database, None).await;
    let new = || NewRun {
        execution_start_to_close_timeout: Some(Timeout::Seconds(3)),
        ..new_run()
    };
    let ids: Vec<String> = (0..5_000).map(|number| format!("w{number}")).collect();
    let starts = ids.iter().map(|id| node.start_workflow(DOMAIN, id, new()));
    let runs = futures::future::try_join_all(starts).await.unwrap();
    let pool = store::connect(&database.connect_options(), 1).await.unwrap();
    let mut holds = pool.begin().await.unwrap();
    sqlx::query("lock table history in share mode")
        .execute(&mut *holds)
        .await
        .unwrap();
    let mut all_are_due = false;
    while !all_are_due {
        // Of rows as they began: sweeps move deadlines on.
        all_are_due = sqlx::query_scalar(
            "select coalesce(max(started_at) + interval '3 seconds' < clock_timestamp(), true) from open_executions",
        )
        .fetch_one(&mut *holds)
        .await
        .unwrap();
    }
    holds.rollback().await.unwrap();
    let ended = ids.iter().zip(runs).map(|(id, run_id)| {
        let run = WorkflowExecution {
            workflow_id: id.as_str().into(),
            run_id,
        };
        let node = &node;
        async move { node.wait_closed(DOMAIN, &run).await }
    });
    let ended = futures::future::try_join_all(ended).await.unwrap();
    let timed_out = |last: &Event| last.attributes.event_type() == EventType::WorkflowExecutionTimedOut;
    assert!(ended.iter().all(timed_out));
    node.shutdown().await;
}

#[tokio::test]
async fn many_runs_on_two_nodes_of_one_database() {
    let database = apus_tests::database().await;
    let nodes = [
        node(&database, Some(one_activity)).await,
        node(&database, Some(one_activity)).await,
    ];
    let stop = CancellationToken::new();
    let workers: Vec<_> = nodes
        .iter()
        .flat_map(|node| std::iter::repeat_n(node, 4))
        .enumerate()
        .map(|(number, from)| {
            // Every second answer goes to the node that did not hand out the task.
            let (from, to, stop) = (from.clone(), nodes[number % 2].clone(), stop.clone());
            tokio::spawn(async move {
                while let Some(task) = activity_task(&from, &stop).await {
                    to.complete_activity(&task.token, Some("x".into())).await.unwrap();
                }
            })
        })
        .collect();
    let runs = (0..200).map(|number| {
        let node = &nodes[number % 2];
        async move {
            let run = start(node, &format!("w{number}")).await;
            let events = node.wait_closed(DOMAIN, &run).await.map(|last| last.id);
            assert_eq!(
                events,
                Ok(11),
                "{}",
                line(&node.history(DOMAIN, &run).await.unwrap())
            );
        }
    });
    futures::future::join_all(runs).await;
    stop.cancel();
    for worker in workers {
        worker.await.unwrap();
    }
    for node in nodes {
        node.shutdown().await;
    }
}
