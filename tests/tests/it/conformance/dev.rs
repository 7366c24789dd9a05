//! `apus dev` as a program of its own, and the environment of the programs that call it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use apus_tests::program;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// How the lines begin that `apus dev` prints for people to export, and the last of their variables.
const EXPORT: &str = "  export ";
const LAST: &str = "APUS_DATABASE_URL";

/// A local engine with an empty database, gone when it is dropped.
pub struct Dev {
    child: Child,
    variables: HashMap<String, String>,
}

impl Dev {
    /// Starts it with these options and waits until it has said what to export.
    pub async fn start(options: &[&str]) -> Result<Self> {
        let mut command = Command::new(program("apus"));
        command.args(["dev", "--ephemeral", "--listen", "127.0.0.1:0"]);
        command.args(options).env("RUST_LOG", "warn");
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        let mut child = command.spawn()?;
        let mut lines = BufReader::new(child.stdout.take().context("standard output is piped")?).lines();
        let mut variables = HashMap::new();
        while !variables.contains_key(LAST) {
            let line = lines.next_line().await?.context("apus dev ended")?;
            let exports = line.strip_prefix(EXPORT).unwrap_or_default().split(' ');
            let exports = exports.filter_map(|export| export.split_once('='));
            variables
                .extend(exports.map(|(name, value)| (name.to_owned(), value.trim_matches('\'').to_owned())));
        }
        // It goes on speaking.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { child, variables })
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.variables["AWS_ENDPOINT_URL_SWF"]
    }

    /// Stops it as a user does, so that it takes its database with it.
    pub async fn stop(mut self) -> Result<()> {
        let pid = self.child.id().context("it has not ended by itself")?;
        kill(Pid::from_raw(pid.try_into()?), Signal::SIGINT)?;
        let status = self.child.wait().await?;
        ensure!(status.success(), "apus dev ended with {status}");
        Ok(())
    }

    /// A program that calls this engine: the variables that `apus dev` names, and no others of AWS.
    pub fn client(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .envs(&self.variables)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }
}

/// The repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
