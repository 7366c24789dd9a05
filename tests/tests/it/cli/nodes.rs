//! `apus dev` and `apus serve`: started, used, stopped.

use std::process::Stdio;

use nix::sys::signal::Signal;
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
    let mut program = Program::start(&mut apus(&["dev", "--listen", "127.0.0.1:0", "--ephemeral"])).await;
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

#[tokio::test]
async fn nodes_share_a_database() {
    let database = apus_tests::database().await;
    let url = database.connect_options().to_url_lossy().to_string();
    let serve = || {
        let mut serve = apus(&["serve", "--listen", "127.0.0.1:0"]);
        serve.env("APUS_DATABASE_URL", &url).stderr(Stdio::null());
        serve
    };
    let (one, other) = (
        Program::start(&mut serve()).await,
        Program::start(&mut serve()).await,
    );
    one.call("RegisterDomain", REGISTER).await;
    assert!(other.call("ListDomains", LIST).await.contains("domain/d\""));
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
