//! Tasks as they are handed to pollers.

use crate::model::{
    ActivityTaskScheduled, ActivityType, Data, EventId, RunId, Text, Timestamp, WorkflowExecution,
};
use std::sync::Arc;

/// Names one attempt of one task: what a poller gives back with its answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TaskToken {
    /// The run.
    pub run: RunId,
    /// The workflow id, for the fault's message.
    pub workflow_id: Text,
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
