//! Tasks as they are handed to pollers.

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::model::{
    ActivityTaskScheduled, ActivityType, Data, Event, EventId, RunId, Text, Timestamp, WorkflowExecution,
    WorkflowType,
};

use super::inputs::Input;
use super::matcher::ListKey;

/// Names one attempt of one task: what a poller gives back with its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TaskToken {
    /// The run.
    pub run: RunId,
    /// The task's `...Scheduled`.
    pub scheduled_event_id: EventId,
    /// The task's `...Started`: a later attempt has another one.
    pub started_event_id: EventId,
}

/// An activity task in the hands of a worker.
#[derive(Clone, Debug)]
pub struct ActivityTask {
    /// To answer with.
    pub token: TaskToken,
    /// The domain of the run.
    pub domain: Text,
    /// The run that wants it done.
    pub execution: WorkflowExecution,
    /// When the task was handed out, by Postgres's clock.
    pub started_at: Timestamp,
    /// What is to be done: type, id, input, timeouts.
    pub scheduled: Arc<ActivityTaskScheduled>,
}

impl ActivityTask {
    /// The type of the activity.
    pub fn activity_type(&self) -> &ActivityType {
        &self.scheduled.activity_type
    }

    /// Its input.
    pub fn input(&self) -> Option<&Data> {
        self.scheduled.input.as_ref()
    }
}

/// A decision task in the hands of a decider.
#[derive(Clone, Debug)]
pub struct DecisionTask {
    /// To answer with.
    pub token: TaskToken,
    /// The domain of the run.
    pub domain: Text,
    /// The run that wants a decision.
    pub execution: WorkflowExecution,
    /// Its type.
    pub workflow_type: WorkflowType,
    /// The `DecisionTaskStarted` of the last completed task; 0 before the first.
    pub previous_started_event_id: EventId,
    /// Its events from the first to the `DecisionTaskStarted` of this attempt, if they are at hand: those of a short
    /// history are. Else [`Node::decision_history_page`](super::Node::decision_history_page) reads them.
    pub history: Option<Arc<[Event]>>,
}

/// A task of either kind.
#[derive(Clone, Debug)]
pub enum Task {
    /// For an activity worker.
    Activity(ActivityTask),
    /// For a decider.
    Decision(DecisionTask),
}

impl Task {
    pub(super) fn into_activity(self) -> Option<ActivityTask> {
        match self {
            Task::Activity(task) => Some(task),
            Task::Decision(_) => None,
        }
    }

    pub(super) fn into_decision(self) -> Option<DecisionTask> {
        match self {
            Task::Decision(task) => Some(task),
            Task::Activity(_) => None,
        }
    }

    /// What its poller answers with.
    pub fn token(&self) -> &TaskToken {
        match self {
            Task::Activity(task) => &task.token,
            Task::Decision(task) => &task.token,
        }
    }
}

impl From<ActivityTask> for Task {
    fn from(task: ActivityTask) -> Self {
        Task::Activity(task)
    }
}

impl From<DecisionTask> for Task {
    fn from(task: DecisionTask) -> Self {
        Task::Decision(task)
    }
}

/// A task that was started, durably, for a poller. Whoever is sure to do it takes it with [`Handed::accept`]; dropped
/// before that (the poller went away) it goes to the next poller of its list, with the same token.
#[derive(Debug)]
pub struct Handed<T: Into<Task>>(Option<Undelivered<T>>);

#[derive(Debug)]
struct Undelivered<T> {
    task: T,
    list: ListKey,
    planner: mpsc::Sender<Input>,
}

impl<T: Into<Task>> Handed<T> {
    /// The task.
    pub fn task(&self) -> &T {
        &self.undelivered().task
    }

    /// Takes the task: from now on only its timeouts take it back.
    pub fn accept(mut self) -> T {
        let taken = self.0.take();
        taken
            .expect("a task is taken once, as taking it consumes the hand")
            .task
    }

    fn undelivered(&self) -> &Undelivered<T> {
        self.0
            .as_ref()
            .expect("a task is taken only when the hand is consumed")
    }
}

impl Handed<Task> {
    pub(super) fn new(task: Task, list: ListKey, planner: mpsc::Sender<Input>) -> Self {
        Handed(Some(Undelivered { task, list, planner }))
    }

    /// The same task as one of its kind. A list has tasks of one kind only, so that there is one.
    pub(super) fn narrow<T: Into<Task>>(mut self, kind: fn(Task) -> Option<T>) -> Option<Handed<T>> {
        let Undelivered { task, list, planner } = self.0.take()?;
        let task = kind(task)?;
        Some(Handed(Some(Undelivered { task, list, planner })))
    }
}

impl<T: Into<Task>> Drop for Handed<T> {
    fn drop(&mut self) {
        if let Some(Undelivered { task, list, planner }) = self.0.take() {
            let input = Input::GiveBack(list, Box::new(task.into()));
            if let Err(error) = planner.try_send(input) {
                tracing::warn!(%error, "a task whose poller went away can't be given back; it will time out");
            }
        }
    }
}
