//! Decisions on the wire: a bad list changes nothing; one that fails is answered in its place.

use serde_json::{Value, json};

use super::support::{DOMAIN, Served, decision, line, schedule};

fn marker(name: &str) -> Value {
    decision("RecordMarker", json!({ "markerName": name }))
}

fn complete() -> Value {
    decision("CompleteWorkflowExecution", json!({}))
}

#[tokio::test]
async fn a_bad_list_leaves_the_task_open() {
    let served = Served::start(None).await;
    let run = served.start_run("w").await;
    let task = served.decision_task().await;
    let before = served.history("w", &run).await;
    let timer = decision("StartTimer", json!({ "timerId": "t" }));
    let tags: Vec<String> = (0..6).map(|tag| tag.to_string()).collect();
    let child = json!({ "workflowId": "c", "workflowType": { "name": "n", "version": "v" }, "tagList": tags,
                        "executionStartToCloseTimeout": "31536001", "childPolicy": "KILL" });
    let child = decision("StartChildWorkflowExecution", child);
    let lists = [
        json!([marker("m"), timer]),
        json!([marker("m"), { "decisionType": "Sleep" }]),
        json!([complete(), marker("m")]),
        json!([complete(), complete()]),
        json!([{ "decisionType": "CancelWorkflowExecution" }]),
        json!([child]),
    ];
    let mut messages = Vec::new();
    for list in lists {
        let request = json!({ "taskToken": task["taskToken"], "decisions": list });
        let refused = served.refused("RespondDecisionTaskCompleted", request).await;
        assert_eq!(refused.kind, "com.amazon.coral.validate#ValidationException");
        messages.push(refused.message.replace("; ", ";\n  "));
    }
    insta::assert_snapshot!(messages.join("\n"));
    assert_eq!(served.history("w", &run).await, before);
    served.decide(&task, json!([marker("m"), complete()])).await;
    let events = served.history("w", &run).await;
    insta::assert_snapshot!(line(&events[3..]), @"4 DecisionTaskCompleted, 5 MarkerRecorded, 6 WorkflowExecutionCompleted");
}

#[tokio::test]
async fn a_decision_that_fails_is_answered_in_its_place() {
    let served = Served::start(None).await;
    let run = served.start_run("w").await;
    let task = served.decision_task().await;
    let unknown = decision(
        "ScheduleActivityTask",
        json!({ "activityId": "a", "activityType": { "name": "n", "version": "v" } }),
    );
    let list = json!([
        marker("1"),
        unknown,
        decision("CancelTimer", json!({ "timerId": "t" })),
        marker("2")
    ]);
    served.decide(&task, list).await;
    let events = served.history("w", &run).await;
    insta::assert_snapshot!(line(&events[3..]), @"4 DecisionTaskCompleted, 5 MarkerRecorded, 6 ScheduleActivityTaskFailed, 7 CancelTimerFailed, 8 MarkerRecorded, 9 DecisionTaskScheduled");
    let times: Vec<_> = events[3..].iter().map(|event| &event["eventTimestamp"]).collect();
    assert!(times.iter().all(|time| *time == times[0]));
}

