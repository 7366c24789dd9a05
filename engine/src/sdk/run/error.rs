//! Why a run can't be decided.

use crate::model::{EventId, WorkflowExecution, WorkflowType};

use super::super::limits;

/// The code does not fit the history: it decides something else than it (or its predecessor) once did. Guard the
/// change with [`WorkflowContext::patched`], or give it to new runs only as a new version of the type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the code does not fit the history of workflow {}, run {}: event {event_id} has `{expected}`, the code decided `{actual}`; \
     guard the change with `patched` or register it as a new version",
    execution.workflow_id, execution.run_id
)]
pub struct Nondeterminism {
    /// The run.
    pub execution: WorkflowExecution,
    /// The event where the two part.
    pub event_id: EventId,
    /// What the history has.
    pub expected: String,
    /// What the code decided.
    pub actual: String,
}

/// Why a run can't be decided.
#[derive(Debug, thiserror::Error)]
pub(in crate::sdk) enum RunError {
    #[error(transparent)]
    Nondeterminism(#[from] Nondeterminism),
    #[error("the history has a gap: event {expected} was to come, {found} came")]
    Gap { expected: EventId, found: EventId },
    #[error("the history does not begin with WorkflowExecutionStarted")]
    NoStart,
    #[error("workflow type {} {} is not registered with this decider", .0.name, .0.version)]
    UnknownType(WorkflowType),
    #[error("the workflow panicked: {0}")]
    Panicked(String),
    #[error(
        "the workflow wakes itself without end: it polled {} times after one event",
        limits::POLLS_PER_EVENT
    )]
    Spins,
}
