//! Exit codes and messages: scripts rely on the one, people on the other.

use std::net::Ipv4Addr;

use tokio::net::TcpListener;

use super::program::{apus, run, workflow};
use crate::wire::support::Served;

#[tokio::test]
async fn each_kind_of_failure_has_its_code() {
    let served = Served::start(None).await;
    served.start_run("w").await;
    let start = |id| ["start", id, "--type", "workflow"];
    for (arguments, code, message) in [
        (
            &["describe", "nope"][..],
            4,
            "error: no run of workflow id \"nope\" in domain \"tests\"",
        ),
        (
            &["signal", "nope", "--name", "s"],
            4,
            "error: Unknown execution, workflowId = nope",
        ),
        (
            &["show", "w", "--run-id", "x"],
            4,
            "error: Unknown execution: WorkflowExecution=[workflowId=w, runId=x]",
        ),
        (&["list", "--domain", "nope"], 4, "error: Unknown domain: nope"),
        (
            &start("w"),
            5,
            "error: Already Started (WorkflowExecutionAlreadyStartedFault)\n  next: take another",
        ),
        (
            &["start", "v", "--type", "nope"],
            4,
            "error: no workflow type \"nope\" is registered",
        ),
        (
            &["start", "v", "--type", "workflow:2"],
            4,
            "error: Unknown type: WorkflowType=[name=workflow, version=2]",
        ),
        (
            &["start", "a:b", "--type", "workflow"],
            2,
            "error: 1 validation error detected: Value 'a:b' at 'workflowId'",
        ),
        (
            &["list", "--limit", "0"],
            2,
            "error: invalid value '0' for '--limit",
        ),
        (
            &["list", "--since", "soon"],
            2,
            "error: invalid value 'soon' for '--since",
        ),
        (
            &["list", "--endpoint", "nowhere"],
            2,
            "error: \"nowhere\" is no URL",
        ),
    ] {
        let ran = run(&mut workflow(&served, arguments)).await;
        assert_eq!(
            (ran.code, ran.out.as_str()),
            (code, ""),
            "{arguments:?}: {}",
            ran.err
        );
        assert!(ran.err.starts_with(message), "{arguments:?}: {}", ran.err);
    }
}

#[tokio::test]
async fn without_a_domain_it_says_which_there_are() {
    let served = Served::start(None).await;
    let ran = run(workflow(&served, &["list"]).env_remove("APUS_DOMAIN")).await;
    assert_eq!(ran.code, 2);
    assert_eq!(
        ran.err,
        "error: which domain? Name it with --domain or APUS_DOMAIN; this node has: tests\n"
    );
}

#[tokio::test]
async fn a_node_that_is_not_there_or_does_not_answer_is_told() {
    // Accepts connections as far as the kernel does, and never answers.
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let endpoint = format!("http://{}", silent.local_addr().unwrap());
    let arguments = [
        "workflow",
        "list",
        "--domain",
        "d",
        "--timeout",
        "1s",
        "--endpoint",
        &endpoint,
    ];
    let ran = run(&mut apus(&arguments)).await;
    assert_eq!(ran.code, 6, "{}", ran.err);
    drop(silent);
    let ran = run(&mut apus(&arguments)).await;
    assert_eq!(ran.code, 7, "{}", ran.err);
    assert!(
        ran.err.contains("next: start a node with `apus dev`"),
        "{}",
        ran.err
    );
}
