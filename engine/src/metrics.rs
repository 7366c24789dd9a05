//! What the engine measures: every name in one place. Recorded through the `metrics` crate, so it goes wherever the
//! program's recorder takes it, and nowhere without one.
//!
//! Labels have few values by construction: nothing that a caller chooses (a domain, a list, an id) is ever a label.

use metrics::{describe_counter, describe_gauge, describe_histogram};

/// How a value is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Many values, counted by size.
    Histogram,
}

/// Something that is measured.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// What it is called.
    pub name: &'static str,
    /// How it is to be read.
    pub kind: Kind,
    /// What it says, with its unit and labels.
    pub help: &'static str,
}

macro_rules! metrics {
    ($( $constant:ident $name:literal $kind:ident $help:literal; )*) => {
        $( pub(crate) const $constant: &str = $name; )*

        /// Everything that is measured.
        pub const METRICS: &[Metric] = &[
            $( Metric { name: $name, kind: Kind::$kind, help: $help }, )*
        ];
    };
}

metrics! {
    REQUESTS "apus_requests_total" Counter
        "Requests answered, by action and code (OK, or the fault's)";
    REQUEST_SECONDS "apus_request_seconds" Histogram
        "Seconds from a request's headers to its answer, by action; polls wait in it";
    REQUESTS_UNDER_WAY "apus_requests_under_way" Gauge
        "Requests that are being worked on, polls that wait included";
    CONNECTIONS "apus_connections" Gauge
        "Open connections of clients";
    COMMIT_SECONDS "apus_commit_seconds" Histogram
        "Seconds that a commit took, whatever it took";
    COMMIT_TURNS "apus_commit_turns" Histogram
        "Turns in a commit: what it changed of how many runs";
    COMMIT_FAILURES "apus_commit_failures_total" Counter
        "Commits whose outcome had to be looked up because the database failed";
    TURNS "apus_turns_total" Counter
        "Turns by outcome: committed, conflict (another node was faster), refused, taken (the workflow id was)";
    EVENTS "apus_events_total" Counter
        "Events committed";
    RUNS_STARTED "apus_runs_started_total" Counter
        "Runs begun, those that continue another included";
    RUNS_CLOSED "apus_runs_closed_total" Counter
        "Runs ended, by status";
    LONG_HISTORIES "apus_long_histories_total" Counter
        "Runs whose history has grown to four fifths of the limit";
    RUNS_IN_MEMORY "apus_runs_in_memory" Gauge
        "Runs that the node keeps in memory";
    CACHE_BYTES "apus_cache_bytes" Gauge
        "Bytes that they take, roughly";
    RUNS_LOADING "apus_runs_loading" Gauge
        "Runs that are being read from the database";
    TURNS_WAITING "apus_turns_waiting" Gauge
        "Turns that wait for a commit";
    INPUTS_WAITING "apus_inputs_waiting" Gauge
        "Requests and results that wait for the planner";
    POLLERS_WAITING "apus_pollers_waiting" Gauge
        "Pollers that wait for a task, by kind of task";
    TASKS_WAITING "apus_tasks_waiting" Gauge
        "Tasks that wait for a poller as far as this node keeps them in memory, by kind";
}

/// Tells the program's recorder what the metrics mean. To be called once it is installed.
pub fn describe() {
    for Metric { name, kind, help } in METRICS {
        match kind {
            Kind::Counter => describe_counter!(*name, *help),
            Kind::Gauge => describe_gauge!(*name, *help),
            Kind::Histogram => describe_histogram!(*name, *help),
        }
    }
}
