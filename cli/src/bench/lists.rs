//! How long lists and counts take over a million runs, each filter by itself: those that find many, those that find few
//! and far away, and those that find nothing.

use std::time::{Duration, Instant};

use apus::model::{CloseStatus, Timestamp};
use apus::node::{Node, NodeOptions};
use apus::store::{Filter, TimeFilter};
use serde::Serialize;

use crate::failure::{Failure, failed};

use super::database::Database;
use super::executions::{self, DAYS, NIGHTLY, ORDER};
use super::meter::Meter;
use super::report::{at, rounded};
use super::stack::DOMAIN;

const RETENTION_DAYS: u32 = 90;
/// SWF's page.
const PAGE: u32 = 1_000;
const DAY: Duration = Duration::from_secs(86_400);

/// How one filter did.
#[derive(Serialize)]
pub struct Answered {
    system: &'static str,
    workload: &'static str,
    action: &'static str,
    time: &'static str,
    filter: &'static str,
    runs: u32,
    /// Runs on the page, or the count.
    found: u64,
    samples: u16,
    p50_ms: f64,
    p99_ms: f64,
    max_ms: f64,
}

/// The slowest of them.
#[derive(Serialize)]
pub struct Worst {
    system: &'static str,
    workload: &'static str,
    runs: u32,
    /// The slowest list, and its time.
    list: String,
    list_p99_ms: f64,
    /// The slowest count, and its time.
    count: String,
    count_p99_ms: f64,
    /// Cores that others used meanwhile.
    other_cores: f64,
}

/// Asks every filter of so many runs, so many times; `say` is told of each when it is done.
pub async fn measure(
    database: &Database,
    runs: u32,
    samples: u16,
    mut say: impl FnMut(&Answered) -> Result<(), Failure>,
) -> Result<Worst, Failure> {
    let node = Node::start(NodeOptions::new(database.options.clone())).await;
    let node = node.map_err(failed)?;
    node.ensure_domain(DOMAIN, RETENTION_DAYS).await.map_err(failed)?;
    executions::fill(database, &node, DOMAIN, runs).await?;
    let meter = Meter::start(database.postmaster());
    let mut answered = Vec::new();
    for question in questions(&node).await? {
        let answer = question.measure(&node, runs, samples).await?;
        say(&answer)?;
        answered.push(answer);
    }
    let used = meter.stop();
    node.shutdown().await;
    let slowest = |counts: bool| {
        let of_kind = answered
            .iter()
            .filter(|of| of.action.starts_with("Count") == counts);
        let slowest = of_kind.max_by(|a, b| a.p99_ms.total_cmp(&b.p99_ms));
        slowest.map_or_else(Default::default, |of| {
            (format!("{}, {}, {}", of.action, of.time, of.filter), of.p99_ms)
        })
    };
    let ((list, list_p99_ms), (count, count_p99_ms)) = (slowest(false), slowest(true));
    Ok(Worst {
        system: "apus",
        workload: "lists",
        runs,
        list,
        list_p99_ms,
        count,
        count_p99_ms,
        other_cores: rounded(used.other_cores, 2),
    })
}

impl Answered {
    /// A line for people.
    pub fn text(&self) -> String {
        format!(
            "{:<12} {:<6} {:<32} {:>7} found  p50 {:>8.3} ms  p99 {:>8.3} ms",
            self.action, self.time, self.filter, self.found, self.p50_ms, self.p99_ms
        )
    }
}

impl Worst {
    /// A line for people.
    pub fn text(&self) -> String {
        format!(
            "of {} runs, slowest list: {} (p99 {:.2} ms); slowest count: {} (p99 {:.2} ms)",
            self.runs, self.list, self.list_p99_ms, self.count, self.count_p99_ms
        )
    }
}

/// What is asked.
#[derive(Clone)]
struct Question {
    action: Action,
    time: &'static str,
    name: &'static str,
    filter: Filter,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Action {
    ListOpen,
    ListClosed,
    CountOpen,
    CountClosed,
}

impl Question {
    async fn measure(&self, node: &Node, runs: u32, samples: u16) -> Result<Answered, Failure> {
        let (mut latencies, mut found) = (Vec::new(), 0);
        for _ in 0..samples {
            let asked = Instant::now();
            found = self.ask(node).await?;
            latencies.push(asked.elapsed());
        }
        latencies.sort_unstable();
        Ok(Answered {
            system: "apus",
            workload: "lists",
            action: self.action.name(),
            time: self.time,
            filter: self.name,
            runs,
            found,
            samples,
            p50_ms: at(&latencies, 0.50),
            p99_ms: at(&latencies, 0.99),
            max_ms: at(&latencies, 1.0),
        })
    }

