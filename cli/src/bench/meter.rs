//! What a stack uses: the CPU time and the memory of this process and of Postgres, each with all its children, from
//! `/proc`. A Postgres that is a child of this process counts once, and a Postgres on another machine is not seen.

use std::collections::HashMap;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use nix::unistd::{SysconfVar, sysconf};

/// How often the memory is looked at; the largest counts. The kernel goes through all of it each time: twice a second
/// took 4 % of what was measured.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// A measurement under way.
pub struct Meter {
    postmaster: Option<u32>,
    own_ticks: u64,
    postgres_ticks: u64,
    busy_ticks: u64,
    begun: std::time::Instant,
    memory: MemoryWatch,
}

/// What was used.
pub struct Used {
    /// CPU seconds of this process and its children.
    pub own_cpu_s: f64,
    /// CPU seconds of Postgres.
    pub postgres_cpu_s: f64,
    /// Cores that others used meanwhile: how much the measurement is to be trusted.
    pub other_cores: f64,
    /// The largest sum of proportional set sizes, in bytes.
    pub memory_bytes: u64,
}

impl Meter {
    /// Begins to measure this process, and Postgres if its server process is on this machine.
    pub fn start(postmaster: Option<u32>) -> Self {
        let processes = Processes::read();
        Meter {
            postmaster,
            own_ticks: processes.own_ticks(postmaster),
            postgres_ticks: processes.postgres_ticks(postmaster),
            busy_ticks: busy_ticks(),
            begun: std::time::Instant::now(),
            memory: MemoryWatch::start(postmaster),
        }
    }

    /// What was used since.
    pub fn stop(self) -> Used {
        let took = self.begun.elapsed().as_secs_f64();
        let processes = Processes::read();
        let hertz = ticks_per_second();
        let seconds = |now: u64, before: u64| now.saturating_sub(before) as f64 / hertz;
        let own_cpu_s = seconds(processes.own_ticks(self.postmaster), self.own_ticks);
        let postgres_cpu_s = seconds(processes.postgres_ticks(self.postmaster), self.postgres_ticks);
        let others = seconds(busy_ticks(), self.busy_ticks) - own_cpu_s - postgres_cpu_s;
        Used {
            own_cpu_s,
            postgres_cpu_s,
            other_cores: (others / took).max(0.0),
            memory_bytes: self.memory.stop(),
        }
    }
}

/// Looks at the memory now and then.
struct MemoryWatch {
    stop: Arc<AtomicBool>,
    largest: Arc<AtomicU64>,
    thread: JoinHandle<()>,
}

impl MemoryWatch {
    fn start(postmaster: Option<u32>) -> Self {
        let (stop, largest) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (stopped, seen) = (Arc::clone(&stop), Arc::clone(&largest));
        let thread = std::thread::spawn(move || {
            loop {
                seen.fetch_max(memory(postmaster), Ordering::Relaxed);
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                std::thread::park_timeout(LOOK_EVERY);
            }
        });
        MemoryWatch {
            stop,
            largest,
            thread,
        }
    }

    fn stop(self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.thread().unpark();
        // It has nothing to fail at.
        let _ = self.thread.join();
        self.largest.load(Ordering::Relaxed)
    }
}

/// What one process has used until now.
#[derive(Clone, Copy, Default)]
pub struct Usage {
    /// CPU seconds.
    pub cpu_s: f64,
    /// Bytes in memory, those that it shares with others included.
    pub resident_bytes: u64,
    /// The largest that it was.
    pub peak_bytes: u64,
    /// Bytes in memory, with its share of what it shares with others.
    pub proportional_bytes: u64,
}

impl Usage {
    /// Of this process; nothing if it has ended.
    pub fn of(pid: u32) -> Self {
        let status = format!("/proc/{pid}/status");
        let ticks = process(pid).map_or(0, |process| process.ticks);
        Usage {
            cpu_s: ticks as f64 / ticks_per_second(),
            resident_bytes: bytes_in(&status, "VmRSS:").unwrap_or(0),
            peak_bytes: bytes_in(&status, "VmHWM:").unwrap_or(0),
            proportional_bytes: proportional_set_bytes(pid).unwrap_or(0),
        }
    }
}

