//! Commands: everything that can be asked of a run. There is one door for all of them.

use crate::model::{
    ChildPolicy, Data, Decision, EventId, Identity, Message, RunId, TaskList, TaskPriority, Text, Timeout,
    WorkflowExecutionTerminatedCause, WorkflowType,
};

/// A request to begin a run. Unset members fall back to the workflow type's defaults.
#[derive(Clone, Debug, PartialEq)]
pub struct NewRun {
    /// The type, registered in the domain.
    pub workflow_type: WorkflowType,
    /// Task list of decision tasks.
    pub task_list: Option<TaskList>,
    /// Priority of decision tasks.
    pub task_priority: Option<TaskPriority>,
    /// Input for the decider.
    pub input: Option<Data>,
    /// Timeout of the whole run.
    pub execution_start_to_close_timeout: Option<Timeout>,
    /// Timeout of each decision task.
    pub task_start_to_close_timeout: Option<Timeout>,
    /// Tags to find the run by.
    pub tag_list: Vec<Text>,
    /// What happens to children when the run is terminated or times out.
    pub child_policy: Option<ChildPolicy>,
    /// IAM role for Lambda; kept and echoed, never used.
    pub lambda_role: Option<Text>,
}

/// What is asked of an open run.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// `SignalWorkflowExecution` by a caller.
    Signal {
        /// The signal's name.
        signal_name: Text,
        /// Its input.
        input: Option<Data>,
    },
    /// `RequestCancelWorkflowExecution` by a caller.
    RequestCancel,
    /// `TerminateWorkflowExecution`, or the engine's own end of the run.
    Terminate {
        /// Why, in short.
        reason: Option<Text>,
        /// Why, at length.
        details: Option<Data>,
        /// Instead of the run's own child policy.
        child_policy: Option<ChildPolicy>,
        /// Who ends it.
        cause: WorkflowExecutionTerminatedCause,
    },
    /// A poller takes the waiting decision task.
    StartDecisionTask {
        /// Its `DecisionTaskScheduled`.
        scheduled_event_id: EventId,
        /// The poller's identity.
        identity: Option<Identity>,
    },
    /// `RespondDecisionTaskCompleted`.
    CompleteDecisionTask {
        /// The task's `DecisionTaskScheduled`.
        scheduled_event_id: EventId,
        /// Its `DecisionTaskStarted`: fences an answer to an earlier attempt.
        started_event_id: EventId,
        /// What the decider decided.
        completion: Completion,
        /// The id of the run that a `ContinueAsNewWorkflowExecution` among the decisions would begin.
        successor: RunId,
    },
    /// A poller takes a waiting activity task.
    StartActivityTask {
        /// Its `ActivityTaskScheduled`.
        scheduled_event_id: EventId,
        /// The poller's identity.
        identity: Option<Identity>,
    },
    /// `RespondActivityTaskCompleted`.
    CompleteActivityTask {
        /// The task's `ActivityTaskScheduled`.
        scheduled_event_id: EventId,
        /// Its `ActivityTaskStarted`: fences an answer to an earlier attempt.
        started_event_id: EventId,
        /// What came out.
        result: Option<Data>,
    },
    /// `RespondActivityTaskFailed`.
    FailActivityTask {
        /// The task's `ActivityTaskScheduled`.
        scheduled_event_id: EventId,
        /// Its `ActivityTaskStarted`.
        started_event_id: EventId,
        /// Why, in short.
        reason: Option<Text>,
        /// Why, at length.
        details: Option<Data>,
    },
    /// `RespondActivityTaskCanceled`.
    CancelActivityTask {
        /// The task's `ActivityTaskScheduled`.
        scheduled_event_id: EventId,
        /// Its `ActivityTaskStarted`.
        started_event_id: EventId,
        /// What the worker says about it.
        details: Option<Data>,
    },
    /// Time has passed: every clock that is due by `now` rings, in order.
    FireDue,
    /// A message from another run (never `StartChild`, which begins a run instead).
    Deliver {
        /// The run that sent it.
        source: RunId,
        /// What it says.
        message: Message,
    },
}

/// The answer to a decision task.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Completion {
    /// Applied in order.
    pub decisions: Vec<Decision>,
    /// Positions in `decisions`, from 0, of those that come faster than the server takes them: they fail with
    /// `..._RATE_EXCEEDED`, where their kind knows that.
    pub too_fast: Vec<usize>,
    /// Becomes `latestExecutionContext`, also when empty; `None` leaves it.
    pub execution_context: Option<Data>,
    /// The task list of later decision tasks.
    pub task_list: Option<TaskList>,
    /// Makes `task_list` temporary: a task not taken in this time goes back to the original list.
    pub task_list_schedule_to_start_timeout: Option<Timeout>,
}
