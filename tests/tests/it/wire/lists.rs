//! Lists of runs: order, filters, pages.

use serde_json::json;

use super::support::{DOMAIN, Served, each};

#[tokio::test]
async fn runs_are_listed_by_time_with_one_filter() {
    let served = Served::start(None).await;
    for number in 0..5 {
        served
            .start_with(
                &format!("w{number}"),
                json!({ "tagList": [format!("even-{}", number % 2 == 0)] }),
            )
            .await;
    }
    let all = json!({ "domain": DOMAIN, "startTimeFilter": { "oldestDate": 0 } });
    let (open, pages) = served
        .pages("ListOpenWorkflowExecutions", all.clone(), "executionInfos", 2)
        .await;
    assert_eq!(
        each(&open, "/execution/workflowId"),
        ["w4", "w3", "w2", "w1", "w0"]
    );
    assert_eq!(pages, 3);
    assert_eq!(open[0]["executionStatus"], "OPEN");
    assert_eq!(open[0]["cancelRequested"], false);
    assert_eq!(open[0].get("closeTimestamp"), None);
    let mut reversed = all.clone();
    reversed["reverseOrder"] = json!(true);
    let (open, _) = served
        .pages("ListOpenWorkflowExecutions", reversed, "executionInfos", 2)
        .await;
    assert_eq!(
        each(&open, "/execution/workflowId"),
        ["w0", "w1", "w2", "w3", "w4"]
    );

    for workflow_id in ["w3", "w0", "w4"] {
        served.terminate(workflow_id).await;
    }
    let by_close = json!({ "domain": DOMAIN, "closeTimeFilter": { "oldestDate": 0, "latestDate": 4e9 } });
    let (closed, _) = served
        .pages(
            "ListClosedWorkflowExecutions",
            by_close.clone(),
            "executionInfos",
            1,
        )
        .await;
    assert_eq!(each(&closed, "/execution/workflowId"), ["w4", "w0", "w3"]);
    assert_eq!(closed[0]["closeStatus"], "TERMINATED");
    let (closed, _) = served
        .pages("ListClosedWorkflowExecutions", all.clone(), "executionInfos", 1)
        .await;
    assert_eq!(
        each(&closed, "/execution/workflowId"),
        ["w4", "w3", "w0"],
        "by start"
    );

    let with = |filter: &str, value| {
        let mut request = all.clone();
        request[filter] = value;
        request
    };
    for (filter, value, open, closed) in [
        ("executionFilter", json!({ "workflowId": "w1" }), 1, 0),
        ("tagFilter", json!({ "tag": "even-true" }), 1, 2),
        ("typeFilter", json!({ "name": "workflow" }), 2, 3),
        ("typeFilter", json!({ "name": "workflow", "version": "2" }), 0, 0),
    ] {
        let count = served
            .call("CountOpenWorkflowExecutions", with(filter, value.clone()))
            .await;
        assert_eq!(
            count,
            json!({ "count": open, "truncated": false }),
            "{filter} {value}"
        );
        let count = served
            .call("CountClosedWorkflowExecutions", with(filter, value.clone()))
            .await;
        assert_eq!(count["count"], closed, "{filter} {value}");
    }
    let completed = with("closeStatusFilter", json!({ "status": "COMPLETED" }));
    assert_eq!(
        served.call("CountClosedWorkflowExecutions", completed).await["count"],
        0
    );
}

#[tokio::test]
async fn a_page_token_belongs_to_its_call() {
    let served = Served::start(None).await;
    for workflow_id in ["a", "b"] {
        served.start_run(workflow_id).await;
    }
    let request = json!({ "domain": DOMAIN, "startTimeFilter": { "oldestDate": 0 }, "maximumPageSize": 1 });
    let page = served.call("ListOpenWorkflowExecutions", request.clone()).await;
    let mut other = request.clone();
    other["startTimeFilter"] = json!({ "oldestDate": 1 });
    other["nextPageToken"] = page["nextPageToken"].clone();
    let mut garbage = request.clone();
    garbage["nextPageToken"] = json!("AAAA");
    for (action, request) in [
        ("ListOpenWorkflowExecutions", other.clone()),
        ("ListOpenWorkflowExecutions", garbage),
        ("ListClosedWorkflowExecutions", other),
    ] {
        let refused = served.refused(action, request).await;
        assert_eq!(
            (refused.code.as_str(), refused.message.as_str()),
            ("ValidationException", "Invalid token")
        );
    }
}
