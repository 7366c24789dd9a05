//! Answers to tasks, and what workers say in between.

use serde::{Deserialize, Serialize};

use crate::core::Completion;
use crate::store::TaskKind;

use super::Service;
use super::check::Check;
use super::decisions::DecisionList;
use super::refusal::Refusal;
use super::shapes::TaskListShape;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RespondDecisionTaskCompleted {
    task_token: Option<String>,
    decisions: Option<DecisionList>,
    execution_context: Option<String>,
    task_list: Option<TaskListShape>,
    task_list_schedule_to_start_timeout: Option<String>,
}

pub(super) async fn decision_completed(
    service: Service,
    request: RespondDecisionTaskCompleted,
) -> Result<(), Refusal> {
    let mut check = Check::new(service.node.limits());
    let token = check.task_token(request.task_token.as_deref());
    let mut completion = request.completion(check)?;
    let (domain, attempt) = service.seals.attempt_in_domain(TaskKind::Decision, token)?;
    service.node.learn_types(domain, &completion.decisions).await?;
    completion.too_fast = service.throttle.too_fast(&completion.decisions);
    service.node.complete_decision_task(&attempt, completion).await?;
    Ok(())
}

impl RespondDecisionTaskCompleted {
    pub(super) fn completion(&self, mut check: Check<'_>) -> Result<Completion, Refusal> {
        let none = DecisionList::default();
        let decisions = self.decisions.as_ref().unwrap_or(&none);
        decisions.check_order()?;
        let completion = Completion {
            decisions: decisions.check(&mut check),
            execution_context: check.data("executionContext", self.execution_context.as_deref()),
            task_list: TaskListShape::check(self.task_list.as_ref(), &mut check, "taskList"),
            task_list_schedule_to_start_timeout: check.timeout(
                "taskListScheduleToStartTimeout",
                self.task_list_schedule_to_start_timeout.as_deref(),
                true,
            ),
            ..Completion::default()
        };
        check.done()?;
        decisions.check_specified()?;
        Ok(completion)
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RespondActivityTaskCompleted {
    task_token: Option<String>,
    result: Option<String>,
}

pub(super) async fn activity_completed(
    service: Service,
    request: RespondActivityTaskCompleted,
) -> Result<(), Refusal> {
    let mut check = Check::new(service.node.limits());
    let token = check.task_token(request.task_token.as_deref());
    let result = check.data("result", request.result.as_deref());
    check.done()?;
    let attempt = service.seals.attempt(TaskKind::Activity, token)?;
    service.node.complete_activity(&attempt, result).await?;
    Ok(())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RespondActivityTaskFailed {
    task_token: Option<String>,
    reason: Option<String>,
    details: Option<String>,
}

pub(super) async fn activity_failed(
    service: Service,
    request: RespondActivityTaskFailed,
) -> Result<(), Refusal> {
    let mut check = Check::new(service.node.limits());
    let token = check.task_token(request.task_token.as_deref());
    let reason = check.reason(request.reason.as_deref());
    let details = check.data("details", request.details.as_deref());
    check.done()?;
    let attempt = service.seals.attempt(TaskKind::Activity, token)?;
    service.node.fail_activity(&attempt, reason, details).await?;
    Ok(())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RespondActivityTaskCanceled {
    task_token: Option<String>,
    details: Option<String>,
}

pub(super) async fn activity_canceled(
    service: Service,
    request: RespondActivityTaskCanceled,
) -> Result<(), Refusal> {
    let mut check = Check::new(service.node.limits());
    let token = check.task_token(request.task_token.as_deref());
    let details = check.data("details", request.details.as_deref());
    check.done()?;
    let attempt = service.seals.attempt(TaskKind::Activity, token)?;
    service.node.cancel_activity(&attempt, details).await?;
    Ok(())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RecordActivityTaskHeartbeat {
    task_token: Option<String>,
    details: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ActivityTaskStatus {
    cancel_requested: bool,
}

pub(super) async fn heartbeat(
    service: Service,
    request: RecordActivityTaskHeartbeat,
) -> Result<ActivityTaskStatus, Refusal> {
    let limits = service.node.limits();
    let mut check = Check::new(limits);
    let token = check.task_token(request.task_token.as_deref());
    let details = check.length("details", request.details.as_deref(), 0..=limits.heartbeat_chars);
    check.done()?;
    let attempt = service.seals.attempt(TaskKind::Activity, token)?;
    let cancel_requested = service.node.heartbeat(&attempt, details.map(Into::into)).await?;
    Ok(ActivityTaskStatus { cancel_requested })
}
