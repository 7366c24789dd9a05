//! `apus dev` and `apus serve`: started, used, stopped.

use std::path::Path;
use std::process::Stdio;

use apus::wire::{Keyring, MasterKey, NewCredential, Role};
use apus_tests::{Signer, TestDatabase};
use nix::sys::signal::Signal;
use reqwest::header::HeaderName;
use sqlx::ConnectOptions;

use super::node::Program;
use super::program::{apus, run};

const REGISTER: &str = r#"{ "name": "d", "workflowExecutionRetentionPeriodInDays": "7" }"#;
const LIST: &str = r#"{ "registrationStatus": "REGISTERED" }"#;

#[tokio::test]
async fn a_local_engine_keeps_what_it_was_told() {
    let dir = apus_tests::durable_cluster();
    let data_dir = dir.data_dir().to_str().unwrap();
    let dev = || apus(&["dev", "--listen", "127.0.0.1:0", "--data-dir", data_dir]);
    let first = Program::start(&mut dev()).await;
    first.call("RegisterDomain", REGISTER).await;
    first.stop(Signal::SIGINT).await;
    let second = Program::start(&mut dev()).await;
    assert!(second.call("ListDomains", LIST).await.contains("domain/d\""));
    second.stop(Signal::SIGTERM).await;
}

#[tokio::test]
async fn a_local_engine_says_what_to_export() {
    let mut program = Program::dev(&[]).await;
    let exports = program.said_until("APUS_ENDPOINT").await;
    let url = &program.url;
    for export in [
        format!("AWS_ENDPOINT_URL_SWF={url}"),
        "AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1".to_owned(),
        "AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test".to_owned(),
        format!("APUS_ENDPOINT={url}"),
    ] {
        assert!(
            exports.iter().any(|line| line == &format!("  export {export}")),
            "{export} in {exports:?}"
        );
    }
    program.stop(Signal::SIGINT).await;
}

#[tokio::test]
async fn an_ephemeral_engine_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        let mut dev = apus(&["dev", "--listen", "127.0.0.1:0", "--ephemeral"]);
        let program = Program::start(dev.env("TMPDIR", dir.path())).await;
        program.call("RegisterDomain", REGISTER).await;
        assert_ne!(dir.path().read_dir().unwrap().count(), 0);
        program.stop(signal).await;
        assert_eq!(dir.path().read_dir().unwrap().count(), 0);
    }
}

/// Somebody who may do everything.
async fn signer(database: &TestDatabase, key_file: &Path) -> Signer {
    let key = MasterKey::load_or_create(key_file).unwrap();
    let keyring = Keyring::open(&database.connect_options(), &key).await.unwrap();
    let new = NewCredential {
        role: Role::Admin,
        domains: Vec::new(),
        description: None,
    };
    let issued = keyring.create(&new).await.unwrap();
    Signer::new(issued.access_key, issued.secret)
}

#[tokio::test]
async fn nodes_share_a_database() {
    let database = apus_tests::database().await;
    let url = database.connect_options().to_url_lossy().to_string();
    let dir = tempfile::tempdir().unwrap();
    let key_file = dir.path().join("key");
    let signer = signer(&database, &key_file).await;
    let serve = || {
        let mut serve = apus(&["serve", "--listen", "127.0.0.1:0"]);
        serve
            .env("APUS_DATABASE_URL", &url)
            .env("APUS_KEY_FILE", &key_file)
            .stderr(Stdio::null());
        serve
    };
    let (one, other) = (
        Program::start(&mut serve()).await,
        Program::start(&mut serve()).await,
    );
    one.call_as(&signer, "RegisterDomain", REGISTER).await;
    let listed = other.call_as(&signer, "ListDomains", LIST).await;
    assert!(listed.contains("domain/d\""));
    one.stop(Signal::SIGTERM).await;
    other.stop(Signal::SIGTERM).await;
}

#[tokio::test]
async fn a_node_does_not_listen_to_other_machines() {
    let dir = apus_tests::durable_cluster();
    let data_dir = dir.data_dir().to_str().unwrap();
    let ran = run(&mut apus(&[
        "dev",
        "--listen",
        "0.0.0.0:0",
        "--data-dir",
        data_dir,
    ]))
    .await;
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("this machine only"), "{}", ran.err);
}

#[tokio::test]
async fn a_node_tells_whether_it_lives_and_can_serve_and_what_it_measures() {
    let program = Program::dev(&[]).await;
    assert_eq!(program.get("/healthz").await, (200, "alive\n".to_owned()));
    assert_eq!(program.get("/readyz").await, (200, "ready\n".to_owned()));
    program.call("RegisterDomain", REGISTER).await;
    let fault = program.refused("RegisterDomain", REGISTER).await;
    assert_eq!(fault.code, "DomainAlreadyExistsFault");
    program.refused("NoSuchAction", "{}").await;
    let (status, metrics) = program.get("/metrics").await;
    assert_eq!(status, 200);
    for line in [
        r#"apus_requests_total{action="RegisterDomain",code="OK"} 1"#,
        r#"apus_requests_total{action="RegisterDomain",code="DomainAlreadyExistsFault"} 1"#,
        r#"apus_requests_total{action="unknown",code="UnknownOperationException"} 1"#,
        r#"apus_request_seconds_count{action="RegisterDomain"} 2"#,
        "apus_requests_under_way 0",
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line} in {metrics}");
    }
    program.stop(Signal::SIGTERM).await;
}

#[tokio::test]
async fn web_pages_do_not_reach_a_local_engine() {
    let program = Program::dev(&[]).await;
    let status = async |name: &str, value: &str| {
        let signer = Signer::default();
        let mut call = signer.call(&program.url, "S.ListDomains", LIST);
        let name: HeaderName = name.parse().unwrap();
        call.headers_mut().insert(name, value.parse().unwrap());
        signer.sign(&mut call);
        let answer = reqwest::Client::new().execute(call).await.unwrap();
        answer.status().as_u16()
    };
    let port = program.url.rsplit(':').next().unwrap();
    for host in ["localhost", "127.0.0.1", "[::1]"] {
        assert_eq!(status("host", &format!("{host}:{port}")).await, 200, "{host}");
    }
    assert_eq!(status("host", &format!("rebound.example.com:{port}")).await, 403);
    assert_eq!(status("origin", "https://example.com").await, 403);
    assert_eq!(status("origin", "null").await, 403);
    program.stop(Signal::SIGTERM).await;
}
