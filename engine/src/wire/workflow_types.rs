//! Workflow types.

use serde::{Deserialize, Serialize};

use crate::model::{ChildPolicy, TypeRecord, WorkflowType, WorkflowTypeDefaults};

use super::Service;
use super::check::Check;
use super::page::PageArguments;
use super::refusal::Refusal;
use super::shapes::{REGISTRATION_STATUSES, TaskListShape, TypeInfo, TypeShape};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RegisterWorkflowType {
    domain: Option<String>,
    name: Option<String>,
    version: Option<String>,
    description: Option<String>,
    default_task_start_to_close_timeout: Option<String>,
    default_execution_start_to_close_timeout: Option<String>,
    default_task_list: Option<TaskListShape>,
    default_task_priority: Option<String>,
    default_child_policy: Option<String>,
    default_lambda_role: Option<String>,
}

pub(super) async fn register(service: Service, request: RegisterWorkflowType) -> Result<(), Refusal> {
    let mut check = Check::new(service.node.limits());
    let domain = check.name("domain", request.domain.as_deref());
    let of = WorkflowType {
        name: check.name("name", request.name.as_deref()),
        version: check.version("version", request.version.as_deref()),
    };
    let description = check.length("description", request.description.as_deref(), 0..=1024);
    let defaults = request.defaults(&mut check);
    check.done()?;
    service
        .node
        .register_workflow_type(&domain, of, description, defaults)
        .await?;
    Ok(())
}

impl RegisterWorkflowType {
    fn defaults(&self, check: &mut Check<'_>) -> WorkflowTypeDefaults {
        WorkflowTypeDefaults {
            default_task_start_to_close_timeout: check.timeout(
                "defaultTaskStartToCloseTimeout",
                self.default_task_start_to_close_timeout.as_deref(),
                true,
            ),
            default_execution_start_to_close_timeout: check.timeout(
                "defaultExecutionStartToCloseTimeout",
                self.default_execution_start_to_close_timeout.as_deref(),
                false,
            ),
            default_task_list: TaskListShape::check(
                self.default_task_list.as_ref(),
                check,
                "defaultTaskList",
            ),
            default_task_priority: check
                .priority("defaultTaskPriority", self.default_task_priority.as_deref()),
            default_child_policy: check.one_of(
                "defaultChildPolicy",
                self.default_child_policy.as_deref(),
                ChildPolicy::ALL,
            ),
            default_lambda_role: check
                .length("defaultLambdaRole", self.default_lambda_role.as_deref(), 1..=1600)
                .map(Into::into),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DescribeWorkflowType {
    domain: Option<String>,
    workflow_type: Option<TypeShape>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WorkflowTypeDetail {
    type_info: TypeInfo<Named>,
    configuration: WorkflowTypeDefaults,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Named {
    workflow_type: WorkflowType,
}

pub(super) async fn describe(
    service: Service,
    request: DescribeWorkflowType,
) -> Result<WorkflowTypeDetail, Refusal> {
    let mut check = Check::new(service.node.limits());
    let domain = check.name("domain", request.domain.as_deref());
    let of = TypeShape::workflow(request.workflow_type.as_ref(), &mut check, "workflowType");
    check.done()?;
    let record = service.node.describe_workflow_type(&domain, &of).await?;
    let configuration = record.defaults.clone();
    Ok(WorkflowTypeDetail {
        type_info: info(of, record),
        configuration,
    })
}

fn info(workflow_type: WorkflowType, record: TypeRecord<WorkflowTypeDefaults>) -> TypeInfo<Named> {
    TypeInfo {
        of: Named { workflow_type },
        status: record.status,
        description: record.description,
        creation_date: record.created,
        deprecation_date: record.deprecated,
    }
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListWorkflowTypes {
    domain: Option<String>,
    name: Option<String>,
    registration_status: Option<String>,
    #[serde(flatten)]
    page: PageArguments,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WorkflowTypeInfos {
    type_infos: Vec<TypeInfo<Named>>,
    next_page_token: Option<String>,
}

pub(super) async fn list(service: Service, request: ListWorkflowTypes) -> Result<WorkflowTypeInfos, Refusal> {
    let mut check = Check::new(service.node.limits());
    let domain = check.name("domain", request.domain.as_deref());
    let name = check.optional_name("name", request.name.as_deref());
    let status = check.required_one_of(
        "registrationStatus",
        request.registration_status.as_deref(),
        REGISTRATION_STATUSES,
    );
    let page = request.page.check(&mut check, "ListWorkflowTypes", &request);
    check.done()?;
    let mut types = service.node.list_workflow_types(&domain).await?;
    types.retain(|(of, record)| {
        Some(record.status) == status && name.as_ref().is_none_or(|name| *name == of.name)
    });
    let (types, next_page_token) = page.cut(types, |(of, _)| of.clone())?;
    Ok(WorkflowTypeInfos {
        type_infos: types.into_iter().map(|(of, record)| info(of, record)).collect(),
        next_page_token,
    })
}
