//! A node that is asked to stop lets what is under way end.

use std::process::Stdio;
use std::time::{Duration, Instant};

use apus_tests::Signer;
use nix::sys::signal::Signal;
use sqlx::ConnectOptions;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::node::Program;
use super::program::apus;

/// By then a node has to be gone.
const GONE_WITHIN: Duration = Duration::from_secs(10);
const DOMAIN: &str = r#"{ "name": "d", "workflowExecutionRetentionPeriodInDays": "1" }"#;
const POLL: &str = r#"{ "domain": "d", "taskList": { "name": "l" } }"#;

/// Waits until so many polls wait at the node.
async fn polls_wait(program: &Program, kind: &str, number: usize) {
    let line = format!("apus_pollers_waiting{{kind=\"{kind}\"}} {number}");
    while !program.get("/metrics").await.1.contains(&line) {}
}

#[tokio::test]
async fn polls_that_wait_are_answered_and_the_node_ends() {
    let program = Program::dev(&[]).await;
    program.call("RegisterDomain", DOMAIN).await;
    let poll = |target| {
        let poll = Signer::default().call(&program.url, target, POLL);
        tokio::spawn(reqwest::Client::new().execute(poll))
    };
    let activities = poll("S.PollForActivityTask");
    let decisions = poll("S.PollForDecisionTask");
    polls_wait(&program, "activity", 1).await;
    polls_wait(&program, "decision", 1).await;
    let asked = Instant::now();
    program.signal(Signal::SIGTERM);
    for polled in [activities, decisions] {
        let response = polled.await.unwrap().unwrap();
        assert_eq!(response.status(), 200);
        assert!(!response.text().await.unwrap().contains("taskToken"));
    }
    assert_eq!(program.ended().await, Some(0));
    assert!(asked.elapsed() < GONE_WITHIN);
}

#[tokio::test]
async fn a_node_is_not_ready_while_it_is_about_to_stop() {
    let dir = tempfile::tempdir().unwrap();
    let database = apus_tests::database().await;
    let mut serve = apus(&["serve", "--listen", "127.0.0.1:0", "--drain-notice", "60"]);
    serve
        .env(
            "APUS_DATABASE_URL",
            database.connect_options().to_url_lossy().as_str(),
        )
        .current_dir(dir.path())
        .stderr(Stdio::null());
    let program = Program::start(&mut serve).await;
    assert_eq!(program.get("/readyz").await.0, 200);
    program.signal(Signal::SIGTERM);
    while program.get("/readyz").await.0 == 200 {}
    assert_eq!(program.get("/readyz").await, (503, "about to stop\n".to_owned()));
    assert_eq!(program.get("/healthz").await.0, 200);
    // Another signal ends it at once.
    program.signal(Signal::SIGTERM);
    assert_eq!(program.ended().await, Some(128 + Signal::SIGTERM as i32));
}

#[tokio::test]
async fn a_request_under_way_is_answered_and_no_other_is_taken() {
    let program = Program::dev(&[]).await;
    let address = program.url.strip_prefix("http://").unwrap().to_owned();
    let mut under_way = TcpStream::connect(&address).await.unwrap();
    let head = Signer::default().head(&program.url, "S.RegisterDomain", DOMAIN.as_bytes());
    under_way.write_all(head.as_bytes()).await.unwrap();
    while !program
        .get("/metrics")
        .await
        .1
        .contains("apus_requests_under_way 1")
    {}
    program.signal(Signal::SIGTERM);
    while TcpStream::connect(&address).await.is_ok() {}
    under_way.write_all(DOMAIN.as_bytes()).await.unwrap();
    let mut answer = String::new();
    under_way.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(program.ended().await, Some(0));
}
