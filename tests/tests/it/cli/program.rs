//! Runs the program, and takes out of its output what differs from run to run.

use std::path::PathBuf;
use std::process::Stdio;

use serde_json::Value;
use tokio::process::Command;

use crate::wire::support::{DOMAIN, Served};

/// How a run of the program ended.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// The program, in an environment of its own.
pub fn apus(arguments: &[&str]) -> Command {
    let mut command = Command::new(path());
    command
        .args(arguments)
        .env_clear()
        .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

/// Runs the program to its end.
pub async fn run(command: &mut Command) -> Ran {
    let output = command.output().await.unwrap();
    Ran {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// `apus workflow ...` against a node and its domain.
pub fn workflow(served: &Served, arguments: &[&str]) -> Command {
    let mut command = apus(&["workflow"]);
    command
        .args(arguments)
        .env("APUS_ENDPOINT", &served.url)
        .env("APUS_DOMAIN", DOMAIN);
    command
}

/// What a command that must succeed prints.
pub async fn printed(served: &Served, arguments: &[&str]) -> String {
    let ran = run(&mut workflow(served, arguments)).await;
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{arguments:?}");
    ran.out
}

/// A table without what differs: run ids, times, and the widths that follow from them.
pub fn table(printed: &str) -> String {
    let line = |line: &str| {
        let cells = line.split("  ").map(str::trim).filter(|cell| !cell.is_empty());
        let cells: Vec<String> = cells
            .map(|cell| cell.split(' ').map(word).collect::<Vec<_>>().join(" "))
            .collect();
        cells.join("  ")
    };
    printed.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn word(word: &str) -> &str {
    let digits =
        |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let bare = word.trim_start_matches('+').trim_end_matches(',');
    let is_time = bare.strip_suffix('s').is_some_and(digits);
    let is_run = word.len() == 32 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    match (is_time, is_run) {
        (true, _) => "[time]",
        (_, true) => "[run]",
        _ => word,
    }
}

/// JSON without what differs.
pub fn json(printed: &str) -> String {
    let mut value: Value = serde_json::from_str(printed).unwrap();
    redact(&mut value);
    format!("{value:#}")
}

fn redact(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                if name.ends_with("imestamp") {
                    *member = "[time]".into();
                } else if name == "runId" {
                    *member = "[run]".into();
                } else {
                    redact(member);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(redact),
        _ => {}
    }
}

/// Beside the tests' own binary; `make test` builds it first.
fn path() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let path = tests.ancestors().nth(2).unwrap().join("apus");
    assert!(
        path.exists(),
        "{} is not built: run `cargo build --bins`",
        path.display()
    );
    path
}
