//! What is read of decisions, and what is refused.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde_json::{Value, json};

use super::*;
use crate::model::{Limits, RunName, Timeout, without_nulls};

fn list(decisions: Value) -> DecisionList {
    serde_json::from_value(decisions).unwrap()
}

fn decided(decisions: Value) -> Vec<Decision> {
    let limits = Limits::default();
    let (list, mut check) = (list(decisions), Check::new(&limits));
    list.check_order().unwrap();
    let decisions = list.check(&mut check);
    check.done().unwrap();
    list.check_specified().unwrap();
    decisions
}

fn refused(decisions: Value) -> String {
    let limits = Limits::default();
    let (list, mut check) = (list(decisions), Check::new(&limits));
    let refused = list.check_order().and_then(|()| {
        list.check(&mut check);
        check.done()?;
        list.check_specified()
    });
    refused.unwrap_err().message().to_owned()
}

#[test]
fn every_decision_is_read_with_all_its_members() {
    let task = json!({ "name": "t", "version": "1" });
    let list = json!({ "name": "l" });
    let all = json!([
        { "decisionType": "ScheduleActivityTask", "scheduleActivityTaskDecisionAttributes": {
            "activityType": task, "activityId": "a", "control": "c", "input": "i", "scheduleToCloseTimeout": "1",
            "taskList": list, "taskPriority": "-7", "scheduleToStartTimeout": "2", "startToCloseTimeout": "NONE",
            "heartbeatTimeout": "0" } },
        { "decisionType": "RequestCancelActivityTask", "requestCancelActivityTaskDecisionAttributes": {
            "activityId": "a" } },
        { "decisionType": "RecordMarker", "recordMarkerDecisionAttributes": {
            "markerName": "a:marker", "details": "" } },
        { "decisionType": "StartTimer", "startTimerDecisionAttributes": {
            "timerId": "t", "control": "c", "startToFireTimeout": "99999999" } },
        { "decisionType": "CancelTimer", "cancelTimerDecisionAttributes": { "timerId": "t" } },
        { "decisionType": "SignalExternalWorkflowExecution",
          "signalExternalWorkflowExecutionDecisionAttributes": {
            "workflowId": "w", "runId": "12-a run of Amazon's", "signalName": "a/b", "input": "i", "control": "c" } },
        { "decisionType": "RequestCancelExternalWorkflowExecution",
          "requestCancelExternalWorkflowExecutionDecisionAttributes": {
            "workflowId": "w", "control": "c" } },
        { "decisionType": "StartChildWorkflowExecution", "startChildWorkflowExecutionDecisionAttributes": {
            "workflowType": task, "workflowId": "w", "control": "c", "input": "i",
            "executionStartToCloseTimeout": "31536000", "taskList": list, "taskPriority": "2147483647",
            "taskStartToCloseTimeout": "NONE", "childPolicy": "ABANDON", "tagList": ["", "b"], "lambdaRole": "r" } },
        { "decisionType": "ScheduleLambdaFunction", "scheduleLambdaFunctionDecisionAttributes": {
            "id": "i", "name": "n", "control": "c", "input": "i", "startToCloseTimeout": "300" } },
        { "decisionType": "ContinueAsNewWorkflowExecution",
          "continueAsNewWorkflowExecutionDecisionAttributes": {
            "input": "i", "executionStartToCloseTimeout": "60", "taskList": list, "taskPriority": "1",
            "taskStartToCloseTimeout": "10", "childPolicy": "TERMINATE", "tagList": [], "workflowTypeVersion": "2",
            "lambdaRole": "r" } },
    ]);
    for (given, decided) in all.as_array().unwrap().iter().zip(decided(all.clone())) {
        let name = decided.name();
        let read = without_nulls(serde_json::to_value(&decided).unwrap());
        let member = format!("{}{}DecisionAttributes", name[..1].to_lowercase(), &name[1..]);
        assert_eq!(read, json!({ name: given[member] }));
    }
}

