//! Task tokens: forged, foreign, of the wrong kind, too late. None of them changes anything.

use apus::model::Limits;
use apus::wire::WireOptions;
use serde_json::{Value, json};

use super::support::{DOMAIN, Served, schedule};

const ANSWERS_TO_ACTIVITIES: [&str; 4] = [
    "RecordActivityTaskHeartbeat",
    "RespondActivityTaskCompleted",
    "RespondActivityTaskFailed",
    "RespondActivityTaskCanceled",
];

fn of(token: &Value) -> Value {
    json!({ "taskToken": token })
}

/// The tokens of a started decision task and of a started activity task of one run, and the run id.
async fn started(served: &Served) -> (Value, Value, String) {
    let run = served.start_run("w").await;
    let task = served.decision_task().await;
    served.decide(&task, json!([schedule("a")])).await;
    let activity = served.activity_task().await;
    let signal = json!({ "domain": DOMAIN, "workflowId": "w", "signalName": "s" });
    served.call("SignalWorkflowExecution", signal).await;
    let task = served.decision_task().await;
    (task["taskToken"].clone(), activity["taskToken"].clone(), run)
}

#[tokio::test]
async fn what_is_no_token_of_ours_is_refused() {
    let served = Served::start(None).await;
    let elsewhere = Served::with(Limits::default(), WireOptions::local()).await;
    let (decision, activity, run) = started(&served).await;
    let (foreign_decision, foreign_activity, _) = started(&elsewhere).await;
    let before = served.history("w", &run).await;
    let forged = |token: &Value| {
        let mut token = token.as_str().unwrap().to_owned();
        let changed = if &token[10..11] == "A" { "B" } else { "A" };
        token.replace_range(10..11, changed);
        json!(token)
    };
    let mut cases = vec![
        ("RespondDecisionTaskCompleted", activity.clone()),
        ("RespondDecisionTaskCompleted", forged(&decision)),
        ("RespondDecisionTaskCompleted", foreign_decision),
        ("RespondDecisionTaskCompleted", json!("not a token")),
    ];
    for action in ANSWERS_TO_ACTIVITIES {
        cases.extend([
            (action, decision.clone()),
            (action, forged(&activity)),
            (action, foreign_activity.clone()),
            (action, json!("a")),
        ]);
    }
    for (action, token) in cases {
        let refused = served.refused(action, of(&token)).await;
        assert_eq!(
            (refused.kind.as_str(), refused.message.as_str()),
            ("com.amazon.coral.validate#ValidationException", "Invalid token"),
            "{action} {token}"
        );
    }
    assert_eq!(served.history("w", &run).await, before);
    served.call("RespondActivityTaskCompleted", of(&activity)).await;
    served.call("RespondDecisionTaskCompleted", of(&decision)).await;
}

#[tokio::test]
async fn an_attempt_is_answered_once() {
    let served = Served::start(None).await;
    let (decision, activity, run) = started(&served).await;
    served.call("RespondActivityTaskCompleted", of(&activity)).await;
    served.call("RespondDecisionTaskCompleted", of(&decision)).await;
    let before = served.history("w", &run).await;
    for action in ANSWERS_TO_ACTIVITIES {
        let refused = served.refused(action, of(&activity)).await;
        assert_eq!(
            (refused.code.as_str(), refused.message.as_str()),
            ("UnknownResourceFault", "Unknown activity, scheduledEventId = 5")
        );
    }
    let refused = served
        .refused("RespondDecisionTaskCompleted", of(&decision))
        .await;
    assert_eq!(
        (refused.code.as_str(), refused.message.as_str()),
        (
            "UnknownResourceFault",
            "Unknown decision task, scheduledEventId = 8"
        )
    );
    assert_eq!(served.history("w", &run).await, before);
}

#[tokio::test]
async fn nothing_is_answered_to_a_closed_run() {
    let served = Served::start(None).await;
    let (decision, activity, run) = started(&served).await;
    served.terminate("w").await;
    let before = served.history("w", &run).await;
    let message = format!("Unknown execution: WorkflowExecution=[workflowId=w, runId={run}]");
    for (action, token) in [("RespondDecisionTaskCompleted", &decision)]
        .into_iter()
        .chain(ANSWERS_TO_ACTIVITIES.map(|action| (action, &activity)))
    {
        let refused = served.refused(action, of(token)).await;
        assert_eq!(
            (refused.code.as_str(), refused.message.as_str()),
            ("UnknownResourceFault", message.as_str()),
            "{action}"
        );
    }
    assert_eq!(served.history("w", &run).await, before);
}

#[tokio::test]
async fn a_token_must_be_there_and_not_be_too_long() {
    let served = Served::start(None).await;
    let missing = served.refused("RespondActivityTaskCompleted", json!({})).await;
    assert_eq!(
        missing.message,
        "1 validation error detected: Value null at 'taskToken' failed to satisfy constraint: \
         Member must not be null"
    );
    let empty = served
        .refused("RespondDecisionTaskCompleted", json!({ "taskToken": "" }))
        .await;
    assert_eq!(
        empty.message,
        "1 validation error detected: Value '' at 'taskToken' failed to satisfy constraint: \
         Member must have length greater than or equal to 1"
    );
    let long = json!({ "taskToken": "A".repeat(1_025), "details": "d".repeat(2_049) });
    let long = served.refused("RecordActivityTaskHeartbeat", long).await;
    assert!(
        long.message.starts_with("2 validation errors detected: "),
        "{}",
        long.message
    );
    assert!(long.message.ends_with(
        "at 'details' failed to satisfy constraint: \
        Member must have length less than or equal to 2048"
    ));
}
