//! Lists and counts.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::Session;
use super::find::{closed_after, status, text, type_name};
use crate::connection::without_nulls;
use crate::duration;
use crate::failure::Failure;
use crate::output::Format;

/// Which runs. All that is given must hold.
#[derive(Args)]
pub struct Wanted {
    /// Only open runs
    #[arg(long, conflicts_with = "closed")]
    open: bool,
    /// Only closed runs
    #[arg(long)]
    closed: bool,
    /// Only runs that stand like this
    #[arg(long, value_enum, conflicts_with_all = ["open", "closed"])]
    status: Option<Status>,
    /// Only runs of this type
    #[arg(long = "type", value_name = "NAME[:VERSION]")]
    workflow_type: Option<String>,
    /// Only runs with this tag
    #[arg(long)]
    tag: Option<String>,
    /// Only runs of this workflow id
    #[arg(long, value_name = "ID")]
    workflow_id: Option<String>,
    /// Only runs that started within this time
    #[arg(long, value_parser = duration::parse, value_name = "DURATION")]
    since: Option<Duration>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Status {
    Open,
    Completed,
    Failed,
    Canceled,
    Terminated,
    ContinuedAsNew,
    TimedOut,
}

/// `apus workflow list`.
#[derive(Args)]
pub struct List {
    #[command(flatten)]
    wanted: Wanted,
    /// List at most so many
    #[arg(long, value_name = "NUMBER", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    limit: u32,
}

/// One of SWF's two lists of runs.
struct Source {
    list: &'static str,
    count: &'static str,
}

const OPEN: Source = Source {
    list: "ListOpenWorkflowExecutions",
    count: "CountOpenWorkflowExecutions",
};
const CLOSED: Source = Source {
    list: "ListClosedWorkflowExecutions",
    count: "CountClosedWorkflowExecutions",
};

/// Lists runs, newest start first.
pub async fn list(session: &Session, list: &List) -> Result<(), Failure> {
    let limit = list.limit as usize;
    let (mut runs, mut more) = (Vec::new(), false);
    for source in list.wanted.sources() {
        let request = list.wanted.request(session);
        let fits = |info: &Value| list.wanted.fits(info);
        let (found, rest) = session
            .client
            .list(source.list, request, "executionInfos", limit, fits)
            .await?;
        runs.extend(found);
        more |= rest;
    }
    let started = |info: &Value| info["startTimestamp"].as_f64().unwrap_or_default();
    runs.sort_by(|a, b| started(b).total_cmp(&started(a)));
    more |= runs.len() > limit;
    runs.truncate(limit);
    match session.output.format {
        Format::Json => session.output.json(&json!({ "executionInfos": runs })),
        Format::Table => table(session, &runs, more),
    }
}

fn table(session: &Session, runs: &[Value], more: bool) -> Result<(), Failure> {
    let output = &session.output;
    let row = |info: &Value| {
        vec![
            output.status(status(info)),
            text(&info["execution"]["workflowId"]).to_owned(),
            type_name(&info["workflowType"]),
            output.time(info["startTimestamp"].as_f64().unwrap_or_default()),
            closed_after(info).map_or_else(|| "-".to_owned(), duration::text),
            text(&info["execution"]["runId"]).to_owned(),
        ]
    };
    let headings = ["STATUS", "WORKFLOW ID", "TYPE", "STARTED", "TOOK", "RUN ID"];
    output.table(&headings, runs.iter().map(row).collect())?;
    if more {
        eprintln!("There are more; --limit shows them.");
    }
    Ok(())
}

/// Counts runs.
pub async fn count(session: &Session, wanted: &Wanted) -> Result<(), Failure> {
    let (mut sum, mut truncated) = (0, false);
    for source in wanted.sources() {
        let (count, more) = wanted.count(session, &source).await?;
        sum += count;
        truncated |= more;
    }
    match session.output.format {
        Format::Json => session
            .output
            .json(&json!({ "count": sum, "truncated": truncated })),
        Format::Table => {
            session.output.line(&sum.to_string())?;
            if truncated {
                eprintln!("There are more; the node counts no further.");
            }
            Ok(())
        }
    }
}

impl Wanted {
    fn sources(&self) -> Vec<Source> {
        match self.status {
            Some(Status::Open) => vec![OPEN],
            Some(_) => vec![CLOSED],
            None if self.open => vec![OPEN],
            None if self.closed => vec![CLOSED],
            None => vec![OPEN, CLOSED],
        }
    }

