//! Decision tasks for deciders, with the events that they have to look at, page by page.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::{Event, EventId, RunId, Text, Timestamp, WorkflowExecution, WorkflowType};
use crate::node::{DecisionTask, TaskToken};
use crate::store::TaskKind;

use super::check::Check;
use super::endpoint::Answer;
use super::page::{Page, PageArguments};
use super::refusal::Refusal;
use super::shapes::TaskListShape;
use super::{Service, json};

/// How long a page token is good for, as documented.
const TOKEN_LIFETIME_MILLIS: i64 = 24 * 3_600 * 1_000;

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PollForDecisionTask {
    domain: Option<String>,
    task_list: Option<TaskListShape>,
    #[serde(skip_serializing)]
    identity: Option<String>,
    start_at_previous_started_event: Option<bool>,
    #[serde(flatten)]
    page: PageArguments,
}

/// A decision task; without a token there is none.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct DecisionTaskAnswer {
    task_token: Option<String>,
    started_event_id: EventId,
    previous_started_event_id: EventId,
    workflow_execution: Option<WorkflowExecution>,
    workflow_type: Option<WorkflowType>,
    events: Option<Vec<Value>>,
    next_page_token: Option<String>,
}

/// Where a further page of a task begins.
#[derive(Deserialize, Serialize)]
struct Position {
    run: RunId,
    scheduled_event_id: EventId,
    started_event_id: EventId,
    previous_started_event_id: EventId,
    next: EventId,
    issued_at: Timestamp,
}

impl Position {
    fn check_age(&self, now: Timestamp) -> Result<(), Refusal> {
        if now.0.saturating_sub(self.issued_at.0) > TOKEN_LIFETIME_MILLIS {
            let message = "Specified token has exceeded its maximum lifetime";
            return Err(Refusal::validation(message));
        }
        Ok(())
    }
}

pub(super) async fn poll(service: Service, request: PollForDecisionTask) -> Result<Answer, Refusal> {
    let mut check = Check::new(service.node.limits());
    let domain = check.name("domain", request.domain.as_deref());
    let list = TaskListShape::required(request.task_list.as_ref(), &mut check, "taskList");
    let identity = check.identity(request.identity.as_deref());
    let page = request
        .page
        .check(&service.seals, &mut check, "PollForDecisionTask", &request);
    check.done()?;
    let shown = Shown {
        domain_id: service.node.domain_id(&domain).await?,
        page,
        since_previous: request.start_at_previous_started_event.unwrap_or(false),
    };
    if let Some(position) = shown.page.position()? {
        return shown.further_page(&service, &domain, &position).await;
    }
    let polled = service
        .hold(async |withdraw| {
            let (node, list) = (&service.node, &list.name);
            node.poll_decision_task(&domain, list, identity, withdraw).await
        })
        .await?;
    let Some(handed) = polled else {
        return json::write(&DecisionTaskAnswer::default()).map(Some);
    };
    let written = shown.write(&service, handed.task(), None).await?;
    handed.accept();
    Ok(Some(written))
}

/// How a task is shown to the caller.
struct Shown {
    domain_id: i32,
    page: Page,
    /// Only what the last completed task did not see.
    since_previous: bool,
}

impl Shown {
    async fn further_page(
        &self,
        service: &Service,
        domain: &Text,
        position: &Position,
    ) -> Result<Answer, Refusal> {
        position.check_age(service.node.now())?;
        let token = TaskToken {
            run: position.run,
            scheduled_event_id: position.scheduled_event_id,
            started_event_id: position.started_event_id,
        };
        let previous = position.previous_started_event_id;
        let task = service.node.handed_decision_task(domain, token, previous).await?;
        self.write(service, &task, Some(position.next)).await.map(Some)
    }

    /// The page from an event on, or the first.
    async fn write(
        &self,
        service: &Service,
        task: &DecisionTask,
        from: Option<EventId>,
    ) -> Result<Vec<u8>, Refusal> {
        let (part, next) = self.part(task, from);
        let events = self.events(service, task, part).await?;
        let next = next.map(|next| Position {
            run: task.token.run,
            scheduled_event_id: task.token.scheduled_event_id,
            started_event_id: task.token.started_event_id,
            previous_started_event_id: task.previous_started_event_id,
            next,
            issued_at: service.node.now(),
        });
        let token = service
            .seals
            .task_token(TaskKind::Decision, self.domain_id, &task.token)?;
        json::write(&DecisionTaskAnswer {
            task_token: Some(token),
            started_event_id: task.token.started_event_id,
            previous_started_event_id: task.previous_started_event_id,
            workflow_execution: Some(task.execution.clone()),
            workflow_type: Some(task.workflow_type.clone()),
            events: Some(events),
            next_page_token: self.page.token(next)?,
        })
    }

    /// The events of a page, and the one that the next page begins with. A history has no gaps.
    fn part(&self, task: &DecisionTask, from: Option<EventId>) -> (Part, Option<EventId>) {
        let last = task.token.started_event_id;
        let first = match self.since_previous {
            true => task.previous_started_event_id.max(1),
            false => 1,
        };
        let from = from.unwrap_or(if self.page.reversed { last } else { first });
        let left = match self.page.reversed {
            true => (from + 1).saturating_sub(first),
            false => (last + 1).saturating_sub(from),
        };
        let count = left.min(EventId::from(self.page.limit));
        let next = match self.page.reversed {
            _ if count == left => None,
            true => Some(from - count),
            false => Some(from + count),
        };
        (Part { from, count }, next)
    }

    /// The events as they are written; from memory, if they are at hand.
    async fn events(
        &self,
        service: &Service,
        task: &DecisionTask,
        part: Part,
    ) -> Result<Vec<Value>, Refusal> {
        let reversed = self.page.reversed;
        let written: Result<Vec<Value>, _> = match &task.history {
            Some(history) => part.of(history, reversed).map(Event::to_json).collect(),
            None => {
                let (from, limit) = (Some(part.from), part.count as u32);
                let page = service
                    .node
                    .decision_history_page(&task.token, from, limit, reversed)
                    .await?;
                page.events.iter().map(Event::to_json).collect()
            }
        };
        written.map_err(|error| Refusal::Internal(format!("An event can't be written: {error}")))
    }
}

/// Events that follow each other, from one on in either direction.
#[derive(Clone, Copy)]
struct Part {
    from: EventId,
    count: EventId,
}

impl Part {
    /// These events of a whole history.
    fn of(self, history: &[Event], reversed: bool) -> impl Iterator<Item = &Event> {
        let ids = (0..self.count).map(move |offset| match reversed {
            true => self.from - offset,
            false => self.from + offset,
        });
        ids.filter_map(|id| history.get(id as usize - 1))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn a_page_token_is_good_for_a_day() {
        let position = Position {
            run: RunId::NOBODY,
            scheduled_event_id: 2,
            started_event_id: 3,
            previous_started_event_id: 0,
            next: 2,
            issued_at: Timestamp(1_000),
        };
        position
            .check_age(Timestamp(1_000 + TOKEN_LIFETIME_MILLIS))
            .unwrap();
        let refused = position.check_age(Timestamp(1_001 + TOKEN_LIFETIME_MILLIS));
        assert_eq!(
            refused.unwrap_err().message(),
            "Specified token has exceeded its maximum lifetime"
        );
    }
}
