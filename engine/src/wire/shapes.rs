//! Shapes that several actions share.

use serde::{Deserialize, Serialize};

use crate::model::{Fault, RegisteredType, RegistrationStatus, RunId, TaskList, Text, WorkflowExecution};

use super::Service;
use super::check::Check;
use super::refusal::Refusal;

/// Registered or deprecated: which of them a list is to have.
pub(super) fn registration_status(value: Option<&str>, check: &mut Check<'_>) -> RegistrationStatus {
    // In the order of SWF's messages.
    const ALL: &[RegistrationStatus] = &[RegistrationStatus::Registered, RegistrationStatus::Deprecated];
    check
        .required_one_of("registrationStatus", value, ALL)
        .unwrap_or(RegistrationStatus::Registered)
}

/// A type as requests name it.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct TypeShape {
    name: Option<String>,
    version: Option<String>,
}

impl TypeShape {
    /// A type that must be there.
    pub(super) fn check<T: RegisteredType>(shape: Option<&Self>, check: &mut Check<'_>, at: &str) -> T {
        let Some(shape) = shape else {
            check.missing(at);
            return T::named(Text::default(), Text::default());
        };
        T::named(
            check.name(&format!("{at}.name"), shape.name.as_deref()),
            check.version(&format!("{at}.version"), shape.version.as_deref()),
        )
    }
}

/// A task list as requests name it.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct TaskListShape {
    name: Option<String>,
}

impl TaskListShape {
    /// A task list that may be missing.
    pub(super) fn check(shape: Option<&Self>, check: &mut Check<'_>, at: &str) -> Option<TaskList> {
        let shape = shape?;
        Some(TaskList {
            name: check.name(&format!("{at}.name"), shape.name.as_deref()),
        })
    }

    /// A task list that must be there.
    pub(super) fn required(shape: Option<&Self>, check: &mut Check<'_>, at: &str) -> TaskList {
        if shape.is_none() {
            check.missing(at);
        }
        Self::check(shape, check, at).unwrap_or_else(|| TaskList::new(""))
    }
}

/// A run as requests name it.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ExecutionShape {
    workflow_id: Option<String>,
    run_id: Option<String>,
}

/// A run as a caller named it; whether its run id is one at all is looked at after the constraints.
pub(super) struct NamedExecution {
    workflow_id: Text,
    run_id: String,
}

impl ExecutionShape {
    /// A run that must be there.
    pub(super) fn check(shape: Option<&Self>, check: &mut Check<'_>, at: &str) -> NamedExecution {
        let (workflow_id, run_id) = match shape {
            Some(shape) => (shape.workflow_id.as_deref(), shape.run_id.as_deref()),
            None => {
                check.missing(at);
                (Some("-"), Some("-"))
            }
        };
        let run_id_at = format!("{at}.runId");
        let run_id = check.required(&run_id_at, run_id);
        check.length(
            &run_id_at,
            Some(run_id).filter(|_| shape.is_some_and(|shape| shape.run_id.is_some())),
            1..=64,
        );
        NamedExecution {
            workflow_id: check.name(&format!("{at}.workflowId"), workflow_id),
            run_id: run_id.to_owned(),
        }
    }
}

impl NamedExecution {
    /// The run of this domain, if its id is one; any other names nothing.
    pub(super) async fn resolve(self, service: &Service, domain: &str) -> Result<WorkflowExecution, Refusal> {
        let run_id = parse_run_id(service, domain, &self.workflow_id, &self.run_id).await?;
        Ok(WorkflowExecution {
            workflow_id: self.workflow_id,
            run_id,
        })
    }
}

/// A run id as a caller wrote it. One that names nothing is told after a domain that is not there.
pub(super) async fn parse_run_id(
    service: &Service,
    domain: &str,
    workflow_id: &str,
    run_id: &str,
) -> Result<RunId, Refusal> {
    if let Ok(run_id) = run_id.parse() {
        return Ok(run_id);
    }
    service.node.describe_domain(domain).await?;
    Err(Fault::unknown_run_text(workflow_id, run_id).into())
}
