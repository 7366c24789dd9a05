//! Starting, steering and describing runs.

use serde::{Deserialize, Serialize};

use crate::core::NewRun;
use crate::model::{ChildPolicy, Data, RunId, TaskList, TaskPriority, Text, Timeout, Timestamp};

use super::Service;
use super::check::Check;
use super::refusal::Refusal;
use super::shapes::{ExecutionShape, TaskListShape, TypeShape, parse_run_id};
use super::visibility::ExecutionInfo;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StartWorkflowExecution {
    domain: Option<String>,
    workflow_id: Option<String>,
    workflow_type: Option<TypeShape>,
    task_list: Option<TaskListShape>,
    task_priority: Option<String>,
    input: Option<String>,
    execution_start_to_close_timeout: Option<String>,
    tag_list: Option<Vec<String>>,
    task_start_to_close_timeout: Option<String>,
    child_policy: Option<String>,
    lambda_role: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Run {
    run_id: RunId,
}

pub(super) async fn start(service: Service, request: StartWorkflowExecution) -> Result<Run, Refusal> {
    let mut check = Check::new(service.node.limits());
    let domain = check.name("domain", request.domain.as_deref());
    let workflow_id = check.name("workflowId", request.workflow_id.as_deref());
    let new = request.new_run(&mut check);
    check.done()?;
    let run_id = service.node.start_workflow(&domain, &workflow_id, new).await?;
    Ok(Run { run_id })
}

impl StartWorkflowExecution {
    fn new_run(&self, check: &mut Check<'_>) -> NewRun {
        NewRun {
            workflow_type: TypeShape::check(self.workflow_type.as_ref(), check, "workflowType"),
            task_list: TaskListShape::check(self.task_list.as_ref(), check, "taskList"),
            task_priority: check.priority("taskPriority", self.task_priority.as_deref()),
            input: check.data("input", self.input.as_deref()),
            execution_start_to_close_timeout: check.timeout(
                "executionStartToCloseTimeout",
                self.execution_start_to_close_timeout.as_deref(),
                false,
            ),
            tag_list: check.tags("tagList", self.tag_list.as_deref()),
            task_start_to_close_timeout: check.timeout(
                "taskStartToCloseTimeout",
                self.task_start_to_close_timeout.as_deref(),
                true,
            ),
            child_policy: check.one_of("childPolicy", self.child_policy.as_deref(), ChildPolicy::ALL),
            lambda_role: check.lambda_role("lambdaRole", self.lambda_role.as_deref()),
        }
    }
}

/// The members that name the run to steer, in three actions; without a run id, the open run.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Target {
    domain: Option<String>,
    workflow_id: Option<String>,
    run_id: Option<String>,
}

/// A target that keeps the constraints.
struct Named<'a> {
    domain: Text,
    workflow_id: Text,
    run_id: Option<&'a str>,
}

