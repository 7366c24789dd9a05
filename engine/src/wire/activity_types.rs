//! Activity types.

use serde::{Deserialize, Serialize};

use crate::model::{ActivityType, ActivityTypeDefaults, TypeRecord};

use super::Service;
use super::check::Check;
use super::page::PageArguments;
use super::refusal::Refusal;
use super::shapes::{REGISTRATION_STATUSES, TaskListShape, TypeInfo, TypeShape};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RegisterActivityType {
    domain: Option<String>,
    name: Option<String>,
    version: Option<String>,
    description: Option<String>,
    default_task_start_to_close_timeout: Option<String>,
    default_task_heartbeat_timeout: Option<String>,
    default_task_list: Option<TaskListShape>,
    default_task_priority: Option<String>,
    default_task_schedule_to_start_timeout: Option<String>,
    default_task_schedule_to_close_timeout: Option<String>,
}

pub(super) async fn register(service: Service, request: RegisterActivityType) -> Result<(), Refusal> {
    let mut check = Check::new(service.node.limits());
    let domain = check.name("domain", request.domain.as_deref());
    let of = ActivityType {
        name: check.name("name", request.name.as_deref()),
        version: check.version("version", request.version.as_deref()),
    };
    let description = check.length("description", request.description.as_deref(), 0..=1024);
    let defaults = request.defaults(&mut check);
    check.done()?;
    service
        .node
        .register_activity_type(&domain, of, description, defaults)
        .await?;
    Ok(())
}

impl RegisterActivityType {
    fn defaults(&self, check: &mut Check<'_>) -> ActivityTypeDefaults {
        ActivityTypeDefaults {
            default_task_start_to_close_timeout: check.timeout(
                "defaultTaskStartToCloseTimeout",
                self.default_task_start_to_close_timeout.as_deref(),
                true,
            ),
            default_task_heartbeat_timeout: check.timeout(
                "defaultTaskHeartbeatTimeout",
                self.default_task_heartbeat_timeout.as_deref(),
                true,
            ),
            default_task_list: TaskListShape::check(
                self.default_task_list.as_ref(),
                check,
                "defaultTaskList",
            ),
            default_task_priority: check
                .priority("defaultTaskPriority", self.default_task_priority.as_deref()),
            default_task_schedule_to_start_timeout: check.timeout(
                "defaultTaskScheduleToStartTimeout",
                self.default_task_schedule_to_start_timeout.as_deref(),
                true,
            ),
            default_task_schedule_to_close_timeout: check.timeout(
                "defaultTaskScheduleToCloseTimeout",
                self.default_task_schedule_to_close_timeout.as_deref(),
                true,
            ),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DescribeActivityType {
    domain: Option<String>,
    activity_type: Option<TypeShape>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ActivityTypeDetail {
    type_info: TypeInfo<Named>,
    configuration: ActivityTypeDefaults,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Named {
    activity_type: ActivityType,
}

pub(super) async fn describe(
    service: Service,
    request: DescribeActivityType,
) -> Result<ActivityTypeDetail, Refusal> {
    let mut check = Check::new(service.node.limits());
    let domain = check.name("domain", request.domain.as_deref());
    let of = TypeShape::activity(request.activity_type.as_ref(), &mut check, "activityType");
    check.done()?;
    let record = service.node.describe_activity_type(&domain, &of).await?;
    let configuration = record.defaults.clone();
    Ok(ActivityTypeDetail {
        type_info: info(of, record),
        configuration,
    })
}

fn info(activity_type: ActivityType, record: TypeRecord<ActivityTypeDefaults>) -> TypeInfo<Named> {
    TypeInfo {
        of: Named { activity_type },
        status: record.status,
        description: record.description,
        creation_date: record.created,
        deprecation_date: record.deprecated,
    }
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListActivityTypes {
    domain: Option<String>,
    name: Option<String>,
    registration_status: Option<String>,
    #[serde(flatten)]
    page: PageArguments,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ActivityTypeInfos {
    type_infos: Vec<TypeInfo<Named>>,
    next_page_token: Option<String>,
}

pub(super) async fn list(service: Service, request: ListActivityTypes) -> Result<ActivityTypeInfos, Refusal> {
    let mut check = Check::new(service.node.limits());
    let domain = check.name("domain", request.domain.as_deref());
    let name = check.optional_name("name", request.name.as_deref());
    let status = check.required_one_of(
        "registrationStatus",
        request.registration_status.as_deref(),
        REGISTRATION_STATUSES,
    );
    let page = request.page.check(&mut check, "ListActivityTypes", &request);
    check.done()?;
    let mut types = service.node.list_activity_types(&domain).await?;
    types.retain(|(of, record)| {
        Some(record.status) == status && name.as_ref().is_none_or(|name| *name == of.name)
    });
    let (types, next_page_token) = page.cut(types, |(of, _)| of.clone())?;
    Ok(ActivityTypeInfos {
        type_infos: types.into_iter().map(|(of, record)| info(of, record)).collect(),
        next_page_token,
    })
}
