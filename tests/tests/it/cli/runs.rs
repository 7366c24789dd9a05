//! Runs: listed, counted, described, shown, started, steered.

use apus::model::{CompleteWorkflowExecution, Decision, Event, EventType, FailWorkflowExecution};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};

use super::program::{self, printed, run, table, workflow};
use crate::engine::support::of_type;
use crate::wire::support::{DOMAIN, Served};

/// Three runs: one terminated, one asked to cancel, one just begun.
async fn three_runs() -> Served {
    let served = Served::start(None).await;
    for (workflow_id, tag) in [("order-1", "red"), ("order-2", "blue"), ("order-3", "red")] {
        served
            .start_with(workflow_id, json!({ "input": "{\"n\":1}", "tagList": [tag] }))
            .await;
    }
    printed(
        &served,
        &[
            "terminate",
            "order-1",
            "--reason",
            "enough",
            "--child-policy",
            "abandon",
        ],
    )
    .await;
    printed(&served, &["signal", "order-2", "--name", "go", "--input", "now"]).await;
    printed(&served, &["cancel", "order-2"]).await;
    served
}

#[tokio::test]
async fn runs_are_listed_and_counted() {
    let served = three_runs().await;
    insta::assert_snapshot!(table(&printed(&served, &["list"]).await), @r#"
    STATUS  WORKFLOW ID  TYPE  STARTED  TOOK  RUN ID
    OPEN  order-3  workflow 1  [time] ago  -  [run]
    OPEN  order-2  workflow 1  [time] ago  -  [run]
    TERMINATED  order-1  workflow 1  [time] ago  [time]  [run]
    "#);
    let ids = |printed: String| -> Vec<String> {
        let rows = printed.lines().skip(1);
        rows.map(|row| row.split_whitespace().nth(1).unwrap().to_owned())
            .collect()
    };
    for (filter, expected) in [
        (&["--open"][..], &["order-3", "order-2"][..]),
        (&["--closed"], &["order-1"]),
        (&["--status", "terminated"], &["order-1"]),
        (&["--status", "completed"], &[]),
        (&["--tag", "red"], &["order-3", "order-1"]),
        (&["--tag", "red", "--type", "workflow:1", "--open"], &["order-3"]),
        (&["--type", "workflow:2"], &[]),
        (&["--workflow-id", "order-2", "--since", "1h"], &["order-2"]),
    ] {
        let list = [&["list"], filter].concat();
        assert_eq!(ids(printed(&served, &list).await), expected, "{filter:?}");
        let count = [&["count"], filter].concat();
        assert_eq!(
            printed(&served, &count).await,
            format!("{}\n", expected.len()),
            "{filter:?}"
        );
    }
    let limited = run(&mut workflow(&served, &["list", "--limit", "1"])).await;
    assert_eq!(
        (ids(limited.out), limited.err.contains("--limit")),
        (vec!["order-3".to_owned()], true)
    );
}

#[tokio::test]
async fn json_is_that_of_the_api() {
    let served = three_runs().await;
    insta::assert_snapshot!(program::json(
        &printed(&served, &["list", "--closed", "-o", "json"]).await
    ));
    insta::assert_snapshot!(program::json(
        &printed(&served, &["describe", "order-2", "-o", "json"]).await
    ));
    insta::assert_snapshot!(program::json(
        &printed(&served, &["show", "order-1", "-o", "json"]).await
    ));
    let count: Value = serde_json::from_str(&printed(&served, &["count", "-o", "json"]).await).unwrap();
    assert_eq!(count, json!({ "count": 3, "truncated": false }));
    let signal = ["signal", "order-3", "--name", "s", "-o", "json"];
    let signalled: Value = serde_json::from_str(&printed(&served, &signal).await).unwrap();
    assert_eq!(signalled, json!({ "workflowId": "order-3" }));
}

#[tokio::test]
async fn a_run_is_described_and_its_history_shown() {
    let served = three_runs().await;
    insta::assert_snapshot!(table(&printed(&served, &["describe", "order-2"]).await), @r#"
    Workflow id  order-2
    Run id  [run]
    Type  workflow 1
    Status  OPEN (asked to cancel)
    Started  [time] ago
    Tags  blue
    Open  1 decision task
    Task list  list
    Run timeout  [time]
    Decision timeout  [time]
    Child policy  TERMINATE
    "#);
    insta::assert_snapshot!(table(&printed(&served, &["show", "order-2"]).await), @r#"
    ID  TIME  EVENT  DETAILS
    1  [time]  WorkflowExecutionStarted  workflowType=workflow 1  input={"n":1}  taskList=list  tagList=["blue"]
    2  [time]  DecisionTaskScheduled  taskList=list
    3  [time]  WorkflowExecutionSignaled  signalName=go  input=now
    4  [time]  WorkflowExecutionCancelRequested
    "#);
    let dates = printed(&served, &["show", "order-1", "--reverse", "--times", "iso"]).await;
    assert!(
        dates
            .lines()
            .skip(1)
            .all(|row| row.contains("T") && row.contains("Z  ")),
        "{dates}"
    );
    let newest = run(&mut workflow(
        &served,
        &["show", "order-1", "--reverse", "--limit", "1"],
    ))
    .await;
    insta::assert_snapshot!(table(&newest.out), @r#"
    ID  TIME  EVENT  DETAILS
    3  [time]  WorkflowExecutionTerminated  cause=OPERATOR_INITIATED  reason=enough
    "#);
}

/// Completes with the first signal, or fails at once when there is none to wait for.
fn first_signal(events: &[Event]) -> Vec<Decision> {
    let signalled = of_type(events, EventType::WorkflowExecutionSignaled) > 0;
    let input = |event: &Event| serde_json::to_string(&event.to_json().unwrap()).unwrap();
    let wants_to_fail = events
        .first()
        .is_some_and(|first| input(first).contains("\"input\":\"fail\""));
    if wants_to_fail {
        let (reason, details) = (Some("wanted".into()), Some("as told".into()));
        return vec![FailWorkflowExecution { reason, details }.into()];
    }
    let result = Some("signalled".into());
    signalled
        .then(|| CompleteWorkflowExecution { result }.into())
        .into_iter()
        .collect()
}

#[tokio::test]
async fn a_run_is_started_and_waited_for() {
    let served = Served::start(Some(first_signal)).await;
    let failing = ["start", "f", "--type", "workflow", "--input", "fail", "--wait"];
    let failed = run(&mut workflow(&served, &failing)).await;
    assert_eq!((failed.code, failed.out.as_str()), (8, ""));
    assert_eq!(failed.err, "error: the run ended as FAILED: wanted: as told\n");

    let mut waiting = workflow(
        &served,
        &["start", "w", "--type", "workflow:1", "--tag", "t", "--wait"],
    );
    let signal = async {
        while served
            .node
            .signal_workflow(DOMAIN, "w", None, "go", None)
            .await
            .is_err()
        {
            tokio::task::yield_now().await;
        }
    };
    let (waited, ()) = tokio::join!(run(&mut waiting), signal);
    assert_eq!(
        (waited.code, waited.out.as_str()),
        (0, "signalled\n"),
        "{}",
        waited.err
    );
}

#[tokio::test]
async fn a_history_is_followed_to_the_end_of_its_run() {
    let served = Served::start(Some(first_signal)).await;
    served.start_run("w").await;
    let mut command = workflow(&served, &["show", "w", "--follow"]);
    let mut program = command.stdout(std::process::Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(program.stdout.take().unwrap()).lines();
    let mut last = lines.next_line().await.unwrap().unwrap();
    assert!(last.contains("WorkflowExecutionStarted"), "{last}");
    printed(&served, &["signal", "w", "--name", "go"]).await;
    while let Some(line) = lines.next_line().await.unwrap() {
        last = line;
    }
    assert!(
        last.ends_with("WorkflowExecutionCompleted              result=signalled"),
        "{last}"
    );
    assert!(program.wait().await.unwrap().success());
}

#[tokio::test]
async fn it_is_quiet_when_nobody_reads_on() {
    let served = three_runs().await;
    for format in ["json", "table"] {
        let mut command = workflow(&served, &["list", "-o", format]);
        command
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped());
        let mut program = command.spawn().unwrap();
        drop(program.stdout.take());
        let ended = program.wait_with_output().await.unwrap();
        assert_eq!(
            (ended.status.code(), ended.stderr.as_slice()),
            (Some(0), &b""[..])
        );
    }
}
