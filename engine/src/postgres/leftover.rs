//! Server processes of an earlier program that still use a cluster: they are stopped before a new server starts.
//!
//! Two servers on one cluster would destroy it. PostgreSQL guards against that with a process id in a file, which
//! another process may have got meanwhile (usual after a container's restart). Here the processes are looked at
//! themselves: every process of a server works in the cluster's directory.

use std::path::Path;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::time::Instant;

use super::PostgresError;
use super::cluster::Cluster;

/// The pause between two looks at processes that are ending.
const POLL: Duration = Duration::from_millis(20);

/// What is tried in turn, and how long it may take: a fast shutdown, an immediate one, and the kernel's.
/// The last two are crashes to the database, which it recovers from.
const ESCALATION: [(Signal, Duration); 3] = [
    (Signal::SIGINT, Duration::from_secs(30)),
    (Signal::SIGQUIT, Duration::from_secs(10)),
    (Signal::SIGKILL, Duration::from_secs(10)),
];

/// Stops whatever server still works in the cluster and removes its stale process id file.
pub(super) async fn stop(cluster: &Cluster) -> Result<(), PostgresError> {
    let pgdata = cluster.pgdata();
    for (signal, patience) in ESCALATION {
        let found = processes_in(pgdata);
        if found.is_empty() {
            break;
        }
        tracing::warn!(
            data_dir = %cluster.data_dir().display(),
            processes = ?found,
            %signal,
            "stopping a PostgreSQL that an earlier program left behind"
        );
        send(signal, &found, pgdata);
        let deadline = Instant::now() + patience;
        while !processes_in(pgdata).is_empty() && Instant::now() < deadline {
            tokio::time::sleep(POLL).await;
        }
    }
    if let Some(pid) = processes_in(pgdata).first() {
        return Err(PostgresError::Stop { pid: pid.as_raw() });
    }
    let pid_file = pgdata.join("postmaster.pid");
    match std::fs::remove_file(&pid_file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(PostgresError::file("remove", pid_file)(error))
        }
        _ => Ok(()),
    }
}

/// A fast or immediate shutdown is asked of the main process, which ends the others; without one, they end by
/// themselves and are given the time. SIGKILL goes to all.
fn send(signal: Signal, found: &[Pid], pgdata: &Path) {
    let main = main_process(pgdata);
    for pid in found
        .iter()
        .filter(|pid| signal == Signal::SIGKILL || Some(**pid) == main)
    {
        // It may have ended since it was found.
        let _ = kill(*pid, signal);
    }
}

fn main_process(pgdata: &Path) -> Option<Pid> {
    let text = std::fs::read_to_string(pgdata.join("postmaster.pid")).ok()?;
    text.lines().next()?.trim().parse().ok().map(Pid::from_raw)
}

/// All processes named `postgres` whose working directory is `pgdata`, zombies excluded.
fn processes_in(pgdata: &Path) -> Vec<Pid> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter(|entry| {
            let process = entry.path();
            std::fs::read_link(process.join("cwd")).is_ok_and(|cwd| cwd == pgdata)
                && std::fs::read_to_string(process.join("comm"))
                    .is_ok_and(|name| name.trim_end() == "postgres")
        })
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok().map(Pid::from_raw))
        .collect()
}
