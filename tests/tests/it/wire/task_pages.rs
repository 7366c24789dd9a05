//! The events of a decision task, page by page.

use serde_json::{Value, json};

use super::support::{DOMAIN, LIST, Served, each, poll};

/// A run with so many signals, and its decision task: 3 events more.
async fn signalled(served: &Served, signals: usize, more: Value) -> Value {
    served.start_run("w").await;
    signal(served, signals).await;
    first_page(served, more).await
}

async fn signal(served: &Served, signals: usize) {
    for _ in 0..signals {
        let signal = json!({ "domain": DOMAIN, "workflowId": "w", "signalName": "s" });
        served.call("SignalWorkflowExecution", signal).await;
    }
}

async fn first_page(served: &Served, more: Value) -> Value {
    served.call("PollForDecisionTask", with(&poll(), more)).await
}

fn with(request: &Value, more: Value) -> Value {
    let mut request = request.clone();
    for (name, value) in more.as_object().unwrap() {
        request[name] = value.clone();
    }
    request
}

/// The ids of the events of all pages.
async fn all_pages(served: &Served, first: &Value, more: Value) -> Vec<Value> {
    let mut page = first.clone();
    let mut ids = Vec::new();
    loop {
        ids.extend(
            each(page["events"].as_array().unwrap(), "/eventId")
                .into_iter()
                .cloned(),
        );
        for member in [
            "taskToken",
            "startedEventId",
            "previousStartedEventId",
            "workflowExecution",
            "workflowType",
        ] {
            assert_eq!(page[member], first[member], "{member}");
        }
        let Some(token) = page.get("nextPageToken") else {
            return ids;
        };
        let next = with(&poll(), with(&more, json!({ "nextPageToken": token })));
        page = served.call("PollForDecisionTask", next).await;
    }
}

#[tokio::test]
async fn every_page_belongs_to_the_same_task() {
    let served = Served::start(None).await;
    let size = json!({ "maximumPageSize": 3 });
    let first = signalled(&served, 4, size.clone()).await;
    // Later than the task, so not shown.
    signal(&served, 2).await;
    assert_eq!(
        all_pages(&served, &first, size).await,
        (1..=7).collect::<Vec<_>>()
    );
    served.decide(&first, json!([])).await;
    let second = served.decision_task().await;
    assert_eq!(second["previousStartedEventId"], first["startedEventId"]);
    let ids = all_pages(&served, &second, json!({})).await;
    assert_eq!(
        ids,
        (1..=12).collect::<Vec<_>>(),
        "one page, nothing written by the pages of the first task"
    );
}

#[tokio::test]
async fn a_decider_may_want_the_newest_events_or_the_new_ones() {
    let served = Served::start(None).await;
    let newest = json!({ "maximumPageSize": 2, "reverseOrder": true });
    let first = signalled(&served, 4, newest.clone()).await;
    assert_eq!(
        all_pages(&served, &first, newest).await,
        (1..=7).rev().collect::<Vec<_>>()
    );
    served.decide(&first, json!([])).await;
    signal(&served, 3).await;

    for reversed in [false, true] {
        let new =
            json!({ "startAtPreviousStartedEvent": true, "reverseOrder": reversed, "maximumPageSize": 3 });
        let task = first_page(&served, new.clone()).await;
        let (previous, started) = (&task["previousStartedEventId"], &task["startedEventId"]);
        let (previous, started) = (previous.as_u64().unwrap(), started.as_u64().unwrap());
        let mut ids: Vec<u64> = (previous..=started).collect();
        if reversed {
            ids.reverse();
        }
        assert_eq!(all_pages(&served, &task, new).await, ids);
        served.decide(&task, json!([])).await;
        signal(&served, 3).await;
    }
}

#[tokio::test]
async fn a_page_of_a_task_is_no_page_of_anything_else() {
    let served = Served::start(None).await;
    let size = json!({ "maximumPageSize": 2 });
    let first = signalled(&served, 4, size.clone()).await;
    let run = json!({ "domain": DOMAIN, "execution": first["workflowExecution"], "maximumPageSize": 2 });
    let history = served.call("GetWorkflowExecutionHistory", run.clone()).await;
    let of_task = json!({ "nextPageToken": first["nextPageToken"] });
    let of_history = json!({ "nextPageToken": history["nextPageToken"] });
    let other_list = json!({ "domain": DOMAIN, "taskList": { "name": format!("not {LIST}") } });
    for (action, request) in [
        ("GetWorkflowExecutionHistory", with(&run, of_task.clone())),
        ("PollForDecisionTask", with(&poll(), of_history)),
        ("PollForDecisionTask", with(&other_list, of_task.clone())),
        (
            "PollForDecisionTask",
            with(&with(&poll(), of_task), json!({ "reverseOrder": true })),
        ),
        (
            "PollForDecisionTask",
            with(&poll(), json!({ "nextPageToken": first["taskToken"] })),
        ),
    ] {
        let refused = served.refused(action, request.clone()).await;
        assert_eq!(
            (refused.code.as_str(), refused.message.as_str()),
            ("ValidationException", "Invalid token"),
            "{request}"
        );
    }
}
