//! Decisions that reach other runs of the domain.

use serde::Deserialize;

use crate::model::{
    Decision, RequestCancelExternalWorkflowExecution, RunName, SignalExternalWorkflowExecution,
};

use super::super::check::Check;
use super::Attributes;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Signal {
    workflow_id: Option<String>,
    run_id: Option<String>,
    signal_name: Option<String>,
    input: Option<String>,
    control: Option<String>,
}

impl Attributes for Signal {
    fn check(&self, check: &mut Check<'_>) -> Decision {
        let chars = 1..=check.limits().name_chars;
        SignalExternalWorkflowExecution {
            workflow_id: check.name("workflowId", self.workflow_id.as_deref()),
            run_id: check
                .optional_run_id("runId", self.run_id.as_deref())
                .map(RunName::from),
            signal_name: check.text("signalName", self.signal_name.as_deref(), chars),
            input: check.data("input", self.input.as_deref()),
            control: check.data("control", self.control.as_deref()),
        }
        .into()
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RequestCancel {
    workflow_id: Option<String>,
    run_id: Option<String>,
    control: Option<String>,
}

impl Attributes for RequestCancel {
    fn check(&self, check: &mut Check<'_>) -> Decision {
        RequestCancelExternalWorkflowExecution {
            workflow_id: check.name("workflowId", self.workflow_id.as_deref()),
            run_id: check
                .optional_run_id("runId", self.run_id.as_deref())
                .map(RunName::from),
            control: check.data("control", self.control.as_deref()),
        }
        .into()
    }
}
