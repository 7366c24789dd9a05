//! The result of a workload, as a line.

use std::time::Duration;

use serde::Serialize;

use super::Mode;
use super::database::{Counters, Limit};
use super::load::Measured;
use super::meter::Used;

/// What a workload did, with what it used for each workflow.
#[derive(Serialize)]
pub struct Report {
    system: &'static str,
    workload: &'static str,
    mode: &'static str,
    nodes: u16,
    n: usize,
    secs: f64,
    wf_per_s: f64,
    p50_ms: f64,
    p99_ms: f64,
    max_ms: f64,
    #[serde(flatten)]
    cpu: Cpu,
    rss_mb: f64,
    db_bytes_per_wf: i64,
    wal_bytes_per_wf: i64,
    fsync_per_wf: f64,
    /// Single-row commits a second of this Postgres over 8 connections, measured right before.
    limit_commits_per_s: f64,
    /// What one commit takes alone.
    limit_commit_ms: f64,
    /// Cores that others used meanwhile.
    other_cores: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_10_s_per_s: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_10_s_per_s: Option<f64>,
}

/// CPU seconds for 1,000 workflows.
#[derive(Clone, Copy, Serialize)]
pub struct Cpu {
    /// Of everything.
    #[serde(rename = "cpu_s_per_1000")]
    pub all: f64,
    /// Of engine, workers and callers.
    #[serde(rename = "cpu_engine_per_1000")]
    pub engine: f64,
    /// Of Postgres.
    #[serde(rename = "cpu_pg_per_1000")]
    pub postgres: f64,
}

impl Cpu {
    /// What so many workflows used.
    pub fn per_1000(used: &Used, workflows: usize) -> Self {
        let each = |seconds: f64| rounded(seconds * 1_000.0 / workflows.max(1) as f64, 4);
        Cpu {
            all: each(used.own_cpu_s + used.postgres_cpu_s),
            engine: each(used.own_cpu_s),
            postgres: each(used.postgres_cpu_s),
        }
    }
}

impl Report {
    /// Puts together what was measured.
    pub fn new(
        workload: &'static str,
        mode: Mode,
        nodes: u16,
        measured: &Measured,
        used: &Used,
        counted: &Counters,
        limit: Limit,
    ) -> Self {
        let workflows = measured.workflows().max(1);
        let (latencies, edges) = (measured.latencies(), measured.edges());
        let each = |bytes: i64| bytes / workflows as i64;
        let secs = measured.took.as_secs_f64();
        Report {
            system: "apus",
            workload,
            mode: mode.name(),
            nodes,
            n: measured.workflows(),
            secs: rounded(secs, 3),
            wf_per_s: rounded(workflows as f64 / secs, 1),
            p50_ms: at(&latencies, 0.50),
            p99_ms: at(&latencies, 0.99),
            max_ms: at(&latencies, 1.0),
            cpu: Cpu::per_1000(used, workflows),
            rss_mb: rounded(used.memory_bytes as f64 / 1e6, 1),
            db_bytes_per_wf: each(counted.bytes),
            wal_bytes_per_wf: each(counted.wal_bytes),
            fsync_per_wf: rounded(counted.syncs as f64 / workflows as f64, 4),
            limit_commits_per_s: rounded(limit.commits_per_s, 0),
            limit_commit_ms: milliseconds(limit.commit),
            other_cores: rounded(used.other_cores, 2),
            first_10_s_per_s: edges.map(|(first, _)| first),
            last_10_s_per_s: edges.map(|(_, last)| last),
        }
    }

    /// A line for people.
    pub fn text(&self) -> String {
        format!(
            "{}  {:>9.1} wf/s  p50 {:.2} ms  p99 {:.2} ms  {:.3} CPU-s per 1,000 (engine {:.3}, Postgres {:.3})  \
             {} B database and {} B log each  {:.3} syncs each  {:.0} MB  [limit: {:.0} commits/s, {:.2} ms each]",
            self.workload,
            self.wf_per_s,
            self.p50_ms,
            self.p99_ms,
            self.cpu.all,
            self.cpu.engine,
            self.cpu.postgres,
            self.db_bytes_per_wf,
            self.wal_bytes_per_wf,
            self.fsync_per_wf,
            self.rss_mb,
            self.limit_commits_per_s,
            self.limit_commit_ms,
        )
    }
}

/// A quantile of sorted latencies, in milliseconds.
pub fn at(sorted: &[Duration], quantile: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    let position = (last as f64 * quantile).round() as usize;
    sorted.get(position).copied().map_or(0.0, milliseconds)
}

/// As milliseconds, to the microsecond.
pub fn milliseconds(duration: Duration) -> f64 {
    rounded(duration.as_secs_f64() * 1e3, 3)
}

/// A figure with so many digits behind the point.
pub fn rounded(value: f64, digits: i32) -> f64 {
    let factor = 10f64.powi(digits);
    (value * factor).round() / factor
}