/// The memory of a process and its children, in bytes.
pub fn memory_of_tree(root: u32) -> u64 {
    let tree = Processes::read().tree(root, None);
    tree.into_iter().filter_map(proportional_set_bytes).sum()
}

fn memory(postmaster: Option<u32>) -> u64 {
    let processes = Processes::read();
    let all = processes
        .own(postmaster)
        .into_iter()
        .chain(processes.postgres(postmaster));
    all.filter_map(proportional_set_bytes).sum()
}

fn proportional_set_bytes(pid: u32) -> Option<u64> {
    bytes_in(&format!("/proc/{pid}/smaps_rollup"), "Pss:")
}

/// A figure of such a file, which it gives in kilobytes.
fn bytes_in(file: &str, name: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1_024)
}

/// The processes of this machine: whose child each is and what it used.
struct Processes(HashMap<u32, Process>);

struct Process {
    parent: u32,
    ticks: u64,
}

impl Processes {
    fn read() -> Self {
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        Processes(pids.filter_map(|pid| Some((pid, process(pid)?))).collect())
    }

    fn own_ticks(&self, postmaster: Option<u32>) -> u64 {
        self.ticks(&self.own(postmaster))
    }

    fn postgres_ticks(&self, postmaster: Option<u32>) -> u64 {
        self.ticks(&self.postgres(postmaster))
    }

    fn ticks(&self, pids: &[u32]) -> u64 {
        pids.iter()
            .filter_map(|pid| self.0.get(pid))
            .map(|process| process.ticks)
            .sum()
    }

    /// This process and its children, without Postgres.
    fn own(&self, postmaster: Option<u32>) -> Vec<u32> {
        self.tree(std::process::id(), postmaster)
    }

    fn postgres(&self, postmaster: Option<u32>) -> Vec<u32> {
        postmaster.map_or_else(Vec::new, |postmaster| self.tree(postmaster, None))
    }

    fn tree(&self, root: u32, without: Option<u32>) -> Vec<u32> {
        let mut tree = vec![root];
        let mut next = 0;
        while let Some(parent) = tree.get(next).copied() {
            let children = self.0.iter().filter(|(_, process)| process.parent == parent);
            let children = children.map(|(pid, _)| *pid);
            tree.extend(children.filter(|child| Some(*child) != without));
            next += 1;
        }
        tree
    }
}

/// The parent of a process, and its CPU time with that of its children that have ended.
fn process(pid: u32) -> Option<Process> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field is the program's name in brackets, which may hold anything.
    let (_, fields) = text.rsplit_once(')')?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks = fields
        .get(11..15)?
        .iter()
        .map(|field| field.parse::<u64>().unwrap_or(0))
        .sum();
    Some(Process {
        parent: fields.get(1)?.parse().ok()?,
        ticks,
    })
}

/// The parent of a process; the server process of a Postgres backend.
pub fn parent(pid: u32) -> Option<u32> {
    process(pid).map(|process| process.parent)
}

/// What all cores together have worked so far.
fn busy_ticks() -> u64 {
    let text = fs::read_to_string("/proc/stat").unwrap_or_default();
    let fields: Vec<u64> = text
        .lines()
        .next()
        .into_iter()
        .flat_map(|line| {
            line.split_whitespace()
                .skip(1)
                .map(|field| field.parse().unwrap_or(0))
        })
        .collect();
    // user, nice, system; then, after idle and waiting, interrupts and what the host took.
    fields.iter().take(3).chain(fields.iter().skip(5).take(3)).sum()
}

fn ticks_per_second() -> f64 {
    let known = sysconf(SysconfVar::CLK_TCK).ok().flatten();
    known.map_or(100.0, |ticks| ticks as f64)
}
