//! A process of the bench: this program once more, in a role, tied to the life of the one that started it.
//!
//! ```text
//! parent                               child
//!   | ---- its assignment (JSON) ------> |
//!   | <--- ready ----------------------- |
//!   | ---- go -------------------------> |
//!   | <--- its result (JSON) ----------- |
//!   | ---- standard input closes ------> |  ends
//! ```
//! Each of them is a line. A child may be ended without `go`, and a role need not have a result. What goes wrong in a
//! child it says itself, on the standard error that both share.

use std::os::fd::AsFd;
use std::process::Stdio;

use clap::{Args, ValueEnum};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::unix::pipe;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::runtime::{Builder, Runtime};

use crate::failure::{Failure, failed};

use super::{nodes, wire};

/// The command that starts a role, which nobody types.
pub const COMMAND: &str = "bench-process";
const READY: &str = "ready";
const GO: &str = "go";

/// `apus bench-process`.
#[derive(Args)]
pub struct BenchProcess {
    #[arg(value_enum)]
    role: Role,
}

/// What a process of the bench does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Role {
    /// A node with its deciders, its worker and its callers.
    Node,
    /// Polls for decision tasks over HTTP and answers them.
    Decider,
    /// Polls for activity tasks over HTTP and answers them.
    Worker,
    /// Starts runs over HTTP and sees when they are done.
    Callers,
}

/// A child that has its assignment.
pub struct Process {
    role: Role,
    child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

/// The other side: whoever started this process.
pub struct Parent {
    orders: Lines<BufReader<pipe::Receiver>>,
}

impl BenchProcess {
    /// The runtime for the role: one thread where there is one client, which then wakes no other.
    pub fn runtime(&self) -> std::io::Result<Runtime> {
        match self.role {
            Role::Node => Runtime::new(),
            Role::Decider | Role::Worker | Role::Callers => {
                Builder::new_current_thread().enable_all().build()
            }
        }
    }
}

/// Does what the role says, until standard input closes.
pub async fn run(process: BenchProcess) -> Result<(), Failure> {
    let mut parent = Parent::meet()?;
    match process.role {
        Role::Node => nodes::serve(&mut parent).await,
        Role::Decider => wire::decide(&mut parent).await,
        Role::Worker => wire::work(&mut parent).await,
        Role::Callers => wire::call(&mut parent).await,
    }
}

impl Process {
    /// Starts one and waits until it is ready.
    pub async fn start(role: Role, assignment: &impl Serialize) -> Result<Self, Failure> {
        let mut child = this_program()?
            .arg(COMMAND)
            .arg(role.name())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(cannot_start)?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(failed("a process of the bench was started without its pipes"));
        };
        let output = BufReader::new(output).lines();
        let mut process = Process {
            role,
            child,
            input,
            output,
        };
        let assignment = serde_json::to_string(assignment).map_err(failed)?;
        process.tell(&assignment).await?;
        if process.hear().await? != READY {
            return Err(process.strange());
        }
        Ok(process)
    }

    /// Lets it begin.
    pub async fn go(&mut self) -> Result<(), Failure> {
        self.tell(GO).await
    }

    /// Its result.
    pub async fn result<T: DeserializeOwned>(&mut self) -> Result<T, Failure> {
        let result = self.hear().await?;
        serde_json::from_str(&result).map_err(|_| self.strange())
    }

    /// Waits for it to end although nobody asked it to.
    pub async fn ended(&mut self) -> Failure {
        ended(&mut self.child, &self.role.title()).await
    }

    /// Ends it.
    pub async fn end(self) -> Result<(), Failure> {
        let Process {
            role,
            mut child,
            input,
            output: _output,
        } = self;
        drop(input);
        end(&mut child, &role.title()).await
    }

    async fn tell(&mut self, line: &str) -> Result<(), Failure> {
        let written = self.input.write_all(format!("{line}\n").as_bytes()).await;
        match written {
            Ok(()) => Ok(()),
            Err(_) => Err(self.ended().await),
        }
    }

    async fn hear(&mut self) -> Result<String, Failure> {
        match self.output.next_line().await.map_err(failed)? {
            Some(line) => Ok(line),
            None => Err(self.ended().await),
        }
    }

    fn strange(&self) -> Failure {
        failed(format!("{} said something unexpected", self.role.title()))
    }
}

impl Parent {
    fn meet() -> Result<Self, Failure> {
        let input = std::io::stdin().as_fd().try_clone_to_owned().map_err(no_parent)?;
        let input = pipe::Receiver::from_owned_fd(input).map_err(no_parent)?;
        Ok(Parent {
            orders: BufReader::new(input).lines(),
        })
    }

    /// What to do.
    pub async fn assignment<T: DeserializeOwned>(&mut self) -> Result<T, Failure> {
        let line = self.orders.next_line().await.map_err(no_parent)?;
        serde_json::from_str(&line.unwrap_or_default()).map_err(failed)
    }

    /// Says that all is ready, and waits until it is to begin. False when there will be nothing to do.
    pub async fn begin(&mut self) -> Result<bool, Failure> {
        say(READY)?;
        let order = self.orders.next_line().await.map_err(no_parent)?;
        Ok(order.as_deref() == Some(GO))
    }

    /// Says what came out.
    pub fn tell(&self, result: &impl Serialize) -> Result<(), Failure> {
        say(&serde_json::to_string(result).map_err(failed)?)
    }

    /// Waits until this process is to end.
    pub async fn dismissal(&mut self) -> Result<(), Failure> {
        while self.orders.next_line().await.map_err(no_parent)?.is_some() {}
        Ok(())
    }
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Role::Node => "node",
            Role::Decider => "decider",
            Role::Worker => "worker",
            Role::Callers => "callers",
        }
    }

    /// What a failure calls it.
    fn title(self) -> String {
        format!("the process {}", self.name())
    }
}

/// This program as a child that is killed when the thread that starts it ends: the main thread, which commands run on.
pub fn this_program() -> Result<Command, Failure> {
    let program = std::env::current_exe().map_err(cannot_start)?;
    let mut command = Command::new("setpriv");
    command
        .args(["--pdeathsig", "KILL", "--"])
        .arg(program)
        .kill_on_drop(true);
    Ok(command)
}

/// Waits for a child to end although nobody asked it to.
pub async fn ended(child: &mut Child, title: &str) -> Failure {
    match child.wait().await {
        Ok(status) => failed(format!("{title} ended: {status}")),
        Err(error) => failed(error),
    }
}

/// Waits for a child to end as it was asked to.
pub async fn end(child: &mut Child, title: &str) -> Result<(), Failure> {
    let status = child.wait().await.map_err(failed)?;
    if status.success() {
        return Ok(());
    }
    Err(failed(format!("{title} failed: {status}")))
}

/// A process of the bench could not be started.
pub fn cannot_start(error: std::io::Error) -> Failure {
    Failure::Io(
        "cannot start a process of the bench (setpriv, of util-linux, has to be there)".to_owned(),
        error,
    )
}

fn no_parent(error: std::io::Error) -> Failure {
    Failure::Io(
        "a process of the bench is started by `apus bench`".to_owned(),
        error,
    )
}

fn say(line: &str) -> Result<(), Failure> {
    use std::io::Write;
    let mut output = std::io::stdout().lock();
    let written = writeln!(output, "{line}").and_then(|()| output.flush());
    written.map_err(|error| Failure::Io("cannot tell a result".to_owned(), error))
}
