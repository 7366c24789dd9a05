//! How the things that a workflow waits for can fail. Each failure has a stable code, its `reason`.

use crate::model::{
    ActivityTaskTimeoutType, Data, RequestCancelExternalWorkflowExecutionFailedCause,
    ScheduleActivityTaskFailedCause, SignalExternalWorkflowExecutionFailedCause,
    StartChildWorkflowExecutionFailedCause, StartTimerFailedCause, Text,
};

use super::{ActivityError, PayloadError};

/// Why an activity gave no result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ActivityFailure {
    /// Its last attempt failed.
    #[error("activity {activity} failed at attempt {attempts}: {error}")]
    Failed {
        /// The name of its type.
        activity: &'static str,
        /// Attempts made.
        attempts: u32,
        /// What the last one said.
        error: ActivityError,
    },
    /// Its last attempt was not answered in time.
    #[error("activity {activity} timed out ({kind:?}) at attempt {attempts}")]
    TimedOut {
        /// The name of its type.
        activity: &'static str,
        /// Attempts made.
        attempts: u32,
        /// Which clock ran out.
        kind: ActivityTaskTimeoutType,
        /// The details of the last heartbeat.
        details: Option<Data>,
    },
    /// It was given up, or its scope was cancelled before it ended.
    #[error("activity {activity} was cancelled")]
    Cancelled {
        /// The name of its type.
        activity: &'static str,
    },
    /// The engine did not schedule it.
    #[error("activity {activity} was refused: {cause:?}")]
    Refused {
        /// The name of its type.
        activity: &'static str,
        /// Why.
        cause: ScheduleActivityTaskFailedCause,
    },
    /// Its input could not be written or its result not be read.
    #[error("activity {activity}: {error}")]
    Payload {
        /// The name of its type.
        activity: &'static str,
        /// Why.
        error: PayloadError,
    },
}

impl ActivityFailure {
    /// The stable code: the activity's own, or one of `activity_timed_out`, `cancelled`, `activity_refused`, or a payload's.
    pub fn reason(&self) -> &str {
        match self {
            ActivityFailure::Failed { error, .. } => &error.reason,
            ActivityFailure::TimedOut { .. } => "activity_timed_out",
            ActivityFailure::Cancelled { .. } => "cancelled",
            ActivityFailure::Refused { .. } => "activity_refused",
            ActivityFailure::Payload { error, .. } => error.reason(),
        }
    }

    /// Whether it was given up rather than failed.
    pub fn is_cancelled(&self) -> bool {
        matches!(self, ActivityFailure::Cancelled { .. })
    }

    /// Whether another attempt may help.
    pub(super) fn is_retryable(&self) -> bool {
        match self {
            ActivityFailure::Failed { error, .. } => error.retryable,
            ActivityFailure::TimedOut { .. } => true,
            ActivityFailure::Refused { cause, .. } => matches!(
                cause,
                ScheduleActivityTaskFailedCause::OpenActivitiesLimitExceeded
                    | ScheduleActivityTaskFailedCause::ActivityCreationRateExceeded
            ),
            ActivityFailure::Cancelled { .. } | ActivityFailure::Payload { .. } => false,
        }
    }
}

/// Why a child gave no result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChildFailure {
    /// It failed.
    #[error("child {workflow_id} failed: {}: {}", reason.as_deref().unwrap_or("unknown"), details.as_deref().unwrap_or_default())]
    Failed {
        /// Its workflow id.
        workflow_id: Text,
        /// Its reason.
        reason: Option<Text>,
        /// Its details.
        details: Option<Data>,
    },
    /// It timed out.
    #[error("child {workflow_id} timed out")]
    TimedOut {
        /// Its workflow id.
        workflow_id: Text,
    },
    /// It ended as canceled, or the scope that waited for it was cancelled.
    #[error("child {workflow_id} was cancelled")]
    Cancelled {
        /// Its workflow id.
        workflow_id: Text,
    },
    /// It was terminated.
    #[error("child {workflow_id} was terminated")]
    Terminated {
        /// Its workflow id.
        workflow_id: Text,
    },
    /// The engine did not start it.
    #[error("child {workflow_id} was not started: {cause:?}")]
    Refused {
        /// Its workflow id.
        workflow_id: Text,
        /// Why.
        cause: StartChildWorkflowExecutionFailedCause,
    },
    /// Its input could not be written or its result not be read.
    #[error("child {workflow_id}: {error}")]
    Payload {
        /// Its workflow id.
        workflow_id: Text,
        /// Why.
        error: PayloadError,
    },
}

impl ChildFailure {
    /// The stable code: the child's own reason, or `child_timed_out`, `cancelled`, `child_terminated`,
    /// `child_refused`, or a payload's.
    pub fn reason(&self) -> &str {
        match self {
            ChildFailure::Failed { reason, .. } => reason.as_deref().unwrap_or("child_failed"),
            ChildFailure::TimedOut { .. } => "child_timed_out",
            ChildFailure::Cancelled { .. } => "cancelled",
            ChildFailure::Terminated { .. } => "child_terminated",
            ChildFailure::Refused { .. } => "child_refused",
            ChildFailure::Payload { error, .. } => error.reason(),
        }
    }

    /// Whether a run of that workflow id was open already.
    pub fn is_already_running(&self) -> bool {
        matches!(
            self,
            ChildFailure::Refused {
                cause: StartChildWorkflowExecutionFailedCause::WorkflowAlreadyRunning,
                ..
            }
        )
    }
}

/// Why a timer did not fire.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimerFailure {
    /// Its scope was cancelled.
    #[error("the timer was cancelled")]
    Cancelled,
    /// The engine did not start it.
    #[error("the timer was refused: {0:?}")]
    Refused(StartTimerFailedCause),
}

/// Why no signal was received.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignalFailure {
    /// The scope that waited was cancelled.
    #[error("cancelled while waiting for a signal")]
    Cancelled,
    /// The sender sent something else than expected. The signal is used up: the next call gives the next one.
    #[error("signal {name}: {error}")]
    Payload {
        /// The signal's name.
        name: Text,
        /// Why.
        error: PayloadError,
    },
}

/// Why another run was not signalled or asked to cancel.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExternalFailure {
    /// The signal was not delivered.
    #[error("workflow {workflow_id} was not signalled: {cause:?}")]
    Signal {
        /// The workflow id.
        workflow_id: Text,
        /// Why.
        cause: SignalExternalWorkflowExecutionFailedCause,
    },
    /// The request was not delivered.
    #[error("workflow {workflow_id} was not asked to cancel: {cause:?}")]
    Cancel {
        /// The workflow id.
        workflow_id: Text,
        /// Why.
        cause: RequestCancelExternalWorkflowExecutionFailedCause,
    },
    /// The scope that waited for the answer was cancelled; whether it was delivered is not known.
    #[error("cancelled while waiting for workflow {workflow_id} to be reached")]
    Cancelled {
        /// The workflow id.
        workflow_id: Text,
    },
    /// The signal's input could not be written.
    #[error(transparent)]
    Payload(#[from] PayloadError),
}
