//! `apus dev` and `apus serve`: started, used, stopped.

use std::process::Stdio;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use sqlx::ConnectOptions;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use super::program::{apus, run};

/// A node in a process of its own.
struct Program {
    child: Child,
    url: String,
}

impl Program {
    /// Starts it and waits until it says where it listens.
    async fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let said = lines.next_line().await.unwrap().expect("it says that it listens");
        let url = said
            .split_whitespace()
            .find(|word| word.starts_with("http://"))
            .unwrap();
        let url = url.trim_end_matches('.').to_owned();
        // It goes on speaking.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Program { child, url }
    }

    async fn call(&self, action: &str, body: &'static str) -> String {
        let request = reqwest::Client::new()
            .post(&self.url)
            .header("x-amz-target", format!("S.{action}"));
        let response = request.body(body).send().await.unwrap();
        assert!(response.status().is_success(), "{action}");
        response.text().await.unwrap()
    }

    async fn stop(mut self, signal: Signal) {
        let pid = Pid::from_raw(self.child.id().unwrap().try_into().unwrap());
        kill(pid, signal).unwrap();
        assert_eq!(self.child.wait().await.unwrap().code(), Some(0));
    }
}

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
    assert!(ran.err.contains("does not check who calls it"), "{}", ran.err);
}
