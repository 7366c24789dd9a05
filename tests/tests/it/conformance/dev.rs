//! `apus dev` as a program of its own, and the environment of the programs that call it.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use apus_tests::program;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// What `apus dev` prints before the address, for people to export.
const ADDRESS: &str = "AWS_ENDPOINT_URL_SWF=";

/// A local engine with an empty database, gone when it is dropped.
pub struct Dev {
    child: Child,
    pub url: String,
}

impl Dev {
    /// Starts it with these options and waits until it says where it listens.
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
        let url = loop {
            let line = lines.next_line().await?.context("apus dev ended")?;
            if let Some((_, url)) = line.split_once(ADDRESS) {
                break url.to_owned();
            }
        };
        // It goes on speaking.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { child, url })
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
            .env("AWS_ENDPOINT_URL_SWF", &self.url)
            .env("AWS_REGION", "us-east-1")
            .env("AWS_DEFAULT_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
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

/// A program of the environment that `make deps-test` installs.
pub fn python(name: &str) -> Result<PathBuf> {
    let path = root().join(".cache/venv/bin").join(name);
    ensure!(
        path.is_file(),
        "{} is missing; run `make deps-test`",
        path.display()
    );
    Ok(path)
}
