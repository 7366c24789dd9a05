//! Long polls: what they answer, and what becomes of a poller that goes away.

use std::time::Duration;

use apus::model::{FaultKind, Limits};
use apus::wire::WireOptions;
use apus_tests::Signer;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use super::support::{DOMAIN, LIST, Served, decision, line, poll, schedule};

/// Polls are answered empty after this time.
fn holding(long_poll: Duration) -> WireOptions {
    WireOptions {
        long_poll,
        ..WireOptions::local()
    }
}

/// A second poller of a list is refused.
async fn with_one_poller_a_list() -> Served {
    let limits = Limits {
        pollers_per_list: 1,
        ..Limits::default()
    };
    Served::with(limits, WireOptions::local()).await
}

#[tokio::test]
async fn a_run_is_worked_off_by_pollers() {
    let served = Served::start(None).await;
    let (task, run) = tokio::join!(served.decision_task(), served.start_run("w"));
    assert_eq!(
        task["workflowExecution"],
        json!({ "workflowId": "w", "runId": run })
    );
    assert_eq!(
        task["workflowType"],
        json!({ "name": "workflow", "version": "1" })
    );
    assert_eq!(
        (&task["startedEventId"], &task["previousStartedEventId"]),
        (&json!(3), &json!(0))
    );
    assert_eq!(task.get("nextPageToken"), None);
    let events = task["events"].as_array().unwrap();
    assert_eq!(
        line(events),
        "1 WorkflowExecutionStarted, 2 DecisionTaskScheduled, 3 DecisionTaskStarted"
    );
    assert_eq!(
        events[2]["decisionTaskStartedEventAttributes"],
        json!({ "scheduledEventId": 2, "identity": "poller" })
    );

    let (activity, ()) = tokio::join!(
        served.activity_task(),
        served.decide(&task, json!([schedule("a")]))
    );
    let token = activity["taskToken"].clone();
    assert_eq!(
        activity,
        json!({ "taskToken": token, "activityId": "a", "startedEventId": 6, "input": "in",
                "workflowExecution": { "workflowId": "w", "runId": run },
                "activityType": { "name": "activity", "version": "1" } })
    );
    let beat = json!({ "taskToken": token, "details": "half" });
    let beat = served.call("RecordActivityTaskHeartbeat", beat).await;
    assert_eq!(beat, json!({ "cancelRequested": false }));
    let done = json!({ "taskToken": token, "result": "out" });
    let done = served.call("RespondActivityTaskCompleted", done).await;
    assert_eq!(done, Value::Null);

    let task = served.decision_task().await;
    assert_eq!(
        (&task["startedEventId"], &task["previousStartedEventId"]),
        (&json!(9), &json!(3))
    );
    let complete = decision("CompleteWorkflowExecution", json!({ "result": "out" }));
    served.decide(&task, json!([complete])).await;
    insta::assert_snapshot!(line(&served.history("w", &run).await), @"1 WorkflowExecutionStarted, 2 DecisionTaskScheduled, 3 DecisionTaskStarted, 4 DecisionTaskCompleted, 5 ActivityTaskScheduled, 6 ActivityTaskStarted, 7 ActivityTaskCompleted, 8 DecisionTaskScheduled, 9 DecisionTaskStarted, 10 DecisionTaskCompleted, 11 WorkflowExecutionCompleted");
}

#[tokio::test]
async fn a_poll_without_a_task_is_answered_empty() {
    let served = Served::with(Limits::default(), holding(Duration::from_millis(50))).await;
    let decision = served.call("PollForDecisionTask", poll()).await;
    assert_eq!(
        decision,
        json!({ "previousStartedEventId": 0, "startedEventId": 0 })
    );
    let activity = served.call("PollForActivityTask", poll()).await;
    assert_eq!(activity, json!({ "startedEventId": 0 }));
}

#[tokio::test]
async fn polls_are_answered_when_the_node_is_to_stop() {
    let served = with_one_poller_a_list().await;
    let stop = async {
        wait_for_poller(&served, true).await;
        served.node.drain_polls().await;
    };
    let (polled, ()) = tokio::join!(served.call("PollForActivityTask", poll()), stop);
    assert_eq!(polled, json!({ "startedEventId": 0 }));
}

