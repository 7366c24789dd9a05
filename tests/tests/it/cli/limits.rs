//! Limits that are set by flags hold.

use apus_tests::Signer;
use nix::sys::signal::Signal;
use serde_json::json;

use super::node::Program;
use super::program::{apus, run};

const TYPE: &str = r#"{
    "domain": "d", "name": "order", "version": "1", "defaultTaskList": { "name": "orders" },
    "defaultExecutionStartToCloseTimeout": "60", "defaultTaskStartToCloseTimeout": "10",
    "defaultChildPolicy": "TERMINATE"
}"#;

/// A local engine with a domain and a type.
async fn dev(arguments: &[&str]) -> Program {
    let program = Program::dev(arguments).await;
    let domain = r#"{ "name": "d", "workflowExecutionRetentionPeriodInDays": "1" }"#;
    program.call("RegisterDomain", domain).await;
    program.call("RegisterWorkflowType", TYPE).await;
    program
}

fn start(workflow_id: &str, input: &str) -> String {
    let of = json!({ "name": "order", "version": "1" });
    let request = json!({ "domain": "d", "workflowId": workflow_id, "workflowType": of, "input": input });
    request.to_string()
}

#[tokio::test]
async fn data_may_be_longer_or_has_to_be_shorter() {
    let short = dev(&["--limit", "data_chars=3"]).await;
    short.call("StartWorkflowExecution", start("w", "abc")).await;
    let refused = short.refused("StartWorkflowExecution", start("v", "abcd")).await;
    assert!(
        refused.message.contains("less than or equal to 3"),
        "{}",
        refused.message
    );
    short.stop(Signal::SIGTERM).await;
    let long = dev(&["--limit", "data_chars=3000000,request_bytes=4000000"]).await;
    let input = "x".repeat(3_000_000);
    long.call("StartWorkflowExecution", start("w", &input)).await;
    long.stop(Signal::SIGTERM).await;
}

#[tokio::test]
async fn a_domain_has_so_many_open_runs() {
    let program = dev(&["--limit", "open_executions=2"]).await;
    for workflow_id in ["a", "b"] {
        program
            .call("StartWorkflowExecution", start(workflow_id, ""))
            .await;
    }
    let refused = program.refused("StartWorkflowExecution", start("c", "")).await;
    assert_eq!(refused.code, "LimitExceededFault");
    program
        .call(
            "TerminateWorkflowExecution",
            r#"{ "domain": "d", "workflowId": "a" }"#,
        )
        .await;
    program.call("StartWorkflowExecution", start("c", "")).await;
    program.stop(Signal::SIGTERM).await;
}

#[tokio::test]
async fn a_strict_node_throttles() {
    let program = Program::dev(&["--compat", "strict"]).await;
    // A bucket of a hundred, six more a second.
    let list = r#"{ "registrationStatus": "REGISTERED" }"#;
    let mut throttled = None;
    for _ in 0..1_000 {
        let response = program.send(&Signer::default(), "ListDomains", list).await;
        if !response.status().is_success() {
            throttled = Some(response.text().await.unwrap());
            break;
        }
    }
    let throttled = throttled.expect("the bucket is empty some time");
    assert!(
        throttled.contains("#ThrottlingException") && throttled.contains("Rate exceeded"),
        "{throttled}"
    );
    program.stop(Signal::SIGTERM).await;
}

#[tokio::test]
async fn what_is_no_limit_is_refused_with_those_that_are() {
    let ran = run(&mut apus(&["dev", "--ephemeral", "--limit", "data_char=7"])).await;
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("there is no limit \"data_char\""), "{}", ran.err);
    assert!(ran.err.contains("data_chars, decisions"), "{}", ran.err);
    let ran = run(&mut apus(&[
        "dev",
        "--ephemeral",
        "--limit",
        "data_chars=3000000",
    ]))
    .await;
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("raise request_bytes too"), "{}", ran.err);
}
