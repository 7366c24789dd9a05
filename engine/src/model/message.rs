//! Messages from one run to another: what an event of the source means for the target.
//!
//! A message is written with its source's commit and deleted with its target's, so it takes effect exactly once.

use serde::{Deserialize, Serialize};

use super::{
    Data, EventId, RunId, StartChildWorkflowExecutionFailedCause, Text, WorkflowExecution,
    WorkflowExecutionStarted, WorkflowType,
};

/// Names a message: the event of the source that calls for it, and its number among that event's messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MessageId {
    /// The run that sends it.
    pub source: RunId,
    /// The event that calls for it.
    pub event: EventId,
    /// 0, 1, 2 ... for an event that calls for several (a child policy).
    pub number: u32,
}

/// Where a message goes, within the source's domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Recipient {
    /// This run, if it is open.
    Run(WorkflowExecution),
    /// Whatever run of this workflow id is open.
    Workflow(Text),
    /// The open run of this workflow id, if it is a child of the source: a child may have continued as new.
    ChildOfSource(Text),
    /// A run that the message itself starts, under this workflow id.
    NewRun(Text),
}

/// What one run tells another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Message {
    /// Begin, as a child of the source.
    StartChild(Box<StartChild>),
    /// A signal from the source.
    Signal {
        /// Its name.
        signal_name: Text,
        /// Its input.
        input: Option<Data>,
        /// Who sends it.
        source: WorkflowExecution,
        /// The source's `SignalExternalWorkflowExecutionInitiated`.
        initiated_event_id: EventId,
    },
    /// The source asks for cancellation.
    RequestCancel {
        /// Who asks.
        source: WorkflowExecution,
        /// The source's `RequestCancelExternalWorkflowExecutionInitiated`; 0 when its child policy asks.
        initiated_event_id: EventId,
    },
    /// The source's child policy ends the child.
    Terminate,
    /// Answer to `StartChild`: it began.
    ChildStarted {
        /// The parent's `StartChildWorkflowExecutionInitiated`.
        initiated_event_id: EventId,
        /// The child.
        execution: WorkflowExecution,
    },
    /// Answer to `StartChild`: it could not begin.
    ChildStartFailed {
        /// The parent's `StartChildWorkflowExecutionInitiated`.
        initiated_event_id: EventId,
        /// Why.
        cause: StartChildWorkflowExecutionFailedCause,
    },
    /// A child of the target ended.
    ChildClosed {
        /// The parent's `StartChildWorkflowExecutionInitiated`.
        initiated_event_id: EventId,
        /// The run that ended.
        execution: WorkflowExecution,
        /// Its type.
        workflow_type: WorkflowType,
        /// How.
        outcome: ChildOutcome,
    },
    /// Answer to `Signal`: it stands in the history of this run, or (none) nobody was there to take it.
    SignalAnswer {
        /// The `SignalExternalWorkflowExecutionInitiated` that is answered.
        initiated_event_id: EventId,
        /// Who took it.
        taken_by: Option<WorkflowExecution>,
    },
    /// Answer to `RequestCancel`, likewise.
    CancelAnswer {
        /// The `RequestCancelExternalWorkflowExecutionInitiated` that is answered.
        initiated_event_id: EventId,
        /// Who took it.
        taken_by: Option<WorkflowExecution>,
    },
}

/// What a child begins with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StartChild {
    /// Its workflow id.
    pub workflow_id: Text,
    /// Its first event, complete; `parentWorkflowExecution` names the source.
    pub started: WorkflowExecutionStarted,
}

/// How a child ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ChildOutcome {
    /// `COMPLETED`, with its result.
    Completed(Option<Data>),
    /// `FAILED`.
    Failed {
        /// Why, in short.
        reason: Option<Text>,
        /// Why, at length.
        details: Option<Data>,
    },
    /// `CANCELED`, with its details.
    Canceled(Option<Data>),
    /// `TIMED_OUT`.
    TimedOut,
    /// `TERMINATED`.
    Terminated,
}
