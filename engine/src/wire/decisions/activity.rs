//! Decisions about activities.

use serde::Deserialize;

use crate::model::{Decision, RequestCancelActivityTask, ScheduleActivityTask};

use super::super::check::Check;
use super::super::shapes::{TaskListShape, TypeShape};
use super::Attributes;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Schedule {
    activity_type: Option<TypeShape>,
    activity_id: Option<String>,
    control: Option<String>,
    input: Option<String>,
    schedule_to_close_timeout: Option<String>,
    task_list: Option<TaskListShape>,
    task_priority: Option<String>,
    schedule_to_start_timeout: Option<String>,
    start_to_close_timeout: Option<String>,
    heartbeat_timeout: Option<String>,
}

impl Attributes for Schedule {
    fn check(&self, check: &mut Check<'_>) -> Decision {
        let timeout = |check: &mut Check<'_>, at: &str, value: &Option<String>| {
            check.timeout(at, value.as_deref(), true)
        };
        ScheduleActivityTask {
            activity_type: TypeShape::check(self.activity_type.as_ref(), check, "activityType"),
            activity_id: check.name("activityId", self.activity_id.as_deref()),
            control: check.data("control", self.control.as_deref()),
            input: check.data("input", self.input.as_deref()),
            schedule_to_close_timeout: timeout(
                check,
                "scheduleToCloseTimeout",
                &self.schedule_to_close_timeout,
            ),
            task_list: TaskListShape::check(self.task_list.as_ref(), check, "taskList"),
            task_priority: check.priority("taskPriority", self.task_priority.as_deref()),
            schedule_to_start_timeout: timeout(
                check,
                "scheduleToStartTimeout",
                &self.schedule_to_start_timeout,
            ),
            start_to_close_timeout: timeout(check, "startToCloseTimeout", &self.start_to_close_timeout),
            heartbeat_timeout: timeout(check, "heartbeatTimeout", &self.heartbeat_timeout),
        }
        .into()
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RequestCancel {
    activity_id: Option<String>,
}

impl Attributes for RequestCancel {
    fn check(&self, check: &mut Check<'_>) -> Decision {
        RequestCancelActivityTask {
            activity_id: check.name("activityId", self.activity_id.as_deref()),
        }
        .into()
    }
}
