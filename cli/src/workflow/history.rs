//! Histories: shown, followed, and waited at for their end.

use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};

use super::find::{self, text, type_name};
use super::{Run, Session};
use crate::failure::Failure;
use crate::output::Format;

/// How often a history that is followed is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Characters of an attribute in a table.
const ATTRIBUTE_CHARS: usize = 60;

/// What a table says of an event, in this order.
const KEY_ATTRIBUTES: [&str; 24] = [
    "workflowType",
    "activityType",
    "activityId",
    "timerId",
    "workflowId",
    "markerName",
    "signalName",
    "name",
    "cause",
    "timeoutType",
    "reason",
    "details",
    "result",
    "input",
    "startToFireTimeout",
    "newExecutionRunId",
    "workflowExecution",
    "externalWorkflowExecution",
    "parentWorkflowExecution",
    "continuedExecutionRunId",
    "taskList",
    "identity",
    "tagList",
    "executionContext",
];

/// `apus workflow show`.
#[derive(Args)]
pub struct Show {
    #[command(flatten)]
    run: Run,
    /// Go on until the run is closed
    #[arg(long)]
    follow: bool,
    /// Newest events first
    #[arg(long, conflicts_with = "follow")]
    reverse: bool,
    /// Print at most so many events
    #[arg(long, value_name = "NUMBER", conflicts_with = "follow", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
}

/// Prints a history.
pub async fn show(session: &Session, show: &Show) -> Result<(), Failure> {
    let execution = find::execution(session, &show.run).await?;
    if show.follow {
        return follow(session, &execution).await;
    }
    let request = json!({ "domain": session.domain, "execution": execution, "reverseOrder": show.reverse });
    let limit = show.limit.map_or(usize::MAX, |limit| limit as usize);
    let listed = session
        .client
        .list("GetWorkflowExecutionHistory", request, "events", limit, |_| true);
    let (events, more) = listed.await?;
    match session.output.format {
        Format::Json => session.output.json(&json!({ "events": events })),
        Format::Table => {
            let began = match events.first() {
                Some(first) if first["eventId"] == 1 => first["eventTimestamp"].as_f64(),
                _ => began(session, &execution).await?,
            };
            let rows = events.iter().map(|event| row(session, began, event));
            let headings = ["ID", "TIME", "EVENT", "DETAILS"];
            session.output.table(&headings, rows.collect())?;
            if more {
                eprintln!("There are more; --limit shows them.");
            }
            Ok(())
        }
    }
}

/// When the run began: offsets count from there.
async fn began(session: &Session, execution: &Value) -> Result<Option<f64>, Failure> {
    let request = json!({ "execution": execution, "maximumPageSize": 1 });
    let first = session.call("GetWorkflowExecutionHistory", request).await?;
    Ok(first["events"][0]["eventTimestamp"].as_f64())
}