    async fn ask(&self, node: &Node) -> Result<u64, Failure> {
        let filter = &self.filter;
        match self.action {
            Action::ListOpen => listed(node.list_open(DOMAIN, filter, PAGE).await),
            Action::ListClosed => listed(node.list_closed(DOMAIN, filter, PAGE).await),
            Action::CountOpen => node.count_open(DOMAIN, filter).await.map_err(failed),
            Action::CountClosed => node.count_closed(DOMAIN, filter).await.map_err(failed),
        }
    }
}

fn listed(page: Result<apus::node::ExecutionPage, apus::model::Fault>) -> Result<u64, Failure> {
    Ok(page.map_err(failed)?.executions.len() as u64)
}

impl Action {
    fn name(self) -> &'static str {
        match self {
            Action::ListOpen => "ListOpen",
            Action::ListClosed => "ListClosed",
            Action::CountOpen => "CountOpen",
            Action::CountClosed => "CountClosed",
        }
    }
}

/// Every filter, of open runs by their start and of closed ones by start and by close; then counts.
async fn questions(node: &Node) -> Result<Vec<Question>, Failure> {
    let mut lists = Vec::new();
    for (action, time) in [
        (Action::ListOpen, "start"),
        (Action::ListClosed, "start"),
        (Action::ListClosed, "close"),
    ] {
        for (name, filter) in filters(node.now(), action, time) {
            lists.push(Question {
                action,
                time,
                name,
                filter,
            });
        }
    }
    let mut questions = Vec::new();
    for list in lists {
        let action = match list.action {
            Action::ListOpen => Action::CountOpen,
            _ => Action::CountClosed,
        };
        let count = Question {
            action,
            ..list.clone()
        };
        if list.name == "any" {
            questions.extend(pages(node, &list).await?);
        }
        questions.extend([list, count]);
    }
    Ok(questions)
}

/// The other order, and a page in the middle of all.
async fn pages(node: &Node, list: &Question) -> Result<[Question; 2], Failure> {
    let oldest_first = Filter {
        oldest_first: true,
        ..list.filter.clone()
    };
    let middle = Filter {
        time: list.filter.time.map(|time| TimeFilter {
            latest: Some(ago(node.now(), DAYS / 2)),
            ..time
        }),
        ..list.filter.clone()
    };
    let page = match list.action {
        Action::ListOpen => node.list_open(DOMAIN, &middle, 1).await,
        _ => node.list_closed(DOMAIN, &middle, 1).await,
    };
    let deep = Filter {
        after: page.map_err(failed)?.next,
        ..list.filter.clone()
    };
    Ok([
        ("any, oldest first", oldest_first),
        ("any, page in the middle", deep),
    ]
    .map(|(name, filter)| Question {
        name,
        filter,
        ..list.clone()
    }))
}

fn filters(now: Timestamp, action: Action, time: &str) -> Vec<(&'static str, Filter)> {
    let within = |oldest: i64, latest: Option<i64>| Filter {
        time: Some(TimeFilter {
            by_close: time == "close",
            oldest: ago(now, oldest),
            latest: latest.map(|days| ago(now, days)),
        }),
        ..Filter::default()
    };
    let ever = || within(DAYS * 2, None);
    let tag = |tag: &str, of: Filter| Filter {
        tag: Some(tag.to_owned()),
        ..of
    };
    let of_type = |name: &str, of: Filter| Filter {
        workflow_type: Some((name.to_owned(), None)),
        ..of
    };
    let workflow = |id: &str| Filter {
        workflow_id: Some(id.to_owned()),
        ..ever()
    };
    let status = |status: CloseStatus, of: Filter| Filter {
        close_status: Some(status),
        ..of
    };
    let mut filters = vec![
        ("any", ever()),
        ("any, of one day", within(DAYS / 2, Some(DAYS / 2 - 1))),
        ("any, of a time without runs", within(DAYS * 2, Some(DAYS + 1))),
        ("type, common", of_type("common", ever())),
        ("type, one in 1,000", of_type("rare", ever())),
        ("type, of old runs only", of_type("retired", ever())),
        (
            "type, not among recent runs",
            of_type("retired", within(DAYS / 2, None)),
        ),
        ("type, of no run", of_type("unused", ever())),
        ("type, of six versions", of_type("versioned", ever())),
        ("tag, common", tag("common", ever())),
        ("tag, one in 100", tag("hundredth", ever())),
        ("tag, one in 5,000", tag("customer-42", ever())),
        ("tag, one in 20,000", tag("rare", ever())),
        ("tag, of old runs only", tag("retired", ever())),
        (
            "tag, not among recent runs",
            tag("retired", within(DAYS / 2, None)),
        ),
        ("tag, of no run", tag("none", ever())),
        ("workflow id, a few runs", workflow(ORDER)),
        ("workflow id, one run in ten", workflow(NIGHTLY)),
        ("workflow id, no run", workflow("none")),
    ];
    if action == Action::ListClosed {
        filters.extend([
            ("status, completed", status(CloseStatus::Completed, ever())),
            ("status, one in 100", status(CloseStatus::Failed, ever())),
            ("status, one in 10,000", status(CloseStatus::TimedOut, ever())),
            (
                "status, of old runs only",
                status(CloseStatus::Terminated, ever()),
            ),
            (
                "status, not among recent runs",
                status(CloseStatus::Terminated, within(DAYS / 2, None)),
            ),
            ("status, of no run", status(CloseStatus::Canceled, ever())),
        ]);
    }
    filters
}

fn ago(now: Timestamp, days: i64) -> Timestamp {
    now.plus_millis(-days * DAY.as_millis() as i64)
}
