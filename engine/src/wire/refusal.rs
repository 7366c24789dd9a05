//! Faults as HTTP answers: status, code with its namespace, message.

use axum::http::StatusCode;

use crate::model::{Fault, FaultKind};

use super::auth::Denial;

/// Why a call was not answered.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The engine refused it.
    Fault(Fault),
    /// The body is not JSON, or a member has the wrong type.
    Serialization(String),
    /// It is not signed as it should be.
    NotAuthenticated(Denial),
    /// No such action.
    UnknownOperation(String),
    /// The body is too large.
    TooLarge,
    /// The body came too slowly.
    TooSlow,
    /// An answer could not be written; a bug.
    Internal(String),
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Refusal::Fault(fault)
    }
}

impl From<Denial> for Refusal {
    fn from(denial: Denial) -> Self {
        Refusal::NotAuthenticated(denial)
    }
}

impl Refusal {
    /// A request that breaks constraints.
    pub(super) fn validation(message: impl Into<String>) -> Self {
        Refusal::Fault(Fault::validation(message.into()))
    }

    /// There is no action of that name.
    pub(super) fn unknown_operation(name: &str) -> Self {
        let named: String = name.chars().take(64).collect();
        Refusal::UnknownOperation(format!("Unknown operation: {named}"))
    }

    /// The status of the answer. Clients look at the code; the status says whether to try again.
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Refusal::Fault(fault) if fault.kind == FaultKind::ServiceUnavailable => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Refusal::Fault(_)
            | Refusal::Serialization(_)
            | Refusal::NotAuthenticated(_)
            | Refusal::UnknownOperation(_) => StatusCode::BAD_REQUEST,
            Refusal::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Refusal::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Refusal::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The code, as AWS names it.
    pub(super) fn code(&self) -> String {
        match self {
            Refusal::Fault(fault) => fault_code(fault.kind),
            Refusal::Serialization(_) => "com.amazon.coral.service#SerializationException".to_owned(),
            Refusal::NotAuthenticated(denial) => format!("com.amazon.coral.service#{}", denial.code()),
            Refusal::UnknownOperation(_) => "com.amazon.coral.service#UnknownOperationException".to_owned(),
            Refusal::TooLarge => "com.amazon.coral.service#RequestEntityTooLargeException".to_owned(),
            Refusal::TooSlow => "com.amazon.coral.service#RequestTimeoutException".to_owned(),
            Refusal::Internal(_) => "com.amazon.coral.service#InternalFailure".to_owned(),
        }
    }

    /// What to tell the caller.
    pub(super) fn message(&self) -> &str {
        match self {
            Refusal::Fault(fault) => &fault.message,
            Refusal::Serialization(message)
            | Refusal::UnknownOperation(message)
            | Refusal::Internal(message) => message,
            Refusal::NotAuthenticated(denial) => denial.message(),
            Refusal::TooLarge => {
                "The request has more bytes than may be sent, or ended before it was complete"
            }
            Refusal::TooSlow => "The request's body did not arrive in time",
        }
    }
}

fn fault_code(kind: FaultKind) -> String {
    match kind {
        FaultKind::ValidationException => "com.amazon.coral.validate#ValidationException".to_owned(),
        FaultKind::ThrottlingException => "com.amazon.coral.availability#ThrottlingException".to_owned(),
        FaultKind::ServiceUnavailable => {
            "com.amazon.coral.availability#ServiceUnavailableException".to_owned()
        }
        kind => format!("com.amazonaws.swf.base.model#{kind:?}"),
    }
}
