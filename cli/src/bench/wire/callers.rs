//! The process that starts runs and sees when they are done.
//!
//! SWF has no call that waits for a run. Who wants to know asks for the runs that closed since he last looked, so one
//! collector does that for all callers, again and again. A run whose closing it should have missed is described.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use apus::sdk::Workflow;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::{Notify, oneshot};

use crate::client::Client;
use crate::failure::{Failure, failed};

use super::super::load::{Kind, Load, Target};
use super::super::process::Parent;
use super::super::stack::DOMAIN;
use super::super::workloads::{FanOut, OneActivity, Sleep, TenInSequence};
use super::registry::VERSION;
use super::session::Session;

/// The shortest pause between two looks at what has closed.
const PAUSE_MIN: Duration = Duration::from_millis(1);
/// The pause is so many times as long as the look took, so that looking takes little of the machine.
const PAUSE_PER_LOOK: u32 = 4;
/// Each look goes back so far behind the newest run that it knows of, in seconds: the node commits over more than one
/// connection, so a run may show after others that closed later.
const OVERLAP_S: f64 = 0.05;
/// A run that was not seen to close for so long is asked for by its name. Timers take half of it.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the process is told.
#[derive(Serialize, Deserialize)]
pub struct Calls {
    /// How to call the server.
    pub session: Session,
    /// What is to be started.
    pub load: Load,
}

/// Does what the process is for.
pub async fn call(parent: &mut Parent) -> Result<(), Failure> {
    let calls: Calls = parent.assignment().await?;
    let board = Arc::default();
    let callers = [Caller {
        client: Arc::new(calls.session.client()?),
        board: Arc::clone(&board),
    }];
    if !parent.begin().await? {
        return Ok(());
    }
    let collector = Collector {
        client: Arc::new(calls.session.client()?),
        board,
        newest: 0.0,
    };
    let measured = tokio::select! {
        measured = calls.load.run(&callers) => measured?,
        Err(failure) = collector.collect() => return Err(failure),
    };
    parent.tell(&measured)?;
    parent.dismissal().await
}

/// A workflow id and who waits for it.
type Waiting = HashMap<String, oneshot::Sender<Closed>>;

/// The runs that are waited for.
#[derive(Default)]
struct Board {
    waiting: Mutex<Waiting>,
    /// Somebody waits.
    wanted: Notify,
}

impl Board {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A run as it is listed.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Closed {
    execution: Execution,
    close_timestamp: Option<f64>,
    close_status: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Execution {
    workflow_id: String,
}

/// Whoever starts runs.
#[derive(Clone)]
struct Caller {
    client: Arc<Client>,
    board: Arc<Board>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Start<'a> {
    domain: &'a str,
    workflow_id: &'a str,
    workflow_type: Type<'a>,
    input: &'a str,
}

#[derive(Serialize)]
struct Type<'a> {
    name: &'a str,
    version: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    run_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Described {
    execution_info: Closed,
}

impl Target for Caller {
    async fn run(&self, kind: Kind, number: usize) -> Result<(), Failure> {
        let (name, input) = match kind {
            Kind::OneActivity => (OneActivity::NAME, number.to_string()),
            Kind::TenInSequence => (TenInSequence::NAME, number.to_string()),
            Kind::FanOut { spread_us } => (FanOut::NAME, json!(FanOut { spread_us }).to_string()),
            Kind::Timers => (Sleep::NAME, "null".to_owned()),
        };
        let workflow_id = format!("{name}-{number}");
        let (tell, mut told) = oneshot::channel();
        self.board.waiting().insert(workflow_id.clone(), tell);
        let start = Start {
            domain: DOMAIN,
            workflow_id: &workflow_id,
            workflow_type: Type {
                name,
                version: VERSION,
            },
            input: &input,
        };
        let run: Run = self.client.ask("StartWorkflowExecution", &start).await?;
        self.board.wanted.notify_one();
        let closed = loop {
            match tokio::time::timeout(PATIENCE, &mut told).await {
                Ok(closed) => break closed.map_err(failed)?,
                Err(_) => {
                    let described = self.describe(&workflow_id, &run).await?;
                    if described.close_status.is_some() {
                        break described;
                    }
                }
            }
        };
        match closed.close_status.as_deref() {
            Some("COMPLETED") => Ok(()),
            status => Err(failed(format!("{workflow_id} ended as {status:?}"))),
        }
    }
}

impl Caller {
    async fn describe(&self, workflow_id: &str, run: &Run) -> Result<Closed, Failure> {
        let execution = json!({ "workflowId": workflow_id, "runId": run.run_id });
        let request = json!({ "domain": DOMAIN, "execution": execution });
        let described: Described = self.client.ask("DescribeWorkflowExecution", &request).await?;
        Ok(described.execution_info)
    }
}

/// Whoever looks at what has closed.
struct Collector {
    client: Arc<Client>,
    board: Arc<Board>,
    /// When the newest run that it knows of closed, in seconds since 1970.
    newest: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct List<'a> {
    domain: &'a str,
    close_time_filter: CloseTime,
    reverse_order: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
struct CloseTime {
    oldest_date: f64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    execution_infos: Vec<Closed>,
    next_page_token: Option<String>,
}

impl Collector {
    async fn collect(mut self) -> Result<(), Failure> {
        loop {
            if self.board.waiting().is_empty() {
                self.board.wanted.notified().await;
            }
            let begun = Instant::now();
            self.look().await?;
            let pause = (begun.elapsed() * PAUSE_PER_LOOK).max(PAUSE_MIN);
            tokio::time::sleep(pause).await;
        }
    }

    /// Tells whoever waits for a run that closed since.
    async fn look(&mut self) -> Result<(), Failure> {
        let close_time_filter = CloseTime {
            oldest_date: (self.newest - OVERLAP_S).max(0.0),
        };
        let mut next_page_token = None;
        loop {
            let list = List {
                domain: DOMAIN,
                close_time_filter,
                reverse_order: true,
                next_page_token,
            };
            let page: Page = self.client.ask("ListClosedWorkflowExecutions", &list).await?;
            for closed in page.execution_infos {
                self.newest = self.newest.max(closed.close_timestamp.unwrap_or_default());
                let waits = self.board.waiting().remove(&closed.execution.workflow_id);
                if let Some(waits) = waits {
                    // Whoever has described it meanwhile knows already.
                    let _ = waits.send(closed);
                }
            }
            next_page_token = page.next_page_token;
            if next_page_token.is_none() {
                return Ok(());
            }
        }
    }
}
