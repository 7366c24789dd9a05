//! Faults: what the engine answers when it refuses a call. SWF's names and messages.

use std::borrow::Cow;
use std::fmt;

use super::{EventId, RegisteredType, RunId};

/// The code of a fault, as SWF and the AWS protocol name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// A domain, type, execution or task is not there, or no longer open.
    UnknownResourceFault,
    /// The domain exists already (also when deprecated).
    DomainAlreadyExistsFault,
    /// The domain is deprecated.
    DomainDeprecatedFault,
    /// The type exists already (also when deprecated).
    TypeAlreadyExistsFault,
    /// The type is deprecated.
    TypeDeprecatedFault,
    /// A type that is still registered can't be deleted.
    TypeNotDeprecatedFault,
    /// An execution with that workflow id is open.
    WorkflowExecutionAlreadyStartedFault,
    /// A needed value was neither given nor has the type a default.
    DefaultUndefinedFault,
    /// A limit of the service.
    LimitExceededFault,
    /// More tags than a domain may have.
    TooManyTagsFault,
    /// The caller may not do this.
    OperationNotPermittedFault,
    /// The request breaks a constraint, or a token is not one of ours.
    ValidationException,
    /// Too much work at once: try again later. Nothing was done.
    ThrottlingException,
    /// The engine could not do it (the database is away, or it stops). Nothing is known to be done: ask, then retry.
    ServiceUnavailable,
}

/// Why a call was refused. A refused call changed nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind:?}: {message}")]
pub struct Fault {
    /// Its code.
    pub kind: FaultKind,
    /// The message, in SWF's words where they are known.
    pub message: Cow<'static, str>,
}

impl Fault {
    /// A fault of this kind with this message.
    pub fn new(kind: FaultKind, message: impl Into<Cow<'static, str>>) -> Self {
        Fault {
            kind,
            message: message.into(),
        }
    }

    /// The request breaks a constraint.
    pub fn validation(message: impl Into<Cow<'static, str>>) -> Self {
        Fault::new(FaultKind::ValidationException, message)
    }

    fn unknown(message: String) -> Self {
        Fault::new(FaultKind::UnknownResourceFault, message)
    }

    /// No such domain.
    pub fn unknown_domain(name: &str) -> Self {
        Fault::unknown(format!("Unknown domain: {name}"))
    }

    /// No such type in the domain.
    pub fn unknown_type(of: &impl RegisteredType) -> Self {
        Fault::unknown(format!("Unknown type: {of}"))
    }

    /// A domain of that name is registered, perhaps deprecated.
    pub fn domain_exists(name: &str) -> Self {
        Fault::new(FaultKind::DomainAlreadyExistsFault, name.to_owned())
    }

    /// That domain is deprecated: nothing new begins there.
    pub fn domain_deprecated(name: &str) -> Self {
        Fault::new(FaultKind::DomainDeprecatedFault, name.to_owned())
    }

    /// The domain would have more tags than it may.
    pub fn too_many_tags(max: usize) -> Self {
        Fault::new(
            FaultKind::TooManyTagsFault,
            format!("The number of tags allowed for a domain is exceeded: {max}"),
        )
    }

    /// There would be more of `what` than there may be.
    pub fn limit_exceeded(what: impl fmt::Display) -> Self {
        let message = format!("Limit on maximum number of {what} reached");
        Fault::new(FaultKind::LimitExceededFault, message)
    }

    /// A type of that name and version is registered, perhaps deprecated.
    pub fn type_exists(of: &impl RegisteredType) -> Self {
        Fault::new(FaultKind::TypeAlreadyExistsFault, of.to_string())
    }

    /// That type is deprecated: nothing new uses it.
    pub fn type_deprecated(of: &impl RegisteredType) -> Self {
        Fault::new(FaultKind::TypeDeprecatedFault, of.to_string())
    }

    /// Only a deprecated type can be deleted.
    pub fn type_not_deprecated() -> Self {
        Fault::new(
            FaultKind::TypeNotDeprecatedFault,
            "The type is currently registered and cannot be deleted in its current state",
        )
    }

    /// That run is not there, or not open.
    pub fn unknown_run(workflow_id: &str, run_id: RunId) -> Self {
        Fault::unknown_run_text(workflow_id, &run_id.to_string())
    }

    /// As [`Fault::unknown_run`], for a run id as the caller wrote it.
    pub fn unknown_run_text(workflow_id: &str, run_id: &str) -> Self {
        Fault::unknown(format!(
            "Unknown execution: WorkflowExecution=[workflowId={workflow_id}, runId={run_id}]"
        ))
    }

    /// No open execution of that workflow id.
    pub fn unknown_workflow(workflow_id: &str) -> Self {
        Fault::unknown(format!("Unknown execution, workflowId = {workflow_id}"))
    }

    /// That decision task is closed, or never was.
    pub fn unknown_decision_task(scheduled_event_id: EventId) -> Self {
        Fault::unknown(format!(
            "Unknown decision task, scheduledEventId = {scheduled_event_id}"
        ))
    }

    /// That activity task is closed, or never was.
    pub fn unknown_activity_task(scheduled_event_id: EventId) -> Self {
        Fault::unknown(format!(
            "Unknown activity, scheduledEventId = {scheduled_event_id}"
        ))
    }

    /// An execution of this workflow id is open.
    pub fn already_started() -> Self {
        Fault::new(FaultKind::WorkflowExecutionAlreadyStartedFault, "Already Started")
    }

    /// The node has as much work as it may hold.
    pub fn throttled() -> Self {
        Fault::new(FaultKind::ThrottlingException, "Rate exceeded")
    }

    /// The engine can't answer now.
    pub fn unavailable(why: impl Into<Cow<'static, str>>) -> Self {
        Fault::new(FaultKind::ServiceUnavailable, why)
    }
}
