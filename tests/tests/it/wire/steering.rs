//! Runs: started, signalled, cancelled, terminated, described, their histories read.

use serde_json::{Value, json};

use super::support::{DOMAIN, Served, each};

fn of(workflow_id: &str, run_id: &str) -> Value {
    json!({ "domain": DOMAIN, "execution": { "workflowId": workflow_id, "runId": run_id } })
}

#[tokio::test]
async fn a_history_is_read_page_by_page_from_both_ends() {
    let served = Served::start(None).await;
    let run = served.start_with("w", json!({ "input": "in" })).await;
    for number in 0..3 {
        let signal = json!({ "domain": DOMAIN, "workflowId": "w", "signalName": format!("s:{number}") });
        served.call("SignalWorkflowExecution", signal).await;
    }
    served
        .call(
            "RequestCancelWorkflowExecution",
            json!({ "domain": DOMAIN, "workflowId": "w", "runId": run }),
        )
        .await;
    let request = of("w", &run);
    let (events, pages) = served
        .pages("GetWorkflowExecutionHistory", request.clone(), "events", 4)
        .await;
    assert_eq!(pages, 2);
    assert_eq!(each(&events, "/eventId"), [1, 2, 3, 4, 5, 6]);
    assert_eq!(
        each(&events, "/eventType")[2..],
        [
            "WorkflowExecutionSignaled",
            "WorkflowExecutionSignaled",
            "WorkflowExecutionSignaled",
            "WorkflowExecutionCancelRequested",
        ]
    );
    let started = &events[0]["workflowExecutionStartedEventAttributes"];
    assert_eq!(started["input"], "in");
    assert_eq!(started["parentInitiatedEventId"], 0);
    assert_eq!(started.get("tagList"), None);
    let signaled = &events[2]["workflowExecutionSignaledEventAttributes"];
    assert_eq!(
        *signaled,
        json!({ "signalName": "s:0", "externalInitiatedEventId": 0 })
    );

    let mut reversed = request;
    reversed["reverseOrder"] = json!(true);
    for size in [1, 4, 6, 7] {
        let (events, pages) = served
            .pages("GetWorkflowExecutionHistory", reversed.clone(), "events", size)
            .await;
        assert_eq!(each(&events, "/eventId"), [6, 5, 4, 3, 2, 1]);
        assert_eq!(pages, 6_usize.div_ceil(size));
    }
}

#[tokio::test]
async fn a_run_is_described_while_it_is_open_and_after() {
    let served = Served::start(None).await;
    let run = served
        .start_with("w", json!({ "tagList": ["a", "b"], "taskPriority": "7" }))
        .await;
    served
        .call(
            "RequestCancelWorkflowExecution",
            json!({ "domain": DOMAIN, "workflowId": "w" }),
        )
        .await;
    let open = served.call("DescribeWorkflowExecution", of("w", &run)).await;
    assert_eq!(open["executionInfo"]["cancelRequested"], true);
    assert_eq!(open["executionInfo"]["tagList"], json!(["a", "b"]));
    assert_eq!(
        open["executionConfiguration"],
        json!({ "taskStartToCloseTimeout": "30", "executionStartToCloseTimeout": "3600",
                "taskList": { "name": "list" }, "taskPriority": "7", "childPolicy": "TERMINATE" })
    );
    assert_eq!(
        open["openCounts"],
        json!({ "openActivityTasks": 0, "openDecisionTasks": 1, "openTimers": 0,
                "openChildWorkflowExecutions": 0, "openLambdaFunctions": 0 })
    );
    let listed = json!({ "domain": DOMAIN, "startTimeFilter": { "oldestDate": 0 } });
    let listed = served.call("ListOpenWorkflowExecutions", listed).await;
    assert_eq!(listed["executionInfos"][0], open["executionInfo"]);

    let terminate =
        json!({ "domain": DOMAIN, "workflowId": "w", "reason": "enough", "childPolicy": "ABANDON" });
    served.call("TerminateWorkflowExecution", terminate).await;
    let closed = served.call("DescribeWorkflowExecution", of("w", &run)).await;
    assert_eq!(closed["executionInfo"]["executionStatus"], "CLOSED");
    assert_eq!(closed["executionInfo"]["closeStatus"], "TERMINATED");
    assert_eq!(closed["executionInfo"]["cancelRequested"], false);
    let newest = json!({ "domain": DOMAIN, "execution": { "workflowId": "w", "runId": run },
                         "reverseOrder": true, "maximumPageSize": 1 });
    let history = served.call("GetWorkflowExecutionHistory", newest).await;
    assert_eq!(
        history["events"][0]["workflowExecutionTerminatedEventAttributes"],
        json!({ "reason": "enough", "childPolicy": "ABANDON", "cause": "OPERATOR_INITIATED" })
    );
}
