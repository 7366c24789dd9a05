//! A whole DocStore as its operator runs it: the command line, the dashboard, metrics and logs.

mod admin;
mod aws;
mod bench;
mod customer;
mod dashboard;
mod hidden;
mod interrupted;
mod logs;

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use apus_tests::{TestDatabase, program};
use docstore::config::Settings;
use docstore::node::Node;
use serde_json::Value;
use sqlx::ConnectOptions;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};

const EMAIL: &str = "ada@example.com";
const PASSWORD: &str = "correct horse battery staple";

/// A DocStore in this process, on ports of its own.
struct Deployment {
    node: Node,
    /// Everything embedded, and what belongs to the user of the command line.
    data: TempDir,
    database: TestDatabase,
}

/// How a run of the program ended.
#[derive(Debug)]
pub struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Deployment {
    async fn start() -> Result<Self> {
        Self::start_with(|_| {}).await
    }

    /// With settings that differ from the usual.
    async fn start_with(change: impl FnOnce(&mut Settings)) -> Result<Self> {
        let database = apus_tests::database().await;
        let data = TempDir::new()?;
        let anywhere = || "127.0.0.1:0".parse().ok();
        let mut settings = Settings {
            data_dir: Some(data.path().join("data")),
            listen: anywhere(),
            objects_listen: anywhere(),
            engine_listen: anywhere(),
            database_url: Some(database.connect_options().to_url_lossy().to_string()),
            reader_program: Some(program("docstore-extract")),
            ..Settings::default()
        };
        change(&mut settings);
        Ok(Self {
            node: Node::start(settings.resolve()?).await?,
            data,
            database,
        })
    }

    async fn stop(self) -> Result<()> {
        self.node.stop().await
    }

    /// The program, for a user of this deployment.
    fn docstore(&self, args: &[&str]) -> Command {
        let mut command = docstore(args);
        command
            .env("HOME", self.data.path())
            .env("DOCSTORE_SERVER", self.node.url());
        command
    }

    /// The program on this deployment's database.
    fn admin(&self, args: &[&str]) -> Command {
        let mut command = docstore(&[&["admin"], args].concat());
        command.env(
            "DOCSTORE_DATABASE_URL",
            self.database.connect_options().to_url_lossy().as_str(),
        );
        command
    }

    /// Signs up, which logs in.
    async fn sign_up(&self, plan: &str) -> Result<()> {
        let mut command = self.docstore(&["account", "sign-up", EMAIL, "--plan", plan]);
        done(run_with(&mut command, PASSWORD).await?)?;
        Ok(())
    }

    /// What a command of the logged-in user prints as JSON.
    async fn json(&self, args: &[&str]) -> Result<Value> {
        let out = done(run(&mut self.docstore(&[args, &["--json"]].concat())).await?)?;
        serde_json::from_str(&out).with_context(|| out)
    }

    /// A file of the user's.
    fn file(&self, name: &str, content: &[u8]) -> Result<PathBuf> {
        let path = self.data.path().join(name);
        std::fs::write(&path, content)?;
        Ok(path)
    }
}

/// The program, in an environment of its own.
pub fn docstore(args: &[&str]) -> Command {
    let mut command = Command::new(program("docstore"));
    command
        .args(args)
        .env_clear()
        .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// Runs the program to its end.
async fn run(command: &mut Command) -> Result<Ran> {
    ended(command.spawn()?).await
}

/// Runs the program with a line of standard input.
pub async fn run_with(command: &mut Command, line: &str) -> Result<Ran> {
    let mut child = command.stdin(Stdio::piped()).spawn()?;
    let mut stdin = child.stdin.take().context("standard input is piped")?;
    stdin.write_all(format!("{line}\n").as_bytes()).await?;
    drop(stdin);
    ended(child).await
}

async fn ended(child: Child) -> Result<Ran> {
    let output = child.wait_with_output().await?;
    Ok(Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout)?,
        err: String::from_utf8(output.stderr)?,
    })
}

/// What a run that must have succeeded printed.
pub fn done(ran: Ran) -> Result<String> {
    ensure!(ran.code == Some(0), "{ran:?}");
    Ok(ran.out)
}

/// What a run that must have failed with this exit code said.
fn refused(ran: Ran, code: i32) -> Result<String> {
    ensure!(ran.code == Some(code), "{ran:?} instead of {code}");
    ensure!(ran.err.starts_with("error: "), "{ran:?}");
    Ok(ran.err)
}

fn text(path: &Path) -> &str {
    path.to_str().expect("temporary paths are text")
}

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../samples")
        .join(name)
}
