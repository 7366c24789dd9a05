//! Lost connections, stale states, dead nodes, late answers.

use std::time::Duration;

use apus::model::{
    ActivityTaskTimeoutType, Decision, Event, EventAttributes, EventType, FaultKind, ScheduleActivityTask,
    Timeout,
};
use apus::node::{Node, TaskToken};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use super::support::{DOMAIN, activity_task, line, node, of_type, one_activity, schedule, sequence, start};

/// Runs under way while connections are cut.
const RUNS: usize = 150;
/// How often they are cut.
const CUTS: usize = 12;

/// Answers every task until `stop`.
fn work(node: &Node, stop: &CancellationToken) -> tokio::task::JoinHandle<()> {
    let (node, stop) = (node.clone(), stop.clone());
    tokio::spawn(async move {
        while let Some(task) = activity_task(&node, &stop).await {
            // A cut may hide that an answer was taken: the second then says that the task is closed.
            match node.complete_activity(&task.token, Some("x".into())).await {
                Ok(()) => {}
                Err(fault) => assert_eq!(fault.kind, FaultKind::UnknownResourceFault),
            }
        }
    })
}

async fn cut_all_connections(pool: &PgPool) {
    sqlx::query(
        "select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid()",
    )
    .execute(pool)
    .await
    .unwrap();
}

#[tokio::test]
async fn lost_connections_lose_and_double_nothing() {
    let database = apus_tests::database().await;
    let node = node(&database, Some(|events| sequence(events, 5))).await;
    let stop = CancellationToken::new();
    let workers: Vec<_> = (0..8).map(|_| work(&node, &stop)).collect();
    let runs: Vec<_> = (0..RUNS)
        .map(|number| {
            let node = node.clone();
            tokio::spawn(async move { start(&node, &format!("w{number}")).await })
        })
        .collect();
    let admin = database
        .pool_options()
        .max_connections(1)
        .connect_with(database.connect_options())
        .await
        .unwrap();
    let mut seen = 0;
    for _ in 0..CUTS {
        // Cut again once something has moved, so that each cut falls into work.
        loop {
            let rows: i64 = sqlx::query_scalar("select count(*) from apus.history")
                .fetch_one(&admin)
                .await
                .unwrap();
            if rows > seen || node.count_open(DOMAIN, &apus::store::Filter::default()).await == Ok(0) {
                seen = rows;
                break;
            }
            tokio::task::yield_now().await;
        }
        cut_all_connections(&admin).await;
    }
    for run in runs {
        let run = run.await.unwrap();
        let mut closed = node.wait_closed(DOMAIN, &run).await;
        while closed
            .as_ref()
            .is_err_and(|fault| fault.kind == FaultKind::ServiceUnavailable)
        {
            closed = node.wait_closed(DOMAIN, &run).await;
        }
        let events = node.history(DOMAIN, &run).await.unwrap();
        assert_eq!(
            of_type(&events, EventType::ActivityTaskCompleted),
            5,
            "{}",
            line(&events)
        );
        assert_eq!(
            of_type(&events, EventType::ActivityTaskScheduled),
            5,
            "{}",
            line(&events)
        );
        assert!(
            events.iter().zip(1..).all(|(event, id)| event.id == id),
            "{}",
            line(&events)
        );
    }
    stop.cancel();
    for worker in workers {
        worker.await.unwrap();
    }
    node.shutdown().await;
}

#[tokio::test]
async fn a_stale_state_is_never_the_answer() {
    let database = apus_tests::database().await;
    let nodes = [node(&database, None).await, node(&database, None).await];
    let run = start(&nodes[0], "w").await;
    // The second node reads the run; the first then moves it, and so on: each finds its state stale.
    for turn in 0..20 {
        let node = &nodes[turn % 2];
        node.signal_workflow(DOMAIN, "w", None, &format!("s{turn}"), None)
            .await
            .unwrap();
    }
    let both = (0..100).map(|turn| {
        let node = nodes[turn % 2].clone();
        async move {
            node.signal_workflow(DOMAIN, "w", None, &format!("r{turn}"), None)
                .await
        }
    });
    for signalled in futures::future::join_all(both).await {
        signalled.unwrap();
    }
    let events = nodes[0].history(DOMAIN, &run).await.unwrap();
    assert_eq!(
        of_type(&events, EventType::WorkflowExecutionSignaled),
        120,
        "{}",
        line(&events)
    );
    nodes[0]
        .terminate(DOMAIN, "w", None, None, None, None)
        .await
        .unwrap();
    let late = nodes[1]
        .signal_workflow(DOMAIN, "w", None, "late", None)
        .await
        .unwrap_err();
    assert_eq!(late.message, "Unknown execution, workflowId = w");
    for node in nodes {
        node.shutdown().await;
    }
}

