//! A node in a process of its own.

use std::process::Stdio;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// A running `apus dev` or `apus serve`.
pub struct Program {
    /// Where it listens.
    pub url: String,
    child: Child,
    said: Lines<BufReader<ChildStdout>>,
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
        Program { url, child, said }
    }

    /// The lines that it says from now on, up to one that contains `text`.
    pub async fn said_until(&mut self, text: &str) -> Vec<String> {
        let mut lines = Vec::new();
        while lines.last().is_none_or(|line: &String| !line.contains(text)) {
            lines.push(self.said.next_line().await.unwrap().expect("it says more"));
        }
        lines
    }

    pub async fn call(&self, action: &str, body: &'static str) -> String {
        let request = reqwest::Client::new()
            .post(&self.url)
            .header("x-amz-target", format!("S.{action}"));
        let response = request.body(body).send().await.unwrap();
        assert!(response.status().is_success(), "{action}");
        response.text().await.unwrap()
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.child.id().unwrap().try_into().unwrap());
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
