//! How runs end, as a client is told.

use crate::model::{Data, EventAttributes, Fault, FaultKind, RunId, Text};

use super::super::PayloadError;

/// Why a run gave no result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RunFailure {
    /// It failed.
    #[error("the workflow failed: {reason}: {details}")]
    Failed {
        /// Its reason.
        reason: Text,
        /// Its details.
        details: Data,
    },
    /// It ended as canceled.
    #[error("the workflow was cancelled")]
    Cancelled,
    /// It took too long.
    #[error("the workflow timed out")]
    TimedOut,
    /// It was terminated.
    #[error("the workflow was terminated: {reason}")]
    Terminated {
        /// The reason given.
        reason: Text,
    },
    /// Its result is not of the expected type.
    #[error(transparent)]
    Payload(#[from] PayloadError),
    /// The engine would not say.
    #[error(transparent)]
    Engine(#[from] Fault),
}

impl RunFailure {
    /// The stable code: the run's own reason if it failed.
    pub fn reason(&self) -> &str {
        match self {
            RunFailure::Failed { reason, .. } => reason,
            RunFailure::Cancelled => "cancelled",
            RunFailure::TimedOut => "timed_out",
            RunFailure::Terminated { .. } => "terminated",
            RunFailure::Payload(error) => error.reason(),
            RunFailure::Engine(_) => "engine_fault",
        }
    }
}

/// How a closed run ended.
pub(in crate::sdk) enum Close {
    Result(Option<Data>),
    ContinuedAs(RunId),
    Failure(RunFailure),
}

impl Close {
    /// From a run's last event.
    pub(in crate::sdk) fn of(event: &EventAttributes) -> Self {
        use EventAttributes as E;
        let failure = match event {
            E::WorkflowExecutionCompleted(closed) => return Close::Result(closed.result.clone()),
            E::WorkflowExecutionContinuedAsNew(closed) => {
                return Close::ContinuedAs(closed.new_execution_run_id);
            }
            E::WorkflowExecutionFailed(closed) => RunFailure::Failed {
                reason: closed.reason.clone().unwrap_or_default(),
                details: closed.details.clone().unwrap_or_default(),
            },
            E::WorkflowExecutionCanceled(_) => RunFailure::Cancelled,
            E::WorkflowExecutionTimedOut(_) => RunFailure::TimedOut,
            E::WorkflowExecutionTerminated(closed) => RunFailure::Terminated {
                reason: closed.reason.clone().unwrap_or_default(),
            },
            other => RunFailure::Engine(Fault::new(
                FaultKind::ServiceUnavailable,
                format!(
                    "the run's last event is {}, which ends no run",
                    other.event_type().name()
                ),
            )),
        };
        Close::Failure(failure)
    }
}