fn with_heartbeat(events: &[Event]) -> Vec<Decision> {
    if of_type(events, EventType::ActivityTaskScheduled) > 0 {
        return Vec::new();
    }
    let Decision::ScheduleActivityTask(task) = schedule("1") else {
        unreachable!("that is what it makes")
    };
    vec![
        ScheduleActivityTask {
            heartbeat_timeout: Some(Timeout::Seconds(1)),
            ..task
        }
        .into(),
    ]
}

/// Waits until the run has an event of the type.
async fn until(node: &Node, run: &apus::model::WorkflowExecution, of: EventType) -> Event {
    tokio::time::timeout(Duration::from_secs(60), async {
        loop {
            let events = node.history(DOMAIN, run).await.unwrap();
            if let Some(event) = events
                .into_iter()
                .find(|event| event.attributes.event_type() == of)
            {
                return event;
            }
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn a_worker_that_falls_silent_is_given_up_and_its_late_answer_refused() {
    let database = apus_tests::database().await;
    let node = node(&database, Some(with_heartbeat)).await;
    let run = start(&node, "w").await;
    let wait = CancellationToken::new();
    let task = activity_task(&node, &wait).await.unwrap();
    assert!(!node.heartbeat(&task.token, Some("half".into())).await.unwrap());
    let timed_out = until(&node, &run, EventType::ActivityTaskTimedOut).await;
    let EventAttributes::ActivityTaskTimedOut(timed_out) = timed_out.attributes else {
        unreachable!("by its type")
    };
    assert_eq!(timed_out.timeout_type, ActivityTaskTimeoutType::Heartbeat);
    assert_eq!(timed_out.details.as_deref(), Some("half"));
    for late in [
        node.complete_activity(&task.token, None).await,
        node.heartbeat(&task.token, None).await.map(drop),
        node.complete_activity(
            &TaskToken {
                started_event_id: 999,
                ..task.token
            },
            None,
        )
        .await,
    ] {
        assert_eq!(
            late.unwrap_err().message,
            "Unknown activity, scheduledEventId = 5"
        );
    }
    node.shutdown().await;
}

#[tokio::test]
async fn what_a_dead_node_held_is_done_by_another() {
    let database = apus_tests::database().await;
    let dead = node(&database, Some(with_heartbeat)).await;
    let run = start(&dead, "w").await;
    let wait = CancellationToken::new();
    let _lost = activity_task(&dead, &wait).await.unwrap();
    dead.shutdown().await;
    // The timeout that the first node would have seen to is swept by the second, which never heard of the run.
    let alive = node(&database, Some(with_heartbeat)).await;
    until(&alive, &run, EventType::ActivityTaskTimedOut).await;
    alive.shutdown().await;
}

#[tokio::test]
async fn a_poller_that_gives_up_loses_no_task() {
    let database = apus_tests::database().await;
    let node = node(&database, Some(one_activity)).await;
    let withdrawn = CancellationToken::new();
    let polls: Vec<_> = (0..50)
        .map(|_| {
            let (node, withdrawn) = (node.clone(), withdrawn.clone());
            tokio::spawn(async move { activity_task(&node, &withdrawn).await })
        })
        .collect();
    let starts = (0..50).map(|number| {
        let node = node.clone();
        async move { start(&node, &format!("w{number}")).await }
    });
    let (runs, ()) = tokio::join!(futures::future::join_all(starts), async { withdrawn.cancel() });
    let stop = CancellationToken::new();
    let worker = work(&node, &stop);
    for poll in polls {
        if let Some(task) = poll.await.unwrap() {
            node.complete_activity(&task.token, None).await.unwrap();
        }
    }
    for run in runs {
        node.wait_closed(DOMAIN, &run).await.unwrap();
    }
    stop.cancel();
    worker.await.unwrap();
    node.shutdown().await;
}
