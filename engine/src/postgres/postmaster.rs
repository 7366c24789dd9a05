//! The server's main process, tied to this program's life.

use std::io;
use std::process::{Command, ExitStatus};
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::sync::{oneshot, watch};

use super::PostgresError;

/// How long an immediate shutdown may take: it writes nothing.
const IMMEDIATE_TIMEOUT: Duration = Duration::from_secs(10);

/// A child process that runs until it is told to stop.
#[derive(Debug)]
pub(super) struct Postmaster {
    pid: Pid,
    /// `None` while it runs.
    status: watch::Receiver<Option<ExitStatus>>,
}

impl Postmaster {
    /// Starts `command` from a thread of its own that stays until the child ends.
    ///
    /// The kernel sends a child its "parent died" signal when the *thread* that started it ends. Threads of an async
    /// runtime come and go, so the child must not be started from one.
    pub(super) async fn spawn(command: Command) -> io::Result<Self> {
        let (started_tx, started) = oneshot::channel();
        let (status_tx, status) = watch::channel(None);
        thread::Builder::new()
            .name("postgres-keeper".to_owned())
            .spawn(move || keep(command, started_tx, status_tx))?;
        let pid = started.await.expect("the keeper reports before it ends")?;
        Ok(Self { pid, status })
    }

    pub(super) fn pid(&self) -> u32 {
        self.pid.as_raw().unsigned_abs()
    }

    /// Resolves when the process has ended.
    pub(super) async fn ended(&self) {
        // An error means that the keeper is gone, and with it the child it waited for.
        let _ = self.status.clone().wait_for(Option::is_some).await;
    }

    /// Fast shutdown; an immediate one when that takes longer than `patience`.
    pub(super) async fn stop(&self, patience: Duration) -> Result<(), PostgresError> {
        self.signal(Signal::SIGINT);
        if tokio::time::timeout(patience, self.ended()).await.is_ok() {
            return Ok(());
        }
        self.signal(Signal::SIGQUIT);
        // Either way the shutdown was not the clean one that was asked for.
        let _ = tokio::time::timeout(IMMEDIATE_TIMEOUT, self.ended()).await;
        Err(PostgresError::Stop {
            pid: self.pid.as_raw(),
        })
    }

    fn signal(&self, signal: Signal) {
        if self.status.borrow().is_none() {
            // It may have ended a moment ago; then there is nothing left to tell it.
            let _ = kill(self.pid, signal);
        }
    }
}

impl Drop for Postmaster {
    fn drop(&mut self) {
        self.signal(Signal::SIGINT);
    }
}

fn keep(
    mut command: Command,
    started: oneshot::Sender<io::Result<Pid>>,
    status: watch::Sender<Option<ExitStatus>>,
) {
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => return drop(started.send(Err(error))),
    };
    let pid = Pid::from_raw(i32::try_from(child.id()).expect("process ids are positive i32 on Linux"));
    let wanted = started.send(Ok(pid)).is_ok();
    if !wanted {
        // The start was given up meanwhile: end what nobody waits for.
        let _ = kill(pid, Signal::SIGINT);
    }
    match child.wait() {
        Ok(ended) => drop(status.send(Some(ended))),
        Err(error) => tracing::error!(%error, "could not wait for the private PostgreSQL"),
    }
}
