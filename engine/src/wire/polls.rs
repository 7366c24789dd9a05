//! Long polls. A poll is answered the moment its task is durable, or empty when the wait is over. What waits is a name
//! and a channel: the request's body is dropped before.
//!
//! A task is taken over only when its answer is written. A caller who goes away before leaves it to the next one.

use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use crate::model::{ActivityType, Data, EventId, Fault, Text, WorkflowExecution};
use crate::node::{ActivityTask, Handed, Task};
use crate::store::TaskKind;

use super::check::Check;
use super::endpoint::Answer;
use super::refusal::Refusal;
use super::shapes::TaskListShape;
use super::visibility::Count;
use super::{Service, json};

impl Service {
    /// Waits with a poll as long as polls are held.
    pub(super) async fn hold<T: Into<Task>>(
        &self,
        poll: impl AsyncFnOnce(&CancellationToken) -> Result<Option<Handed<T>>, Fault>,
    ) -> Result<Option<Handed<T>>, Refusal> {
        let withdraw = CancellationToken::new();
        let mut polling = std::pin::pin!(poll(&withdraw));
        let polled = tokio::select! {
            biased;
            polled = &mut polling => polled,
            () = tokio::time::sleep(self.options.long_poll) => {
                withdraw.cancel();
                // A task that was just started for this poll still comes.
                polling.await
            }
        };
        Ok(polled?)
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PollForActivityTask {
    domain: Option<String>,
    task_list: Option<TaskListShape>,
    identity: Option<String>,
}

/// An activity task; without a token there is none.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct ActivityTaskAnswer {
    task_token: Option<String>,
    activity_id: Option<Text>,
    started_event_id: EventId,
    workflow_execution: Option<WorkflowExecution>,
    activity_type: Option<ActivityType>,
    input: Option<Data>,
}

pub(super) async fn activity_task(service: Service, request: PollForActivityTask) -> Result<Answer, Refusal> {
    let mut check = Check::new(service.node.limits());
    let domain = check.name("domain", request.domain.as_deref());
    let list = TaskListShape::required(request.task_list.as_ref(), &mut check, "taskList");
    let identity = check.identity(request.identity.as_deref());
    check.done()?;
    let domain_id = service.node.domain_id(&domain).await?;
    let polled = service
        .hold(async |withdraw| {
            let (node, list) = (&service.node, &list.name);
            node.poll_activity_task(&domain, list, identity, withdraw).await
        })
        .await?;
    let Some(handed) = polled else {
        return json::write(&ActivityTaskAnswer::default()).map(Some);
    };
    let written = json::write(&activity_answer(&service, domain_id, handed.task())?)?;
    handed.accept();
    Ok(Some(written))
}

fn activity_answer(
    service: &Service,
    domain_id: i32,
    task: &ActivityTask,
) -> Result<ActivityTaskAnswer, Refusal> {
    let token = service
        .seals
        .task_token(TaskKind::Activity, domain_id, &task.token)?;
    Ok(ActivityTaskAnswer {
        task_token: Some(token),
        activity_id: Some(task.scheduled.activity_id.clone()),
        started_event_id: task.token.started_event_id,
        workflow_execution: Some(task.execution.clone()),
        activity_type: Some(task.activity_type().clone()),
        input: task.input().cloned(),
    })
}

/// The list whose waiting tasks are counted.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CountPendingTasks {
    domain: Option<String>,
    task_list: Option<TaskListShape>,
}

impl CountPendingTasks {
    fn check(&self, service: &Service) -> Result<(Text, Text), Refusal> {
        let mut check = Check::new(service.node.limits());
        let domain = check.name("domain", self.domain.as_deref());
        let list = TaskListShape::required(self.task_list.as_ref(), &mut check, "taskList");
        check.done()?;
        Ok((domain, list.name))
    }
}

pub(super) async fn count_activity_tasks(
    service: Service,
    request: CountPendingTasks,
) -> Result<Count, Refusal> {
    let (domain, list) = request.check(&service)?;
    let count = service.node.count_pending_activity_tasks(&domain, &list).await?;
    Ok(Count::exact(count))
}

pub(super) async fn count_decision_tasks(
    service: Service,
    request: CountPendingTasks,
) -> Result<Count, Refusal> {
    let (domain, list) = request.check(&service)?;
    let count = service.node.count_pending_decision_tasks(&domain, &list).await?;
    Ok(Count::exact(count))
}

#[cfg(test)]
mod tests {
    use super::super::{actions, decision_tasks, endpoint};
    use super::*;

    /// The bytes of a call under way.
    fn size<A, F: Future>(_: impl Fn(A) -> F) -> usize {
        std::mem::size_of::<F>()
    }

    #[test]
    fn a_poll_that_waits_takes_little_room() {
        let polls = size(|(service, request)| decision_tasks::poll(service, request));
        let polls = polls.max(size(|(service, request)| activity_task(service, request)));
        let around = size(|(state, request)| endpoint::answer(state, request));
        let within = size(|(service, body)| actions::run(service, "PollForActivityTask", body));
        assert!(
            polls <= 3_072 && around <= 2_048 && within <= 256,
            "{polls} {around} {within}"
        );
    }
}