#[tokio::test]
async fn a_poller_that_goes_away_leaves_its_place() {
    let served = with_one_poller_a_list().await;
    for action in ["PollForDecisionTask", "PollForActivityTask"] {
        let connection = send(&served, action, &poll()).await;
        if action == "PollForActivityTask" {
            wait_for_poller(&served, true).await;
            let refused = served.refused(action, poll()).await;
            assert_eq!(
                (refused.code.as_str(), refused.message.as_str()),
                (
                    "LimitExceededFault",
                    "Limit on maximum concurrent poll requests per task list reached"
                )
            );
        }
        drop(connection);
        wait_for_poller(&served, false).await;
    }
    // Nobody is left who could take a task and not do it.
    let (task, _) = tokio::join!(served.decision_task(), served.start_run("w"));
    served.decide(&task, json!([schedule("a")])).await;
    assert_eq!(served.activity_task().await["activityId"], "a");
}

#[tokio::test]
async fn pollers_that_go_away_at_any_moment_lose_no_task() {
    const RUNS: usize = 40;
    let served = Served::start(None).await;
    for number in 0..RUNS {
        // A task and the end of its poller race each other.
        let connection = send(&served, "PollForDecisionTask", &poll()).await;
        let workflow_id = format!("w{number}");
        let (_, ()) = tokio::join!(served.start_run(&workflow_id), async {
            for _ in 0..number * 10 {
                tokio::task::yield_now().await;
            }
            drop(connection);
        });
    }
    let mut found = Vec::new();
    while found.len() < RUNS {
        let task = served.decision_task().await;
        served.decide(&task, json!([])).await;
        found.push(task["workflowExecution"]["workflowId"].clone());
    }
    let count = json!({ "domain": DOMAIN, "taskList": { "name": LIST } });
    let left = served.call("CountPendingDecisionTasks", count).await;
    assert_eq!(left, json!({ "count": 0, "truncated": false }));
}

#[tokio::test]
async fn what_waits_is_counted() {
    let served = Served::start(None).await;
    let count = json!({ "domain": DOMAIN, "taskList": { "name": LIST } });
    for number in 0..3 {
        served.start_run(&format!("w{number}")).await;
    }
    let waiting = served.call("CountPendingDecisionTasks", count.clone()).await;
    assert_eq!(waiting, json!({ "count": 3, "truncated": false }));
    let task = served.decision_task().await;
    let waiting = served.call("CountPendingDecisionTasks", count.clone()).await;
    assert_eq!(waiting["count"], 2, "one that was started waits no more");
    served.decide(&task, json!([schedule("a"), schedule("b")])).await;
    let waiting = served.call("CountPendingActivityTasks", count).await;
    assert_eq!(waiting, json!({ "count": 2, "truncated": false }));
    let nowhere = json!({ "domain": DOMAIN, "taskList": { "name": "nobody's" } });
    let waiting = served.call("CountPendingActivityTasks", nowhere).await;
    assert_eq!(waiting, json!({ "count": 0, "truncated": false }));
}

#[tokio::test]
async fn polls_name_a_domain_and_a_list() {
    let served = Served::start(None).await;
    for action in [
        "PollForDecisionTask",
        "PollForActivityTask",
        "CountPendingDecisionTasks",
    ] {
        let refused = served
            .refused(action, json!({ "domain": DOMAIN, "taskList": {} }))
            .await;
        assert_eq!(
            refused.message,
            "1 validation error detected: Value null at 'taskList.name' failed to satisfy constraint: \
             Member must not be null"
        );
        let nowhere = json!({ "domain": "nowhere", "taskList": { "name": LIST } });
        let refused = served.refused(action, nowhere).await;
        assert_eq!(
            (refused.code.as_str(), refused.message.as_str()),
            ("UnknownResourceFault", "Unknown domain: nowhere")
        );
    }
}

/// Sends a request and leaves its answer to the caller.
async fn send(served: &Served, action: &str, request: &Value) -> TcpStream {
    let address = served.url.strip_prefix("http://").unwrap();
    let mut connection = TcpStream::connect(address).await.unwrap();
    let body = request.to_string();
    let target = format!("SimpleWorkflowService.{action}");
    let head = Signer::default().head(&served.url, &target, body.as_bytes());
    connection.write_all(head.as_bytes()).await.unwrap();
    connection.write_all(body.as_bytes()).await.unwrap();
    connection
}

/// Waits until a poller of activity tasks waits, or none does any more, where only one may.
async fn wait_for_poller(served: &Served, present: bool) {
    let withdrawn = CancellationToken::new();
    withdrawn.cancel();
    loop {
        let polled = served
            .node
            .poll_activity_task(DOMAIN, LIST, None, &withdrawn)
            .await;
        let is_full = polled.is_err_and(|fault| fault.kind == FaultKind::LimitExceededFault);
        if is_full == present {
            return;
        }
    }
}
