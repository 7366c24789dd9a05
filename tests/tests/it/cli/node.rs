//! A node in a process of its own.

use std::process::Stdio;

use apus_tests::Signer;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use reqwest::Response;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};

use super::program::apus;
use crate::wire::support::Refused;

/// A running `apus dev` or `apus serve`.
pub struct Program {
    /// Where it listens.
    pub url: String,
    child: Child,
    said: Lines<BufReader<ChildStdout>>,
    logged: Option<Lines<BufReader<ChildStderr>>>,
}

impl Program {
    /// Starts it and waits until it says where it listens.
    pub async fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = said.next_line().await.unwrap().expect("it says that it listens");
        let url = first
            .split_whitespace()
            .find(|word| word.starts_with("http"))
            .unwrap();
        let url = url.trim_end_matches('.').to_owned();
        let logged = child.stderr.take().map(|log| BufReader::new(log).lines());
        Program {
            url,
            child,
            said,
            logged,
        }
    }

    /// The lines that it says from now on, up to one that contains `text`.
    pub async fn said_until(&mut self, text: &str) -> Vec<String> {
        let mut lines = Vec::new();
        while lines.last().is_none_or(|line: &String| !line.contains(text)) {
            lines.push(self.said.next_line().await.unwrap().expect("it says more"));
        }
        lines
    }

    /// Waits until it logs something that contains `text`; its standard error has to be piped.
    pub async fn logged(&mut self, text: &str) {
        let logged = self.logged.as_mut().expect("the log is piped");
        while !logged
            .next_line()
            .await
            .unwrap()
            .expect("it logs more")
            .contains(text)
        {}
    }

    /// `apus dev` with a directory of its own that goes with it.
    pub async fn dev(more: &[&str]) -> Self {
        let arguments = [&["dev", "--listen", "127.0.0.1:0", "--ephemeral"], more].concat();
        Self::start(&mut apus(&arguments)).await
    }

    /// Calls an action.
    pub async fn send(&self, signer: &Signer, action: &str, body: impl Into<reqwest::Body>) -> Response {
        let request = signer.call(&self.url, &format!("SimpleWorkflowService.{action}"), body);
        reqwest::Client::new().execute(request).await.unwrap()
    }

    /// A call with dummy credentials that is done; what it answers.
    pub async fn call(&self, action: &str, body: impl Into<reqwest::Body>) -> String {
        self.call_as(&Signer::default(), action, body).await
    }

    /// A call that is done; what it answers.
    pub async fn call_as(&self, signer: &Signer, action: &str, body: impl Into<reqwest::Body>) -> String {
        let response = self.send(signer, action, body).await;
        let (status, answer) = (response.status(), response.text().await.unwrap());
        assert!(status.is_success(), "{action}: {answer}");
        answer
    }

    /// A call with dummy credentials that is refused: how.
    pub async fn refused(&self, action: &str, body: impl Into<reqwest::Body>) -> Refused {
        Refused::of(self.send(&Signer::default(), action, body).await).await
    }

    /// What is at a path: the status, and the text.
    pub async fn get(&self, path: &str) -> (u16, String) {
        let response = reqwest::get(format!("{}{path}", self.url)).await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    /// The system's number for the process.
    pub fn pid(&self) -> u32 {
        self.child.id().unwrap()
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.pid().try_into().unwrap());
        kill(pid, signal).unwrap();
    }

    /// Waits for its end; the exit code.
    pub async fn ended(mut self) -> Option<i32> {
        self.child.wait().await.unwrap().code()
    }

    /// Ends it by a signal, as it is meant to end.
    pub async fn stop(self, signal: Signal) {
        self.signal(signal);
        assert_eq!(self.ended().await, Some(0));
    }
}