#[tokio::test]
async fn a_run_id_of_no_run_is_an_unknown_external_execution() {
    let served = Served::start(None).await;
    let run = served.start_run("w").await;
    let other = served
        .start_with("other", json!({ "taskList": { "name": "elsewhere" } }))
        .await;
    let far = start_in_another_domain(&served, "far").await;
    let named = [
        ("other", "12-no run of ours+="),
        ("other", "0123456789abcdef"),
        ("not the other", other.as_str()),
        ("far", far.as_str()),
    ];
    for (workflow_id, run_id) in named {
        let task = served.decision_task().await;
        let target = json!({ "workflowId": workflow_id, "runId": run_id, "control": "c" });
        let mut signal = target.clone();
        signal["signalName"] = json!("s");
        let list = json!([
            decision("SignalExternalWorkflowExecution", signal),
            decision("RequestCancelExternalWorkflowExecution", target),
        ]);
        served.decide(&task, list).await;
        let started = task["startedEventId"].clone();
        let task = served.decision_task().await;
        served.decide(&task, json!([])).await;
        let task = served.history("w", &run).await;
        // Something else may have happened while the task was open.
        let of_the_task =
            |event: &Value| event["decisionTaskCompletedEventAttributes"]["startedEventId"] == started;
        let completed = 1 + task.iter().position(of_the_task).unwrap();
        let initiated =
            |event: &Value, member: &str| event[format!("{member}InitiatedEventAttributes")]["runId"].clone();
        assert_eq!(
            initiated(&task[completed], "signalExternalWorkflowExecution"),
            run_id
        );
        assert_eq!(
            initiated(&task[completed + 1], "requestCancelExternalWorkflowExecution"),
            run_id
        );
        let failed: Vec<&Value> = task[completed + 2..]
            .iter()
            .filter_map(|event| {
                event
                    .get("signalExternalWorkflowExecutionFailedEventAttributes")
                    .or_else(|| event.get("requestCancelExternalWorkflowExecutionFailedEventAttributes"))
            })
            .collect();
        assert!(!failed.is_empty(), "{}", line(&task));
        for failed in failed {
            assert_eq!(
                (&failed["runId"], &failed["cause"], &failed["control"]),
                (
                    &json!(run_id),
                    &json!("UNKNOWN_EXTERNAL_WORKFLOW_EXECUTION"),
                    &json!("c")
                )
            );
        }
        let signal = json!({ "domain": DOMAIN, "workflowId": "w", "signalName": "go on" });
        served.call("SignalWorkflowExecution", signal).await;
    }
    let events = served.history("other", &other).await;
    assert_eq!(events.len(), 2, "nobody reached it: {}", line(&events));
    let far = json!({ "domain": "another", "execution": { "workflowId": "far", "runId": far } });
    let far = served.call("GetWorkflowExecutionHistory", far).await;
    assert_eq!(far["events"].as_array().unwrap().len(), 2, "{far}");
}

async fn start_in_another_domain(served: &Served, workflow_id: &str) -> String {
    let domain = json!({ "name": "another", "workflowExecutionRetentionPeriodInDays": "1" });
    served.call("RegisterDomain", domain).await;
    let of = json!({ "domain": "another", "name": "workflow", "version": "1",
                     "defaultTaskList": { "name": "elsewhere" }, "defaultTaskStartToCloseTimeout": "60",
                     "defaultExecutionStartToCloseTimeout": "60", "defaultChildPolicy": "ABANDON" });
    served.call("RegisterWorkflowType", of).await;
    served
        .start_with(workflow_id, json!({ "domain": "another" }))
        .await
}

#[tokio::test]
async fn every_decision_reaches_the_engine() {
    let served = Served::start(None).await;
    let run = served.start_run("w").await;
    served
        .start_with("other", json!({ "taskList": { "name": "elsewhere" } }))
        .await;
    let task = served.decision_task().await;
    let elsewhere = json!({ "name": "elsewhere" });
    let child = json!({ "workflowId": "child", "workflowType": { "name": "workflow", "version": "1" },
                        "taskList": elsewhere });
    let list = json!([
        schedule("a"),
        decision("RequestCancelActivityTask", json!({ "activityId": "a" })),
        marker("m"),
        decision(
            "StartTimer",
            json!({ "timerId": "t", "startToFireTimeout": "1000" })
        ),
        decision("CancelTimer", json!({ "timerId": "t" })),
        decision(
            "SignalExternalWorkflowExecution",
            json!({ "workflowId": "other", "signalName": "s" })
        ),
        decision(
            "RequestCancelExternalWorkflowExecution",
            json!({ "workflowId": "other" })
        ),
        decision("StartChildWorkflowExecution", child),
        decision("ScheduleLambdaFunction", json!({ "id": "l", "name": "f" })),
        decision(
            "ContinueAsNewWorkflowExecution",
            json!({ "input": "next", "taskList": elsewhere })
        ),
    ]);
    served.decide(&task, list).await;
    let events = served.history("w", &run).await;
    // What other runs answer comes later, or not yet.
    insta::assert_snapshot!(line(&events[3..16]));
}