/// Prints events as they come, one line each, until the run is closed.
async fn follow(session: &Session, execution: &Value) -> Result<(), Failure> {
    let (mut seen, mut start) = (0, None);
    loop {
        let events = events_after(session, execution, seen).await?;
        for event in &events {
            start = start.or(event["eventTimestamp"].as_f64());
            match session.output.format {
                Format::Json => session.output.line(&event.to_string())?,
                Format::Table => {
                    let row = row(session, start, event);
                    let [id, time, name, details] = [0, 1, 2, 3].map(|cell| row[cell].as_str());
                    let line = format!("{id:>5}  {time:>12}  {name:<38}  {details}");
                    session.output.line(line.trim_end())?;
                }
            }
        }
        if let Some(last) = events.last() {
            seen = last["eventId"].as_u64().unwrap_or(seen);
            if closing_status(last).is_some() {
                return Ok(());
            }
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// The events that came after this one, oldest first; reads from the end, so that a long history costs nothing.
async fn events_after(session: &Session, execution: &Value, seen: u64) -> Result<Vec<Value>, Failure> {
    let mut request = json!({ "execution": execution, "reverseOrder": true });
    let mut events = Vec::new();
    loop {
        let mut page = session
            .call("GetWorkflowExecutionHistory", request.clone())
            .await?;
        let found = match page["events"].take() {
            Value::Array(found) => found,
            _ => Vec::new(),
        };
        let before = events.len();
        let count = found.len();
        events.extend(
            found
                .into_iter()
                .take_while(|event| event["eventId"].as_u64() > Some(seen)),
        );
        let next = page["nextPageToken"].take();
        if next.is_null() || events.len() - before < count {
            events.reverse();
            return Ok(events);
        }
        request["nextPageToken"] = next;
    }
}

/// Waits until the run, or the last that continues it, is closed; its last event.
pub async fn wait(session: &Session, mut execution: Value) -> Result<Value, Failure> {
    loop {
        let request = json!({ "execution": execution, "reverseOrder": true, "maximumPageSize": 1 });
        let mut newest = session.call("GetWorkflowExecutionHistory", request).await?;
        let last = newest["events"][0].take();
        match closing_status(&last) {
            Some("CONTINUED_AS_NEW") => execution["runId"] = attributes(&last)["newExecutionRunId"].clone(),
            Some(_) => return Ok(last),
            None => tokio::time::sleep(LOOK_EVERY).await,
        }
    }
}

/// How a run ended, if this event ends one.
pub fn closing_status(event: &Value) -> Option<&'static str> {
    match event["eventType"].as_str()? {
        "WorkflowExecutionCompleted" => Some("COMPLETED"),
        "WorkflowExecutionFailed" => Some("FAILED"),
        "WorkflowExecutionCanceled" => Some("CANCELED"),
        "WorkflowExecutionTerminated" => Some("TERMINATED"),
        "WorkflowExecutionContinuedAsNew" => Some("CONTINUED_AS_NEW"),
        "WorkflowExecutionTimedOut" => Some("TIMED_OUT"),
        _ => None,
    }
}

/// The attributes of an event, whatever its type.
pub fn attributes(event: &Value) -> &Value {
    let members = event.as_object();
    let found =
        members.and_then(|members| members.iter().find(|(name, _)| name.ends_with("EventAttributes")));
    found.map_or(&Value::Null, |(_, attributes)| attributes)
}

fn row(session: &Session, began: Option<f64>, event: &Value) -> Vec<String> {
    let at = event["eventTimestamp"].as_f64().unwrap_or_default();
    let time = match began {
        Some(began) if !session.output.iso_times() => format!("+{:.3}s", at - began),
        _ => session.output.time(at),
    };
    vec![
        event["eventId"].to_string(),
        time,
        text(&event["eventType"]).to_owned(),
        details(attributes(event)),
    ]
}

fn details(attributes: &Value) -> String {
    let scheduled = attributes["scheduledEventId"]
        .as_u64()
        .map(|id| format!("of={id}"));
    let named = KEY_ATTRIBUTES
        .iter()
        .filter_map(|name| Some(format!("{name}={}", short(attributes.get(name)?))));
    scheduled.into_iter().chain(named).collect::<Vec<_>>().join("  ")
}

/// A value on one line: names of what has a name, texts cut off.
fn short(value: &Value) -> String {
    let whole = match value {
        Value::String(text) => text.clone(),
        Value::Object(members) if members.contains_key("version") => type_name(value),
        Value::Object(members) if members.contains_key("runId") => {
            format!("{} {}", text(&value["workflowId"]), text(&value["runId"]))
        }
        Value::Object(members) if members.contains_key("name") => text(&value["name"]).to_owned(),
        other => other.to_string(),
    };
    let line: String = whole
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if line.chars().count() <= ATTRIBUTE_CHARS {
        return line;
    }
    let cut: String = line.chars().take(ATTRIBUTE_CHARS - 1).collect();
    format!("{cut}…")
}
