//! The decision to start a child.

use serde::Deserialize;

use crate::model::{ChildPolicy, Decision, StartChildWorkflowExecution};

use super::super::check::Check;
use super::super::shapes::{TaskListShape, TypeShape};
use super::Attributes;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Start {
    workflow_type: Option<TypeShape>,
    workflow_id: Option<String>,
    control: Option<String>,
    input: Option<String>,
    execution_start_to_close_timeout: Option<String>,
    task_list: Option<TaskListShape>,
    task_priority: Option<String>,
    task_start_to_close_timeout: Option<String>,
    child_policy: Option<String>,
    tag_list: Option<Vec<String>>,
    lambda_role: Option<String>,
}

impl Attributes for Start {
    fn check(&self, check: &mut Check<'_>) -> Decision {
        StartChildWorkflowExecution {
            workflow_type: TypeShape::check(self.workflow_type.as_ref(), check, "workflowType"),
            workflow_id: check.name("workflowId", self.workflow_id.as_deref()),
            control: check.data("control", self.control.as_deref()),
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
            lambda_role: check.lambda_role("lambdaRole", self.lambda_role.as_deref()),
        }
        .into()
    }
}