#[test]
fn closing_decisions_are_read() {
    let closing = [
        json!([{ "decisionType": "CompleteWorkflowExecution",
                 "completeWorkflowExecutionDecisionAttributes": { "result": "r" } }]),
        json!([{ "decisionType": "FailWorkflowExecution",
                 "failWorkflowExecutionDecisionAttributes": { "reason": "r", "details": "d" } }]),
        json!([{ "decisionType": "CancelWorkflowExecution",
                 "cancelWorkflowExecutionDecisionAttributes": {} }]),
    ];
    for list in closing {
        assert!(decided(list)[0].is_closing());
    }
    assert_eq!(decided(json!([])), []);
}

#[test]
fn attributes_that_are_not_there_are_told_by_what_must_be_in_them() {
    assert_eq!(
        refused(json!([{ "decisionType": "StartTimer" }])),
        "2 validation errors detected: \
         Value null at 'decisions.1.member.startTimerDecisionAttributes.timerId' \
         failed to satisfy constraint: Member must not be null; \
         Value null at 'decisions.1.member.startTimerDecisionAttributes.startToFireTimeout' \
         failed to satisfy constraint: Member must not be null"
    );
    assert_eq!(
        refused(json!([{ "decisionType": "CompleteWorkflowExecution",
                         "completeWorkflowExecutionAttributes": { "result": "misspelt" } }])),
        "CompleteWorkflowExecutionDecisionAttributes must be specified for decision of type \
         CompleteWorkflowExecution"
    );
}

#[test]
fn attributes_of_another_type_are_checked_too() {
    let message = refused(json!([
        { "decisionType": "RecordMarker", "recordMarkerDecisionAttributes": { "markerName": "m" } },
        { "decisionType": "Sleep", "cancelTimerDecisionAttributes": { "timerId": "a:b" } },
    ]));
    assert!(message.starts_with("2 validation errors detected: Value 'Sleep' at 'decisions.2.member.decisionType' \
        failed to satisfy constraint: Member must satisfy enum value set: [CompleteWorkflowExecution, StartTimer, "));
    assert!(
        message
            .contains("; Value 'a:b' at 'decisions.2.member.cancelTimerDecisionAttributes.timerId' failed")
    );
}

#[test]
fn a_list_ends_where_the_run_ends() {
    let closed_too_early =
        json!([{ "decisionType": "CompleteWorkflowExecution" }, { "decisionType": "Sleep" }]);
    assert_eq!(refused(closed_too_early), "Close must be last decision in list");
    let late = json!([{ "decisionType": "Sleep" }, { "decisionType": "CompleteWorkflowExecution" }]);
    assert!(refused(late).starts_with("1 validation error detected: Value 'Sleep'"));
}

#[test]
fn a_list_is_not_longer_than_it_may_be() {
    let many = |count| Value::Array(vec![json!({}); count]);
    for count in [1_001, READ_MAX + 1] {
        assert_eq!(
            refused(many(count)),
            format!(
                "1 validation error detected: Value '{count} decisions' at 'decisions' \
                 failed to satisfy constraint: Member must have length less than or equal to 1000"
            )
        );
    }
    let message = refused(many(1_000));
    assert!(message.starts_with("1000 validation errors detected: "));
    assert!(message.len() < 10_000, "not all of them are told");
}

#[test]
fn durations_are_digits() {
    let timer = |timeout: &str| {
        json!([{ "decisionType": "StartTimer",
                 "startTimerDecisionAttributes": { "timerId": "t", "startToFireTimeout": timeout } }])
    };
    let Decision::StartTimer(started) = decided(timer("0")).remove(0) else {
        panic!("a timer")
    };
    assert_eq!(started.start_to_fire_timeout, Timeout::Seconds(0));
    for wrong in ["", "NONE", "-1", "1.5", "123456789"] {
        let message = refused(timer(wrong));
        assert!(
            message.starts_with("1 validation error detected: "),
            "{wrong}: {message}"
        );
        assert!(
            message.contains("startTimerDecisionAttributes.startToFireTimeout"),
            "{message}"
        );
    }
}

#[test]
fn run_ids_are_opaque() {
    let signal = |run_id: &str| {
        let list = json!([{ "decisionType": "RequestCancelExternalWorkflowExecution",
            "requestCancelExternalWorkflowExecutionDecisionAttributes": { "workflowId": "w", "runId": run_id } }]);
        match decided(list).remove(0) {
            Decision::RequestCancelExternalWorkflowExecution(request) => request.run_id,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(signal(""), None);
    assert_eq!(signal("r"), Some(RunName::Other("r".into())));
}
