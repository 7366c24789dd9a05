//! Two nodes on a database with a gate: one with deciders that say what they are told, one where others poll.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use apus::core::{Completion, NewRun};
use apus::model::{
    Decision, Event, EventAttributes, EventType, RunId, StartChildWorkflowExecution, TaskList, Text,
    WorkflowType,
};
use apus::node::{Decided, Decider, DeciderFactory, DecisionInput, Node, NodeOptions};
use sqlx::postgres::PgConnectOptions;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::super::support::{DOMAIN, LIST, new_run, of_type, one_activity, register, workflow_defaults};

/// Input of embedded runs that decide nothing.
pub const LISTEN: &str = "listen";
/// Input of embedded runs that have one activity done.
pub const WORK: &str = "work";
/// With a workflow id after it: input of embedded runs that start this child.
pub const RAISE: &str = "raise ";

/// What deciders of the process were told: of which workflow, which events.
type Told = Vec<(Text, EventType)>;

/// What a scene is played on.
pub struct Stage {
    /// With deciders for [`embedded_type`] in its process, all else as it is by default.
    pub node: Node,
    /// Another node on the same database, without deciders.
    pub other: Node,
    told: watch::Receiver<Told>,
    witnesses: Mutex<JoinSet<()>>,
    witness: AtomicUsize,
}

impl Stage {
    /// Starts both nodes.
    pub async fn set(database: &PgConnectOptions) -> Self {
        let (telling, told) = watch::channel(Told::new());
        let node = Node::start(NodeOptions {
            deciders: Some(Arc::new(Telling(telling))),
            ..NodeOptions::new(database.clone())
        });
        let node = node.await.unwrap();
        register(&node).await;
        node.ensure_type(DOMAIN, embedded_type(), workflow_defaults())
            .await
            .unwrap();
        let other = Node::start(NodeOptions::new(database.clone())).await.unwrap();
        Stage {
            node,
            other,
            told,
            witnesses: Mutex::default(),
            witness: AtomicUsize::new(0),
        }
    }

    /// Begins a run that deciders of the process decide.
    pub async fn begin_embedded(&self, workflow_id: &str, input: &str) {
        self.node
            .start_workflow(DOMAIN, workflow_id, embedded_run(input))
            .await
            .unwrap();
    }

    /// Waits until the node has done all that it can with what it was asked, and with all that it has heard, before
    /// this: its planner and its deciders take things in order, and come to a run that begins now after that.
    pub async fn settled(&self) {
        let number = self.witness.fetch_add(1, Ordering::Relaxed);
        let witness = format!("witness-{number}");
        let seen = self.told(&witness, EventType::WorkflowExecutionStarted);
        let node = self.node.clone();
        // It is answered when the gate is open again.
        self.witnesses.lock().unwrap().spawn(async move {
            node.start_workflow(DOMAIN, &witness, embedded_run(LISTEN))
                .await
                .unwrap();
        });
        seen.await;
    }

    /// Waits until a decider of the process is told of such an event of this workflow.
    pub fn told(&self, workflow_id: &str, of: EventType) -> impl Future<Output = ()> + Send + use<> {
        let (mut told, event) = (self.told.clone(), (Text::from(workflow_id), of));
        async move {
            told.wait_for(|told| told.contains(&event)).await.unwrap();
        }
    }

    /// Waits until what [`Stage::settled`] began is durable.
    pub async fn end_scene(&self) {
        let witnesses = std::mem::take(&mut *self.witnesses.lock().unwrap());
        witnesses.join_all().await;
    }

    /// Stops the nodes.
    pub async fn clear(self) {
        self.node.shutdown().await;
        self.other.shutdown().await;
    }
}

/// Of runs that deciders of the process decide.
pub fn embedded_type() -> WorkflowType {
    WorkflowType::new("embedded", "1")
}

/// A run of that type.
pub fn embedded_run(input: &str) -> NewRun {
    NewRun {
        workflow_type: embedded_type(),
        input: Some(input.into()),
        ..new_run()
    }
}

/// Tells what its deciders are told.
struct Telling(watch::Sender<Told>);

impl DeciderFactory for Telling {
    fn decider(&self) -> Box<dyn Decider> {
        Box::new(TellingDecider {
            told: self.0.clone(),
            runs: HashMap::new(),
        })
    }

    fn workflow_types(&self) -> Vec<(WorkflowType, TaskList)> {
        vec![(embedded_type(), TaskList::new(LIST))]
    }
}

struct TellingDecider {
    told: watch::Sender<Told>,
    runs: HashMap<RunId, Vec<Event>>,
}

impl Decider for TellingDecider {
    fn decide(&mut self, task: &DecisionInput) -> Decided {
        let whole = task.events.first().is_some_and(|event| event.id == 1);
        let known = self.runs.entry(task.execution.run_id).or_default();
        if whole {
            known.clear();
        } else if known.is_empty() {
            return Decided::NeedsHistory;
        }
        known.extend_from_slice(&task.events);
        let of = &task.execution.workflow_id;
        let news = task
            .events
            .iter()
            .map(|event| (of.clone(), event.attributes.event_type()));
        self.told.send_modify(|told| told.extend(news));
        Decided::Completion(Completion {
            decisions: decide(of, known),
            ..Completion::default()
        })
    }

    fn forget(&mut self, run: RunId) {
        self.runs.remove(&run);
    }
}

/// The decisions of an embedded run, as its input says. Its activities wait on the list that is named like it.
fn decide(workflow_id: &str, events: &[Event]) -> Vec<Decision> {
    let EventAttributes::WorkflowExecutionStarted(started) = &events[0].attributes else {
        unreachable!("every history begins so")
    };
    let input = started.input.as_deref().unwrap_or_default();
    let mut decisions = match input.strip_prefix(RAISE) {
        Some(child) if of_type(events, EventType::StartChildWorkflowExecutionInitiated) == 0 => {
            vec![listening_child(child)]
        }
        None if input == WORK => one_activity(events),
        _ => Vec::new(),
    };
    for decision in &mut decisions {
        if let Decision::ScheduleActivityTask(task) = decision {
            task.task_list = Some(TaskList::new(workflow_id));
        }
    }
    decisions
}

/// Starts a child that listens.
pub fn listening_child(workflow_id: &str) -> Decision {
    StartChildWorkflowExecution {
        input: Some(LISTEN.into()),
        ..StartChildWorkflowExecution::new(embedded_type(), workflow_id)
    }
    .into()
}
