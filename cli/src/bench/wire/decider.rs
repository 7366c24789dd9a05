//! The process that decides. It keeps nothing between two tasks of a run: what it needs to know of earlier ones it
//! writes into the execution context, so each task is read from where the last one ended.

use std::sync::Arc;

use apus::sdk::{Activity, Workflow};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::client::Client;
use crate::failure::{Failure, failed};

use super::super::process::Parent;
use super::super::stack::DOMAIN;
use super::super::workloads::{Echo, FanOut, STEPS, Sleep, TIMER, TenInSequence, WIDTH};
use super::registry::{TASK_LIST, VERSION};
use super::session;

/// Does what the process is for.
pub async fn decide(parent: &mut Parent) -> Result<(), Failure> {
    let request = Arc::new(json!({
        "domain": DOMAIN,
        "taskList": { "name": TASK_LIST },
        "startAtPreviousStartedEvent": true,
    }));
    session::poll(parent, move |client| one(client, Arc::clone(&request))).await
}

async fn one(client: Arc<Client>, request: Arc<Value>) -> Result<(), Failure> {
    let task: Task = client.ask("PollForDecisionTask", &request).await?;
    let Some(decided) = task.decide()? else {
        return Ok(());
    };
    client.tell("RespondDecisionTaskCompleted", &decided).await
}

/// A task; without a token there is none.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Task {
    task_token: Option<String>,
    workflow_type: Option<Type>,
    #[serde(default)]
    events: Vec<Event>,
}

#[derive(Deserialize)]
struct Type {
    name: String,
}

/// What is looked at of an event.
#[derive(Deserialize)]
#[serde(tag = "eventType", rename_all_fields = "camelCase")]
enum Event {
    WorkflowExecutionStarted {
        workflow_execution_started_event_attributes: Started,
    },
    DecisionTaskCompleted {
        decision_task_completed_event_attributes: Decided,
    },
    ActivityTaskCompleted {
        activity_task_completed_event_attributes: Done,
    },
    TimerFired,
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Started {
    #[serde(default)]
    input: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Decided {
    execution_context: Option<String>,
}

#[derive(Deserialize)]
struct Done {
    #[serde(default)]
    result: String,
}

/// What is known of a run between two tasks.
#[derive(Default, Serialize, Deserialize)]
struct Progress {
    /// Activities that are done, or timers that fired.
    done: u32,
    /// The sum of what they gave back since the last ones were begun.
    sum: u64,
}

impl Progress {
    /// What was done while the last task was decided stands in the history before what that decision knew.
    fn add(&mut self, more: &Progress) {
        self.done += more.done;
        self.sum += more.sum;
    }
}

/// The answer to a task.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Completed {
    task_token: String,
    decisions: Vec<Decision>,
    execution_context: String,
}

#[derive(Serialize)]
#[serde(tag = "decisionType", rename_all_fields = "camelCase")]
enum Decision {
    ScheduleActivityTask {
        schedule_activity_task_decision_attributes: Schedule,
    },
    StartTimer {
        start_timer_decision_attributes: Timer,
    },
    CompleteWorkflowExecution {
        complete_workflow_execution_decision_attributes: Complete,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Schedule {
    activity_id: String,
    activity_type: ActivityType,
    input: String,
}

#[derive(Serialize)]
struct ActivityType {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Timer {
    timer_id: &'static str,
    start_to_fire_timeout: String,
}

#[derive(Serialize)]
struct Complete {
    result: String,
}

impl Task {
    fn decide(self) -> Result<Option<Completed>, Failure> {
        let (Some(task_token), Some(workflow)) = (self.task_token, self.workflow_type) else {
            return Ok(None);
        };
        let (mut input, mut progress) = (None, Progress::default());
        for event in self.events {
            match event {
                Event::WorkflowExecutionStarted {
                    workflow_execution_started_event_attributes: started,
                } => input = Some(started.input),
                Event::DecisionTaskCompleted {
                    decision_task_completed_event_attributes: decided,
                } => progress.add(&read(&decided.execution_context.unwrap_or_default())?),
                Event::ActivityTaskCompleted {
                    activity_task_completed_event_attributes: done,
                } => progress.add(&Progress {
                    done: 1,
                    sum: read(&done.result)?,
                }),
                Event::TimerFired => progress.add(&Progress { done: 1, sum: 0 }),
                Event::Other => {}
            }
        }
        let decisions = decisions(&workflow.name, input.as_deref(), &mut progress)?;
        Ok(Some(Completed {
            task_token,
            decisions,
            execution_context: written(&progress)?,
        }))
    }
}

/// What comes next. The input is there when the run has just begun.
fn decisions(workflow: &str, input: Option<&str>, progress: &mut Progress) -> Result<Vec<Decision>, Failure> {
    let total = match workflow {
        TenInSequence::NAME => STEPS,
        FanOut::NAME => WIDTH,
        _ => 1,
    };
    match input {
        None if progress.done >= total => Ok(vec![complete(progress.sum)]),
        Some(input) if workflow == FanOut::NAME => {
            let echoes = read::<FanOut>(input)?.echoes().zip(1..);
            echoes.map(|(echo, id)| schedule(id, &echo)).collect()
        }
        None if workflow == FanOut::NAME => Ok(Vec::new()),
        Some(_) if workflow == Sleep::NAME => Ok(vec![timer()]),
        Some(input) => Ok(vec![schedule(1, &Echo::new(read(input)?, 0))?]),
        None => {
            let number = std::mem::take(&mut progress.sum);
            Ok(vec![schedule(progress.done + 1, &Echo::new(number as u32, 0))?])
        }
    }
}

fn schedule(id: u32, echo: &Echo) -> Result<Decision, Failure> {
    Ok(Decision::ScheduleActivityTask {
        schedule_activity_task_decision_attributes: Schedule {
            activity_id: id.to_string(),
            activity_type: ActivityType {
                name: Echo::NAME,
                version: VERSION,
            },
            input: written(echo)?,
        },
    })
}

fn timer() -> Decision {
    Decision::StartTimer {
        start_timer_decision_attributes: Timer {
            timer_id: "sleep",
            start_to_fire_timeout: TIMER.as_secs().to_string(),
        },
    }
}

fn complete(sum: u64) -> Decision {
    Decision::CompleteWorkflowExecution {
        complete_workflow_execution_decision_attributes: Complete {
            result: sum.to_string(),
        },
    }
}

fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Failure> {
    serde_json::from_str(text).map_err(failed)
}

fn written(value: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(failed)
}
