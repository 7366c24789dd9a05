//! What answers to tasks leave in the history.

use apus::model::Limits;
use apus::wire::WireOptions;
use serde_json::{Value, json};

use super::support::{DOMAIN, Served, decision, line, poll, schedule};

async fn one_activity(served: &Served) -> (Value, String) {
    let run = served.start_run("w").await;
    let task = served.decision_task().await;
    served.decide(&task, json!([schedule("a")])).await;
    (served.activity_task().await, run)
}

fn attributes<'a>(events: &'a [Value], id: usize, member: &str) -> &'a Value {
    &events[id - 1][format!("{member}EventAttributes")]
}

#[tokio::test]
async fn a_failure_says_why() {
    let served = Served::start(None).await;
    let (activity, run) = one_activity(&served).await;
    let failed = json!({ "taskToken": activity["taskToken"], "reason": "r", "details": "" });
    assert_eq!(
        served.call("RespondActivityTaskFailed", failed).await,
        Value::Null
    );
    let events = served.history("w", &run).await;
    assert_eq!(
        *attributes(&events, 7, "activityTaskFailed"),
        json!({ "reason": "r", "details": "", "scheduledEventId": 5, "startedEventId": 6 })
    );
    assert_eq!(events[7]["eventType"], "DecisionTaskScheduled");
    assert_eq!(events[7]["eventTimestamp"], events[6]["eventTimestamp"]);
}

#[tokio::test]
async fn a_worker_hears_that_it_should_give_up() {
    let served = Served::start(None).await;
    let (activity, run) = one_activity(&served).await;
    let token = &activity["taskToken"];
    let signal = json!({ "domain": DOMAIN, "workflowId": "w", "signalName": "give up" });
    served.call("SignalWorkflowExecution", signal).await;
    let cancel = decision("RequestCancelActivityTask", json!({ "activityId": "a" }));
    served
        .decide(&served.decision_task().await, json!([cancel]))
        .await;
    let beat = served
        .call("RecordActivityTaskHeartbeat", json!({ "taskToken": token }))
        .await;
    assert_eq!(beat, json!({ "cancelRequested": true }));
    let canceled = json!({ "taskToken": token, "details": "gave up" });
    served.call("RespondActivityTaskCanceled", canceled).await;
    let events = served.history("w", &run).await;
    insta::assert_snapshot!(line(&events[6..]), @"7 WorkflowExecutionSignaled, 8 DecisionTaskScheduled, 9 DecisionTaskStarted, 10 DecisionTaskCompleted, 11 ActivityTaskCancelRequested, 12 ActivityTaskCanceled, 13 DecisionTaskScheduled");
    assert_eq!(
        *attributes(&events, 12, "activityTaskCanceled"),
        json!({ "details": "gave up", "scheduledEventId": 5, "startedEventId": 6, "latestCancelRequestedEventId": 11 })
    );
}

#[tokio::test]
async fn a_context_is_kept_also_when_it_is_empty() {
    let served = Served::start(None).await;
    let run = served.start_run("w").await;
    let execution = json!({ "domain": DOMAIN, "execution": { "workflowId": "w", "runId": run } });
    for context in ["so far", ""] {
        let task = served.decision_task().await;
        let respond = json!({ "taskToken": task["taskToken"], "executionContext": context });
        served.call("RespondDecisionTaskCompleted", respond).await;
        let described = served.call("DescribeWorkflowExecution", execution.clone()).await;
        assert_eq!(described["latestExecutionContext"], context);
        let signal = json!({ "domain": DOMAIN, "workflowId": "w", "signalName": "s" });
        served.call("SignalWorkflowExecution", signal).await;
    }
    let events = served.history("w", &run).await;
    assert_eq!(
        *attributes(&events, 4, "decisionTaskCompleted"),
        json!({ "scheduledEventId": 2, "startedEventId": 3, "executionContext": "so far" })
    );
}

#[tokio::test]
async fn a_decider_may_keep_a_run_to_itself() {
    let served = Served::start(None).await;
    let run = served.start_run("w").await;
    let task = served.decision_task().await;
    let respond = json!({
        "taskToken": task["taskToken"],
        "taskList": { "name": "mine" },
        "taskListScheduleToStartTimeout": "0",
    });
    served.call("RespondDecisionTaskCompleted", respond).await;
    let signal = json!({ "domain": DOMAIN, "workflowId": "w", "signalName": "s" });
    served.call("SignalWorkflowExecution", signal).await;
    // Nobody takes it from the list of its own, so it comes back.
    served.decision_task().await;
    let events = served.history("w", &run).await;
    assert_eq!(
        *attributes(&events, 4, "decisionTaskCompleted"),
        json!({ "scheduledEventId": 2, "startedEventId": 3, "taskList": { "name": "mine" },
                "taskListScheduleToStartTimeout": "0" })
    );
    let scheduled = attributes(&events, 6, "decisionTaskScheduled");
    assert_eq!(
        (&scheduled["taskList"], &scheduled["scheduleToStartTimeout"]),
        (&json!({ "name": "mine" }), &json!("0"))
    );
    insta::assert_snapshot!(line(&events[6..]), @"7 DecisionTaskTimedOut, 8 DecisionTaskScheduled, 9 DecisionTaskStarted");
    assert_eq!(
        *attributes(&events, 7, "decisionTaskTimedOut"),
        json!({ "timeoutType": "SCHEDULE_TO_START", "scheduledEventId": 6, "startedEventId": 0 })
    );
}

#[tokio::test]
async fn a_payload_is_as_long_as_the_setting_says() {
    let limits = Limits {
        data_chars: 40_000,
        ..Limits::default()
    };
    let served = Served::with(limits, WireOptions::local()).await;
    let (activity, run) = one_activity(&served).await;
    let result = "ä".repeat(40_000);
    let done = json!({ "taskToken": activity["taskToken"], "result": result });
    served.call("RespondActivityTaskCompleted", done).await;
    let task = served.decision_task().await;
    let marker = |details: &str| decision("RecordMarker", json!({ "markerName": "m", "details": details }));
    let too_long = json!({ "taskToken": task["taskToken"], "decisions": [marker(&"x".repeat(40_001))] });
    let refused = served.refused("RespondDecisionTaskCompleted", too_long).await;
    assert!(
        refused.message.ends_with(
            "at 'decisions.1.member.recordMarkerDecisionAttributes.details' failed to satisfy constraint: \
             Member must have length less than or equal to 40000"
        ),
        "{}",
        refused.message
    );
    served.decide(&task, json!([marker(&"x".repeat(40_000))])).await;
    let events = served.history("w", &run).await;
    assert_eq!(
        attributes(&events, 7, "activityTaskCompleted")["result"],
        result.as_str()
    );
    let count = served.call("CountPendingDecisionTasks", poll()).await;
    assert_eq!(count["count"], 0);
}
