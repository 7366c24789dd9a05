//! The seam between the engine and deciders that run in its process.
//!
//! A decider is deterministic and touches nothing, so the node may ask it about state that is not committed yet and
//! put the answer into the same commit. Each decider thread owns one [`Decider`] and always serves the same runs.

use std::sync::Arc;

use crate::core::Completion;
use crate::model::{Event, EventId, RunId, TaskList, Text, WorkflowExecution, WorkflowType};

/// Decides what a run does next. Called from one thread only.
pub trait Decider: Send {
    /// Answers a decision task.
    fn decide(&mut self, task: &DecisionInput) -> Decided;

    /// Drops what it keeps of a run: it closed, was evicted, or its last state was never committed.
    fn forget(&mut self, run: RunId);
}

/// Makes a [`Decider`] for each decider thread, and names what it decides.
pub trait DeciderFactory: Send + Sync {
    /// A fresh decider.
    fn decider(&self) -> Box<dyn Decider>;

    /// The workflow types that it can decide, each with the task list on which it serves it. The list that is the type's
    /// registered default is served as well; decisions on other lists are somebody else's.
    fn workflow_types(&self) -> Vec<(WorkflowType, TaskList)>;
}

/// What a decider is told.
#[derive(Clone, Debug)]
pub struct DecisionInput {
    /// The domain of the run.
    pub domain: Text,
    /// The run.
    pub execution: WorkflowExecution,
    /// Its type.
    pub workflow_type: WorkflowType,
    /// Events in order, the last being the `DecisionTaskStarted` of this task. Either the whole history (the first
    /// event has id 1) or those since the last task that this decider answered.
    pub events: Arc<[Event]>,
    /// The `DecisionTaskStarted` of the last completed task; 0 before the first.
    pub previous_started_event_id: EventId,
}

/// How a decider answers.
#[derive(Debug)]
pub enum Decided {
    /// With decisions, possibly none.
    Completion(Completion),
    /// It does not know the run up to the first event given: ask again with the whole history.
    NeedsHistory,
    /// It can't: the code does not fit the history, or it panicked. The task is left to time out; the run stays as
    /// it is and can be decided by better code.
    Failed(String),
}
