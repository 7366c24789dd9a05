//! What the requests and answers about workflow types and about activity types differ in.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::model::{
    ActivityType, ActivityTypeDefaults, ChildPolicy, RegisteredType, WorkflowType, WorkflowTypeDefaults,
};

use super::check::Check;
use super::shapes::{TaskListShape, TypeShape};

/// A kind of types on the wire.
pub(super) trait WireType: RegisteredType<Defaults: Serialize> {
    /// How a request names one.
    type Asked: DeserializeOwned;
    /// How an answer names one.
    type Told: Serialize;
    /// The defaults as a registration gives them.
    type GivenDefaults: DeserializeOwned;

    /// The action that lists them, to which its page tokens belong.
    const LIST_ACTION: &'static str;

    /// The type that a request names.
    fn check_asked(asked: &Self::Asked, check: &mut Check<'_>) -> Self;

    /// Names it in an answer.
    fn tell(self) -> Self::Told;

    /// The defaults that a registration gives.
    fn check_defaults(given: &Self::GivenDefaults, check: &mut Check<'_>) -> Self::Defaults;
}

/// A workflow type as a member.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OfWorkflows<T> {
    workflow_type: T,
}

/// An activity type as a member.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OfActivities<T> {
    activity_type: T,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GivenWorkflowDefaults {
    default_task_start_to_close_timeout: Option<String>,
    default_execution_start_to_close_timeout: Option<String>,
    default_task_list: Option<TaskListShape>,
    default_task_priority: Option<String>,
    default_child_policy: Option<String>,
    default_lambda_role: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GivenActivityDefaults {
    default_task_start_to_close_timeout: Option<String>,
    default_task_heartbeat_timeout: Option<String>,
    default_task_list: Option<TaskListShape>,
    default_task_priority: Option<String>,
    default_task_schedule_to_start_timeout: Option<String>,
    default_task_schedule_to_close_timeout: Option<String>,
}

impl WireType for WorkflowType {
    type Asked = OfWorkflows<Option<TypeShape>>;
    type Told = OfWorkflows<WorkflowType>;
    type GivenDefaults = GivenWorkflowDefaults;

    const LIST_ACTION: &'static str = "ListWorkflowTypes";

    fn check_asked(asked: &Self::Asked, check: &mut Check<'_>) -> Self {
        TypeShape::check(asked.workflow_type.as_ref(), check, "workflowType")
    }

    fn tell(self) -> Self::Told {
        OfWorkflows { workflow_type: self }
    }

    fn check_defaults(given: &Self::GivenDefaults, check: &mut Check<'_>) -> Self::Defaults {
        WorkflowTypeDefaults {
            default_task_start_to_close_timeout: check.timeout(
                "defaultTaskStartToCloseTimeout",
                given.default_task_start_to_close_timeout.as_deref(),
                true,
            ),
            default_execution_start_to_close_timeout: check.execution_timeout(
                "defaultExecutionStartToCloseTimeout",
                given.default_execution_start_to_close_timeout.as_deref(),
            ),
            default_task_list: TaskListShape::check(
                given.default_task_list.as_ref(),
                check,
                "defaultTaskList",
            ),
            default_task_priority: check
                .priority("defaultTaskPriority", given.default_task_priority.as_deref()),
            default_child_policy: check.one_of(
                "defaultChildPolicy",
                given.default_child_policy.as_deref(),
                ChildPolicy::ALL,
            ),
            default_lambda_role: check.lambda_role("defaultLambdaRole", given.default_lambda_role.as_deref()),
        }
    }
}

impl WireType for ActivityType {
    type Asked = OfActivities<Option<TypeShape>>;
    type Told = OfActivities<ActivityType>;
    type GivenDefaults = GivenActivityDefaults;

    const LIST_ACTION: &'static str = "ListActivityTypes";

    fn check_asked(asked: &Self::Asked, check: &mut Check<'_>) -> Self {
        TypeShape::check(asked.activity_type.as_ref(), check, "activityType")
    }

    fn tell(self) -> Self::Told {
        OfActivities { activity_type: self }
    }

    fn check_defaults(given: &Self::GivenDefaults, check: &mut Check<'_>) -> Self::Defaults {
        ActivityTypeDefaults {
            default_task_start_to_close_timeout: check.timeout(
                "defaultTaskStartToCloseTimeout",
                given.default_task_start_to_close_timeout.as_deref(),
                true,
            ),
            default_task_heartbeat_timeout: check.timeout(
                "defaultTaskHeartbeatTimeout",
                given.default_task_heartbeat_timeout.as_deref(),
                true,
            ),
            default_task_list: TaskListShape::check(
                given.default_task_list.as_ref(),
                check,
                "defaultTaskList",
            ),
            default_task_priority: check
                .priority("defaultTaskPriority", given.default_task_priority.as_deref()),
            default_task_schedule_to_start_timeout: check.timeout(
                "defaultTaskScheduleToStartTimeout",
                given.default_task_schedule_to_start_timeout.as_deref(),
                true,
            ),
            default_task_schedule_to_close_timeout: check.timeout(
                "defaultTaskScheduleToCloseTimeout",
                given.default_task_schedule_to_close_timeout.as_deref(),
                true,
            ),
        }
    }
}
