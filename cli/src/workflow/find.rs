//! Which run is meant, and what is said of it.

use serde_json::{Value, json};

use super::{Run, Session};
use crate::failure::Failure;
use crate::output::Output;

/// The run that is named; without a run id the open one, else the last one that closed.
pub async fn execution(session: &Session, run: &Run) -> Result<Value, Failure> {
    if let Some(run_id) = &run.run_id {
        return Ok(json!({ "workflowId": run.workflow_id, "runId": run_id }));
    }
    for action in ["ListOpenWorkflowExecutions", "ListClosedWorkflowExecutions"] {
        let request = json!({
            "startTimeFilter": { "oldestDate": 0 },
            "executionFilter": { "workflowId": run.workflow_id },
            "maximumPageSize": 1,
        });
        let mut found = session.call(action, request).await?;
        if let Some(info) = found["executionInfos"].get_mut(0) {
            return Ok(info["execution"].take());
        }
    }
    Err(Failure::NotFound(format!(
        "no run of workflow id {:?} in domain {:?}, neither open nor closed",
        run.workflow_id, session.domain
    )))
}

/// `OPEN`, or how the run ended.
pub fn status(info: &Value) -> &str {
    info["closeStatus"].as_str().unwrap_or("OPEN")
}

/// A type as `name version`.
pub fn type_name(of: &Value) -> String {
    format!("{} {}", text(&of["name"]), text(&of["version"]))
}

/// A text that may be missing.
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("-")
}

/// How long a run took or has been open, in seconds.
pub fn closed_after(info: &Value) -> Option<f64> {
    Some(info["closeTimestamp"].as_f64()? - info["startTimestamp"].as_f64()?)
}

/// The description as rows of a name and a value.
pub fn description(output: &Output, found: &Value) -> Vec<Vec<String>> {
    let (info, configuration) = (&found["executionInfo"], &found["executionConfiguration"]);
    let mut status = output.status(self::status(info));
    if info["cancelRequested"] == true {
        status.push_str(" (asked to cancel)");
    }
    let time = |at: &Value| at.as_f64().map(|seconds| output.time(seconds));
    let closed = time(&info["closeTimestamp"]).zip(closed_after(info));
    let tags = info["tagList"]
        .as_array()
        .map(|tags| tags.iter().map(text).collect::<Vec<_>>().join(", "));
    let parent = info
        .get("parent")
        .map(|parent| format!("{} (run {})", text(&parent["workflowId"]), text(&parent["runId"])));
    let rows = [
        (
            "Workflow id",
            Some(text(&info["execution"]["workflowId"]).to_owned()),
        ),
        ("Run id", Some(text(&info["execution"]["runId"]).to_owned())),
        ("Type", Some(type_name(&info["workflowType"]))),
        ("Status", Some(status)),
        ("Started", time(&info["startTimestamp"])),
        (
            "Closed",
            closed.map(|(at, after)| format!("{at}, after {}", crate::duration::text(after))),
        ),
        ("Parent", parent),
        ("Tags", tags),
        ("Open", Some(open_counts(&found["openCounts"]))),
        ("Last activity", time(&found["latestActivityTaskTimestamp"])),
        (
            "Context",
            found["latestExecutionContext"].as_str().map(str::to_owned),
        ),
        (
            "Task list",
            Some(text(&configuration["taskList"]["name"]).to_owned()),
        ),
        (
            "Priority",
            configuration["taskPriority"].as_str().map(str::to_owned),
        ),
        (
            "Run timeout",
            configuration["executionStartToCloseTimeout"]
                .as_str()
                .map(seconds),
        ),
        (
            "Decision timeout",
            configuration["taskStartToCloseTimeout"].as_str().map(seconds),
        ),
        (
            "Child policy",
            Some(text(&configuration["childPolicy"]).to_owned()),
        ),
    ];
    rows.into_iter()
        .filter_map(|(name, value)| Some(vec![name.to_owned(), value?]))
        .collect()
}

fn seconds(timeout: &str) -> String {
    if timeout == "NONE" {
        "none".to_owned()
    } else {
        format!("{timeout}s")
    }
}

fn open_counts(counts: &Value) -> String {
    let kinds = [
        ("openDecisionTasks", "decision task"),
        ("openActivityTasks", "activity task"),
        ("openTimers", "timer"),
        ("openChildWorkflowExecutions", "child workflow"),
    ];
    let open: Vec<String> = kinds
        .iter()
        .filter_map(|(member, kind)| Some((counts[member].as_u64().filter(|count| *count > 0)?, kind)))
        .map(|(count, kind)| format!("{count} {kind}{}", if count == 1 { "" } else { "s" }))
        .collect();
    if open.is_empty() {
        "nothing".to_owned()
    } else {
        open.join(", ")
    }
}
