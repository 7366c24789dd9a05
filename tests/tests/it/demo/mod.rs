//! `docstore demo` as a program: its outcome, what kill -9 does to it, and events that come more often than they should.

mod events;
mod killed;
mod once;
mod state;

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use tokio::process::Command;

/// The program, which `make test` builds first.
fn program() -> Result<PathBuf> {
    let test = std::env::current_exe()?;
    let built = test
        .ancestors()
        .nth(2)
        .context("tests are in target/<profile>/deps")?;
    let program = built.join("docstore");
    ensure!(
        program.is_file(),
        "{} is not there: cargo build -p docstore",
        program.display()
    );
    Ok(program)
}

fn samples_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples")
}

/// A demo that ends by itself. Dropped, it is killed.
fn demo(data_dir: &Path, samples: &Path) -> Result<Command> {
    let mut command = Command::new(program()?);
    command.args(["demo", "--once", "--data-dir"]).arg(data_dir);
    command.arg("--samples").arg(samples);
    command.env("RUST_LOG", "warn,s3s=off,sqlx=error");
    command
        .process_group(0)
        .kill_on_drop(true)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    Ok(command)
}

/// What a list of samples says that these tests go by.
#[derive(Deserialize)]
struct Samples {
    sample: Vec<Sample>,
}

#[derive(Deserialize)]
struct Sample {
    file: String,
    account: String,
    state: String,
    reason: Option<String>,
    searches: Vec<Search>,
}

#[derive(Deserialize)]
struct Search {
    #[serde(default)]
    scope: String,
}

/// An account's document and how its processing must end.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Expected {
    plan: String,
    file: String,
    state: String,
    reason: Option<String>,
}

impl Samples {
    fn read(dir: &Path) -> Result<Self> {
        Ok(toml::from_str(&std::fs::read_to_string(
            dir.join("samples.toml"),
        )?)?)
    }

    /// Every document of a demo of these samples, without those that exceed the quota.
    fn expected(&self) -> Vec<Expected> {
        let mut expected = Vec::new();
        for sample in &self.sample {
            for plan in ["free", "premium"].into_iter().filter(|plan| sample.is_of(plan)) {
                let (state, reason) = match (plan, sample.state.as_str()) {
                    // Nobody reads what a free account uploads.
                    ("free", _) => ("ready", None),
                    (_, "degraded") => ("ready_degraded", sample.reason.clone()),
                    (_, state) => (state, sample.reason.clone()),
                };
                expected.push(Expected {
                    plan: plan.to_owned(),
                    file: sample.file.clone(),
                    state: state.to_owned(),
                    reason,
                });
            }
        }
        expected
    }

    /// What a demo of these samples says in the end.
    fn last_line(&self) -> String {
        let expected = self.expected();
        let count = |state: &str| expected.iter().filter(|expected| expected.state == state).count();
        let searches: usize = self.sample.iter().map(Sample::searches_that_find).sum();
        format!(
            "demo: {} ready, {} degraded, {} failed; {searches} of {searches} searches found",
            count("ready"),
            count("ready_degraded"),
            count("failed")
        )
    }
}

impl Sample {
    fn is_of(&self, plan: &str) -> bool {
        self.account == plan || self.account == "both"
    }

    /// A premium account finds with every search, a free one by name.
    fn searches_that_find(&self) -> usize {
        let by_name = self
            .searches
            .iter()
            .filter(|search| search.scope == "names")
            .count();
        let premium = if self.is_of("premium") {
            self.searches.len()
        } else {
            0
        };
        premium + if self.is_of("free") { by_name } else { 0 }
    }
}