    /// SWF takes one filter. The most selective one goes with the request, all are looked at here.
    fn request(&self, session: &Session) -> Value {
        let oldest = self
            .since
            .map_or(0.0, |since| (now().saturating_sub(since)).as_secs_f64());
        let mut request = json!({ "domain": session.domain, "startTimeFilter": { "oldestDate": oldest } });
        if let Some((filter, value)) = self.filters().into_iter().next() {
            request[filter] = value;
        }
        request
    }

    /// SWF's filters, the most selective first.
    fn filters(&self) -> Vec<(&'static str, Value)> {
        let status = self
            .close_status()
            .map(|status| ("closeStatusFilter", json!({ "status": status })));
        let id = self
            .workflow_id
            .as_ref()
            .map(|id| ("executionFilter", json!({ "workflowId": id })));
        let tag = self.tag.as_ref().map(|tag| ("tagFilter", json!({ "tag": tag })));
        let of = self.workflow_type.as_ref().map(|of| {
            let (name, version) = named_type(of);
            (
                "typeFilter",
                without_nulls(json!({ "name": name, "version": version })),
            )
        });
        [id, tag, of, status].into_iter().flatten().collect()
    }

    fn close_status(&self) -> Option<&'static str> {
        match self.status? {
            Status::Open => None,
            Status::Completed => Some("COMPLETED"),
            Status::Failed => Some("FAILED"),
            Status::Canceled => Some("CANCELED"),
            Status::Terminated => Some("TERMINATED"),
            Status::ContinuedAsNew => Some("CONTINUED_AS_NEW"),
            Status::TimedOut => Some("TIMED_OUT"),
        }
    }

    fn fits(&self, info: &Value) -> bool {
        let has_tag = |tag: &String| {
            info["tagList"]
                .as_array()
                .is_some_and(|tags| tags.contains(&json!(tag)))
        };
        let is_of = |of: &String| {
            let (name, version) = named_type(of);
            info["workflowType"]["name"] == name
                && version.is_none_or(|version| info["workflowType"]["version"] == version)
        };
        self.workflow_id
            .as_ref()
            .is_none_or(|id| info["execution"]["workflowId"] == **id)
            && self.tag.as_ref().is_none_or(has_tag)
            && self.workflow_type.as_ref().is_none_or(is_of)
            && self
                .close_status()
                .is_none_or(|status| info["closeStatus"] == status)
    }

    /// How many there are, and whether there are more.
    async fn count(&self, session: &Session, source: &Source) -> Result<(u64, bool), Failure> {
        let request = self.request(session);
        if self.filters().len() > 1 {
            let fits = |info: &Value| self.fits(info);
            let listed = session
                .client
                .list(source.list, request, "executionInfos", usize::MAX, fits);
            return Ok((listed.await?.0.len() as u64, false));
        }
        let counted = session.client.call(source.count, &request).await?;
        let count = counted["count"].as_u64().unwrap_or_default();
        Ok((count, counted["truncated"].as_bool().unwrap_or_default()))
    }
}

/// A type as `name` or `name:version`; neither may contain a colon.
pub fn named_type(text: &str) -> (&str, Option<&str>) {
    match text.split_once(':') {
        Some((name, version)) => (name, Some(version)),
        None => (text, None),
    }
}

fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
