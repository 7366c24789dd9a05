//! What a decider asks and answers about a decision task.

use uuid::Uuid;

use crate::core::{Command, Completion};
use crate::model::{Decision, EventId, Fault, RunId};
use crate::store;

use super::tasks::{DecisionTask, TaskToken};
use super::workflows::HistoryPage;
use super::{Node, database_failed};

impl Node {
    /// `RespondDecisionTaskCompleted`: durable when it returns. A decision that can't be carried out is answered by an
    /// event in its place, not by a fault.
    ///
    /// # Errors
    /// `UnknownResourceFault` when the attempt is over: timed out, answered, or its run closed;
    /// `ValidationException` when the list of decisions is not well-formed: then the task stays open.
    pub async fn complete_decision_task(
        &self,
        token: &TaskToken,
        completion: Completion,
    ) -> Result<(), Fault> {
        let command = Command::CompleteDecisionTask {
            scheduled_event_id: token.scheduled_event_id,
            started_event_id: token.started_event_id,
            completion,
            successor: RunId(Uuid::now_v7()),
        };
        self.respond(token, command).await
    }

    /// A decision task as it was handed out, also when it is over: for a further page of its events.
    ///
    /// # Errors
    /// `UnknownResourceFault` when there is no such run in the domain, or its retention has ended.
    pub async fn handed_decision_task(
        &self,
        domain: &str,
        token: TaskToken,
        previous_started_event_id: EventId,
    ) -> Result<DecisionTask, Fault> {
        let domain = self.domain(domain).await?;
        let found = store::find_run_by_id(&self.shared.pool, domain.record.id, token.run).await;
        let info = found
            .map_err(|error| database_failed(&error))?
            .ok_or_else(|| Fault::unknown_decision_task(token.scheduled_event_id))?;
        Ok(DecisionTask {
            token,
            domain: domain.name.clone(),
            execution: info.execution,
            workflow_type: info.workflow_type,
            previous_started_event_id,
            history: None,
        })
    }

    /// Reads the registry again if decisions of a run in that domain name types that can't be used, as far as this node
    /// knows: another node may have registered them a moment ago.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn learn_types(&self, domain: i32, decisions: &[Decision]) -> Result<(), Fault> {
        let registry = self.shared.registry.current();
        let is_usable = |decision: &Decision| {
            registry.by_id(domain).is_some_and(|domain| match decision {
                Decision::ScheduleActivityTask(task) => domain.may_schedule(&task.activity_type),
                Decision::StartChildWorkflowExecution(child) => domain.may_start(&child.workflow_type),
                _ => true,
            })
        };
        if decisions.iter().all(is_usable) {
            return Ok(());
        }
        self.refresh_registry().await
    }

    /// At most `limit` events of a decision task: those of its run up to the `DecisionTaskStarted` of this attempt,
    /// from `from` on, oldest first, or newest first. Without `from`, from what comes first.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn decision_history_page(
        &self,
        token: &TaskToken,
        from: Option<EventId>,
        limit: u32,
        newest_first: bool,
    ) -> Result<HistoryPage, Fault> {
        self.read_page(token.run, from, token.started_event_id, limit, newest_first)
            .await
    }
}
