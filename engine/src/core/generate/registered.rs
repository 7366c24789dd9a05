//! The limits and types of the domain that scripts run in.

use crate::model::{
    ActivityType, ActivityTypeDefaults, ChildPolicy, DomainTypes, Limits, RegistrationStatus, TaskList,
    Timeout, TypeRecord, WorkflowType, WorkflowTypeDefaults,
};

use super::EPOCH;

/// Small limits, so that scripts run into them.
pub fn limits() -> Limits {
    Limits {
        open_activities: 3,
        open_timers: 3,
        open_children: 2,
        ..Limits::default()
    }
}

/// The types that scripts name: usable ones, deprecated ones and ones without defaults.
pub fn types() -> DomainTypes {
    let mut types = DomainTypes::default();
    for (version, status, with_defaults) in [
        ("1", RegistrationStatus::Registered, true),
        ("deprecated", RegistrationStatus::Deprecated, true),
        ("bare", RegistrationStatus::Registered, false),
    ] {
        let workflow = if with_defaults {
            workflow_defaults()
        } else {
            WorkflowTypeDefaults::default()
        };
        let activity = if with_defaults {
            activity_defaults()
        } else {
            ActivityTypeDefaults::default()
        };
        types
            .workflows
            .insert(WorkflowType::new("workflow", version), record(status, workflow));
        types
            .activities
            .insert(ActivityType::new("activity", version), record(status, activity));
    }
    types
}

fn record<D>(status: RegistrationStatus, defaults: D) -> TypeRecord<D> {
    TypeRecord {
        status,
        description: None,
        created: EPOCH,
        deprecated: None,
        defaults,
    }
}

fn workflow_defaults() -> WorkflowTypeDefaults {
    WorkflowTypeDefaults {
        default_task_start_to_close_timeout: Some(Timeout::Seconds(5)),
        default_execution_start_to_close_timeout: Some(Timeout::Seconds(120)),
        default_task_list: Some(TaskList::new("decisions")),
        default_task_priority: None,
        default_child_policy: Some(ChildPolicy::Terminate),
        default_lambda_role: None,
    }
}

fn activity_defaults() -> ActivityTypeDefaults {
    ActivityTypeDefaults {
        default_task_start_to_close_timeout: Some(Timeout::Seconds(6)),
        default_task_heartbeat_timeout: Some(Timeout::Seconds(4)),
        default_task_list: Some(TaskList::new("activities")),
        default_task_priority: None,
        default_task_schedule_to_start_timeout: Some(Timeout::Seconds(8)),
        default_task_schedule_to_close_timeout: Some(Timeout::Seconds(10)),
    }
}
