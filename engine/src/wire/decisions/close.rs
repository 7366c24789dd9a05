//! Decisions that end the run.

use serde::Deserialize;

use crate::model::{
    CancelWorkflowExecution, ChildPolicy, CompleteWorkflowExecution, ContinueAsNewWorkflowExecution,
    Decision, FailWorkflowExecution,
};

use super::super::check::Check;
use super::super::shapes::TaskListShape;
use super::Attributes;

#[derive(Debug, Default, Deserialize)]
pub(super) struct Complete {
    result: Option<String>,
}

impl Attributes for Complete {
    fn check(&self, check: &mut Check<'_>) -> Decision {
        CompleteWorkflowExecution {
            result: check.data("result", self.result.as_deref()),
        }
        .into()
    }
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Fail {
    reason: Option<String>,
    details: Option<String>,
}

impl Attributes for Fail {
    fn check(&self, check: &mut Check<'_>) -> Decision {
        FailWorkflowExecution {
            reason: check.reason(self.reason.as_deref()),
            details: check.data("details", self.details.as_deref()),
        }
        .into()
    }
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Cancel {
    details: Option<String>,
}

impl Attributes for Cancel {
    fn check(&self, check: &mut Check<'_>) -> Decision {
        CancelWorkflowExecution {
            details: check.data("details", self.details.as_deref()),
        }
        .into()
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ContinueAsNew {
    input: Option<String>,
    execution_start_to_close_timeout: Option<String>,
    task_list: Option<TaskListShape>,
    task_priority: Option<String>,
    task_start_to_close_timeout: Option<String>,
    child_policy: Option<String>,
    tag_list: Option<Vec<String>>,
    workflow_type_version: Option<String>,
    lambda_role: Option<String>,
}

impl Attributes for ContinueAsNew {
    fn check(&self, check: &mut Check<'_>) -> Decision {
        ContinueAsNewWorkflowExecution {
            input: check.data("input", self.input.as_deref()),
            execution_start_to_close_timeout: check.execution_timeout(
                "executionStartToCloseTimeout",
                self.execution_start_to_close_timeout.as_deref(),
            ),
            task_list: TaskListShape::check(self.task_list.as_ref(), check, "taskList"),
            task_priority: check.priority("taskPriority", self.task_priority.as_deref()),
            task_start_to_close_timeout: check.timeout(
                "taskStartToCloseTimeout",
                self.task_start_to_close_timeout.as_deref(),
                true,
            ),
            child_policy: check.one_of("childPolicy", self.child_policy.as_deref(), ChildPolicy::ALL),
            tag_list: self
                .tag_list
                .as_deref()
                .map(|tags| check.tags("tagList", Some(tags))),
            workflow_type_version: self
                .workflow_type_version
                .as_deref()
                .map(|version| check.version("workflowTypeVersion", Some(version))),
            lambda_role: check.lambda_role("lambdaRole", self.lambda_role.as_deref()),
        }
        .into()
    }
}