impl Target {
    fn check(&self, check: &mut Check<'_>) -> Named<'_> {
        Named {
            domain: check.name("domain", self.domain.as_deref()),
            workflow_id: check.name("workflowId", self.workflow_id.as_deref()),
            run_id: check.optional_run_id("runId", self.run_id.as_deref()),
        }
    }
}

impl Named<'_> {
    async fn run(&self, service: &Service) -> Result<Option<RunId>, Refusal> {
        match self.run_id {
            None => Ok(None),
            Some(run_id) => parse_run_id(service, &self.domain, &self.workflow_id, run_id)
                .await
                .map(Some),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SignalWorkflowExecution {
    #[serde(flatten)]
    target: Target,
    signal_name: Option<String>,
    input: Option<String>,
}

pub(super) async fn signal(service: Service, request: SignalWorkflowExecution) -> Result<(), Refusal> {
    let mut check = Check::new(service.node.limits());
    let named = request.target.check(&mut check);
    let chars = 1..=check.limits().name_chars;
    let signal_name = check.text("signalName", request.signal_name.as_deref(), chars);
    let input = check.data("input", request.input.as_deref());
    check.done()?;
    let run = named.run(&service).await?;
    service
        .node
        .signal_workflow(&named.domain, &named.workflow_id, run, &signal_name, input)
        .await?;
    Ok(())
}

#[derive(Debug, Deserialize)]
pub(super) struct RequestCancelWorkflowExecution {
    #[serde(flatten)]
    target: Target,
}

pub(super) async fn request_cancel(
    service: Service,
    request: RequestCancelWorkflowExecution,
) -> Result<(), Refusal> {
    let mut check = Check::new(service.node.limits());
    let named = request.target.check(&mut check);
    check.done()?;
    let run = named.run(&service).await?;
    service
        .node
        .request_cancel(&named.domain, &named.workflow_id, run)
        .await?;
    Ok(())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TerminateWorkflowExecution {
    #[serde(flatten)]
    target: Target,
    reason: Option<String>,
    details: Option<String>,
    child_policy: Option<String>,
}

pub(super) async fn terminate(service: Service, request: TerminateWorkflowExecution) -> Result<(), Refusal> {
    let limits = service.node.limits();
    let mut check = Check::new(limits);
    let named = request.target.check(&mut check);
    let reason = check.length("reason", request.reason.as_deref(), 0..=limits.reason_chars);
    let details = check.data("details", request.details.as_deref());
    let child_policy = check.one_of("childPolicy", request.child_policy.as_deref(), ChildPolicy::ALL);
    check.done()?;
    let run = named.run(&service).await?;
    service
        .node
        .terminate(
            &named.domain,
            &named.workflow_id,
            run,
            reason,
            details,
            child_policy,
        )
        .await?;
    Ok(())
}

#[derive(Debug, Deserialize)]
pub(super) struct DescribeWorkflowExecution {
    domain: Option<String>,
    execution: Option<ExecutionShape>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WorkflowExecutionDetail {
    execution_info: ExecutionInfo,
    execution_configuration: ExecutionConfiguration,
    open_counts: OpenCounts,
    latest_activity_task_timestamp: Option<Timestamp>,
    latest_execution_context: Option<Data>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ExecutionConfiguration {
    task_start_to_close_timeout: Option<Timeout>,
    execution_start_to_close_timeout: Option<Timeout>,
    task_list: TaskList,
    task_priority: Option<TaskPriority>,
    child_policy: ChildPolicy,
    lambda_role: Option<Text>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OpenCounts {
    open_activity_tasks: usize,
    open_decision_tasks: usize,
    open_timers: usize,
    open_child_workflow_executions: usize,
    open_lambda_functions: usize,
}

pub(super) async fn describe(
    service: Service,
    request: DescribeWorkflowExecution,
) -> Result<WorkflowExecutionDetail, Refusal> {
    let mut check = Check::new(service.node.limits());
    // In the order in which Amazon names what is wrong with them.
    let named = ExecutionShape::check(request.execution.as_ref(), &mut check, "execution");
    let domain = check.name("domain", request.domain.as_deref());
    check.done()?;
    let execution = named.resolve(&service, &domain).await?;
    let described = service.node.describe(&domain, &execution).await?;
    let open = described.open_counts;
    Ok(WorkflowExecutionDetail {
        execution_configuration: ExecutionConfiguration {
            task_start_to_close_timeout: described.task_start_to_close_timeout,
            execution_start_to_close_timeout: described.execution_start_to_close_timeout,
            task_list: described.task_list,
            task_priority: described.task_priority,
            child_policy: described.child_policy,
            lambda_role: described.lambda_role,
        },
        open_counts: OpenCounts {
            open_activity_tasks: open.activity_tasks,
            open_decision_tasks: open.decision_tasks,
            open_timers: open.timers,
            open_child_workflow_executions: open.child_workflow_executions,
            // This engine calls none.
            open_lambda_functions: 0,
        },
        latest_activity_task_timestamp: described.latest_activity_task_at,
        latest_execution_context: described.latest_execution_context,
        execution_info: ExecutionInfo::new(described.info),
    })
}
