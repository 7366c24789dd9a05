//! Refusals: codes, namespaces, messages.

use reqwest::StatusCode;
use serde_json::json;

use super::support::{DOMAIN, Served};

#[tokio::test]
async fn what_is_not_there_is_an_unknown_resource() {
    let served = Served::start(None).await;
    let run = "01234567890123456789012345678901";
    let execution = json!({ "workflowId": "w", "runId": run });
    let unknown_run = format!("Unknown execution: WorkflowExecution=[workflowId=w, runId={run}]");
    let cases = [
        (
            "DescribeDomain",
            json!({ "name": "nowhere" }),
            "Unknown domain: nowhere".to_owned(),
        ),
        (
            "DescribeWorkflowType",
            json!({ "domain": DOMAIN, "workflowType": { "name": "n", "version": "v" } }),
            "Unknown type: WorkflowType=[name=n, version=v]".to_owned(),
        ),
        (
            "DescribeActivityType",
            json!({ "domain": DOMAIN, "activityType": { "name": "n", "version": "v" } }),
            "Unknown type: ActivityType=[name=n, version=v]".to_owned(),
        ),
        (
            "DescribeWorkflowExecution",
            json!({ "domain": DOMAIN, "execution": execution }),
            unknown_run.clone(),
        ),
        (
            "GetWorkflowExecutionHistory",
            json!({ "domain": DOMAIN, "execution": { "workflowId": "w", "runId": "not a run id" } }),
            "Unknown execution: WorkflowExecution=[workflowId=w, runId=not a run id]".to_owned(),
        ),
        (
            "SignalWorkflowExecution",
            json!({ "domain": DOMAIN, "workflowId": "w", "signalName": "s" }),
            "Unknown execution, workflowId = w".to_owned(),
        ),
        (
            "TerminateWorkflowExecution",
            json!({ "domain": DOMAIN, "workflowId": "w", "runId": run }),
            unknown_run,
        ),
    ];
    for (action, request, message) in cases {
        let refused = served.refused(action, request).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST);
        assert_eq!(
            refused.kind, "com.amazonaws.swf.base.model#UnknownResourceFault",
            "{action}"
        );
        assert_eq!(refused.message, message, "{action}");
    }
}

#[tokio::test]
async fn what_is_there_already_is_said() {
    let served = Served::start(None).await;
    served.start_run("w").await;
    let cases = [
        (
            "RegisterDomain",
            json!({ "name": DOMAIN, "workflowExecutionRetentionPeriodInDays": "1" }),
            ("DomainAlreadyExistsFault", "tests"),
        ),
        (
            "RegisterWorkflowType",
            json!({ "domain": DOMAIN, "name": "workflow", "version": "1" }),
            (
                "TypeAlreadyExistsFault",
                "WorkflowType=[name=workflow, version=1]",
            ),
        ),
        (
            "StartWorkflowExecution",
            json!({ "domain": DOMAIN, "workflowId": "w", "workflowType": { "name": "workflow", "version": "1" } }),
            ("WorkflowExecutionAlreadyStartedFault", "Already Started"),
        ),
    ];
    for (action, request, (code, message)) in cases {
        let refused = served.refused(action, request).await;
        assert_eq!((refused.code.as_str(), refused.message.as_str()), (code, message));
    }
}

#[tokio::test]
async fn a_value_without_a_default_is_named() {
    let served = Served::start(None).await;
    served
        .call(
            "RegisterWorkflowType",
            json!({ "domain": DOMAIN, "name": "bare", "version": "1" }),
        )
        .await;
    let request =
        json!({ "domain": DOMAIN, "workflowId": "w", "workflowType": { "name": "bare", "version": "1" } });
    let refused = served.refused("StartWorkflowExecution", request).await;
    assert_eq!(refused.code, "DefaultUndefinedFault");
    assert_eq!(refused.message, "defaultTaskList");
}

#[tokio::test]
async fn constraints_are_told_at_once() {
    let served = Served::start(None).await;
    let refused = served
        .refused(
            "StartWorkflowExecution",
            json!({ "workflowId": "a:b", "childPolicy": "KILL" }),
        )
        .await;
    assert_eq!(refused.kind, "com.amazon.coral.validate#ValidationException");
    insta::assert_snapshot!(refused.message.replace("; ", ";\n"), @r"
    4 validation errors detected: Value null at 'domain' failed to satisfy constraint: Member must not be null;
    Value 'a:b' at 'workflowId' failed to satisfy constraint: Member must not begin or end with whitespace, contain ':', '/', '|' or a control character, or be 'arn';
    Value null at 'workflowType' failed to satisfy constraint: Member must not be null;
    Value 'KILL' at 'childPolicy' failed to satisfy constraint: Member must satisfy enum value set: [TERMINATE, REQUEST_CANCEL, ABANDON]
    ");
    let refused = served
        .refused(
            "ListDomains",
            json!({ "registrationStatus": "REGISTERED", "maximumPageSize": 1001 }),
        )
        .await;
    insta::assert_snapshot!(refused.message, @"1 validation error detected: Value '1001' at 'maximumPageSize' failed to satisfy constraint: Member must have value less than or equal to 1000");
}

#[tokio::test]
async fn filters_that_exclude_each_other_are_refused() {
    let served = Served::start(None).await;
    let time = json!({ "oldestDate": 0 });
    let requests = [
        json!({ "domain": DOMAIN }),
        json!({ "domain": DOMAIN, "startTimeFilter": time, "closeTimeFilter": time }),
        json!({ "domain": DOMAIN, "startTimeFilter": time, "tagFilter": { "tag": "t" },
                "executionFilter": { "workflowId": "w" } }),
        json!({ "domain": DOMAIN, "startTimeFilter": {} }),
    ];
    for request in requests {
        let refused = served.refused("ListClosedWorkflowExecutions", request).await;
        assert_eq!(refused.code, "ValidationException", "{}", refused.message);
    }
}
