//! Starting runs.

use std::io::Read;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};

use super::list::named_type;
use super::{ChildPolicy, Session, history};
use crate::duration;
use crate::failure::Failure;
use crate::output::Format;

/// `apus workflow start`.
#[derive(Args)]
pub struct Start {
    /// The workflow id: open at most once in a domain
    workflow_id: String,
    /// The type; without a version, the only one that is registered
    #[arg(long = "type", value_name = "NAME[:VERSION]")]
    workflow_type: String,
    #[command(flatten)]
    input: Input,
    /// A tag to find the run by; up to 5
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// The task list of its decisions, instead of the type's
    #[arg(long, value_name = "NAME")]
    task_list: Option<String>,
    /// The priority of its decisions, higher first, instead of the type's
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    priority: Option<i32>,
    /// How long the run may take, instead of the type's
    #[arg(long, value_parser = duration::parse, value_name = "DURATION")]
    run_timeout: Option<Duration>,
    /// How long a decision may take, instead of the type's
    #[arg(long, value_parser = duration::parse, value_name = "DURATION")]
    decision_timeout: Option<Duration>,
    /// What happens to its open children when it is terminated or times out, instead of the type's
    #[arg(long, value_enum, value_name = "POLICY")]
    child_policy: Option<ChildPolicy>,
    /// Wait until the run has ended, and print its result
    #[arg(long)]
    wait: bool,
    /// Wait at most so long; the run goes on
    #[arg(long, value_parser = duration::parse, value_name = "DURATION", requires = "wait")]
    wait_timeout: Option<Duration>,
}

/// The input of a run or a signal.
#[derive(Args)]
pub struct Input {
    /// The input, as it is
    #[arg(long, value_name = "TEXT", conflicts_with = "input_file")]
    input: Option<String>,
    /// A file with the input; `-` is standard input
    #[arg(long, value_name = "FILE")]
    input_file: Option<PathBuf>,
}

impl Input {
    /// The input, read if it is in a file.
    pub fn read(self) -> Result<Option<String>, Failure> {
        let Some(path) = self.input_file else {
            return Ok(self.input);
        };
        let failed = |error| Failure::Io(format!("cannot read the input in {}", path.display()), error);
        if path.as_os_str() != "-" {
            return std::fs::read_to_string(&path).map(Some).map_err(failed);
        }
        let mut input = String::new();
        std::io::stdin().read_to_string(&mut input).map_err(failed)?;
        Ok(Some(input))
    }
}

/// Starts a run, and waits for it if that is wanted.
pub async fn start(session: &Session, start: Start) -> Result<(), Failure> {
    let seconds = |duration: Option<Duration>| duration.map(|duration| duration.as_secs().to_string());
    let request = json!({
        "workflowId": start.workflow_id,
        "workflowType": workflow_type(session, &start.workflow_type).await?,
        "input": start.input.read()?,
        "tagList": (!start.tags.is_empty()).then_some(start.tags),
        "taskList": start.task_list.map(|name| json!({ "name": name })),
        "taskPriority": start.priority.map(|priority| priority.to_string()),
        "executionStartToCloseTimeout": seconds(start.run_timeout),
        "taskStartToCloseTimeout": seconds(start.decision_timeout),
        "childPolicy": start.child_policy.map(ChildPolicy::wire),
    });
    let mut started = session.call("StartWorkflowExecution", request).await?;
    let execution = json!({ "workflowId": start.workflow_id, "runId": started["runId"].take() });
    if !start.wait {
        return match session.output.format {
            Format::Json => session.output.json(&execution),
            Format::Table => session.output.line(super::find::text(&execution["runId"])),
        };
    }
    let waiting = history::wait(session, execution);
    let last = match start.wait_timeout {
        None => waiting.await?,
        Some(limit) => tokio::time::timeout(limit, waiting).await.map_err(|_| {
            Failure::TimedOut(format!("{} has not ended in time; it goes on", start.workflow_id))
        })??,
    };
    ended(session, &last)
}

/// Prints the result; a run without one is a failure.
fn ended(session: &Session, last: &Value) -> Result<(), Failure> {
    let attributes = history::attributes(last);
    let status = history::closing_status(last).unwrap_or("OPEN");
    if session.output.format == Format::Json {
        session.output.json(last)?;
    }
    if status == "COMPLETED" {
        return match (session.output.format, attributes["result"].as_str()) {
            (Format::Table, Some(result)) => session.output.line(result),
            _ => Ok(()),
        };
    }
    let why = ["reason", "details"].map(|member| attributes[member].as_str().unwrap_or_default());
    let why: String = why
        .iter()
        .filter(|text| !text.is_empty())
        .map(|text| format!(": {text}"))
        .collect();
    Err(Failure::RunFailed {
        status: status.to_owned(),
        why,
    })
}

/// The type with its version.
async fn workflow_type(session: &Session, named: &str) -> Result<Value, Failure> {
    let (name, version) = named_type(named);
    if let Some(version) = version {
        return Ok(json!({ "name": name, "version": version }));
    }
    let request = json!({ "registrationStatus": "REGISTERED", "name": name });
    let mut found = session.call("ListWorkflowTypes", request).await?;
    match found["typeInfos"].as_array_mut().map(Vec::as_mut_slice) {
        Some([only]) => Ok(only["workflowType"].take()),
        Some([]) | None => Err(Failure::NotFound(format!(
            "no workflow type {name:?} is registered in domain {:?}",
            session.domain
        ))),
        Some(several) => {
            let versions: Vec<&str> = several
                .iter()
                .filter_map(|info| info["workflowType"]["version"].as_str())
                .collect();
            Err(Failure::Usage(format!(
                "which version of {name:?}? Write --type {name}:VERSION; there are {}",
                versions.join(", ")
            )))
        }
    }
}
