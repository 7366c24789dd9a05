//! Waiting for tasks.

use std::sync::atomic::Ordering;

use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::model::Fault;
use crate::store::{self, TaskKind};

use super::inputs::Input;
use super::matcher::{ListKey, Poller};
use super::tasks::{ActivityTask, DecisionTask, Handed, Task};
use super::{Node, database_failed, stopped};

impl Node {
    /// `PollForActivityTask`: waits for a task of the list. To stop waiting, cancel `withdraw` and go on awaiting: a
    /// task that was started for this poller meanwhile is still returned, else `None`. A poll that is dropped gives
    /// its task, if it had one already, to the next poller of the list.
    ///
    /// # Errors
    /// `UnknownResourceFault` for the domain; `LimitExceededFault` when as many pollers wait on the list as may.
    pub async fn poll_activity_task(
        &self,
        domain: &str,
        task_list: &str,
        identity: Option<&str>,
        withdraw: &CancellationToken,
    ) -> Result<Option<Handed<ActivityTask>>, Fault> {
        let polled = self
            .poll(TaskKind::Activity, domain, task_list, identity, withdraw)
            .await?;
        Ok(polled.and_then(|handed| handed.narrow(Task::into_activity)))
    }

    /// `PollForDecisionTask`, as [`Node::poll_activity_task`]. It writes `DecisionTaskStarted` and starts the task's
    /// clock.
    ///
    /// # Errors
    /// As [`Node::poll_activity_task`].
    pub async fn poll_decision_task(
        &self,
        domain: &str,
        task_list: &str,
        identity: Option<&str>,
        withdraw: &CancellationToken,
    ) -> Result<Option<Handed<DecisionTask>>, Fault> {
        let polled = self
            .poll(TaskKind::Decision, domain, task_list, identity, withdraw)
            .await?;
        Ok(polled.and_then(|handed| handed.narrow(Task::into_decision)))
    }

    /// `CountPendingActivityTasks`: tasks of the list that wait for a worker; 0 for a list that nobody used.
    ///
    /// # Errors
    /// `UnknownResourceFault` for the domain.
    pub async fn count_pending_activity_tasks(&self, domain: &str, task_list: &str) -> Result<u64, Fault> {
        self.count_pending(TaskKind::Activity, domain, task_list).await
    }

    /// `CountPendingDecisionTasks`: tasks of the list that wait for a decider. One that waits for its run's started
    /// task to end is not on the list yet.
    ///
    /// # Errors
    /// `UnknownResourceFault` for the domain.
    pub async fn count_pending_decision_tasks(&self, domain: &str, task_list: &str) -> Result<u64, Fault> {
        self.count_pending(TaskKind::Decision, domain, task_list).await
    }

    async fn count_pending(&self, kind: TaskKind, domain: &str, task_list: &str) -> Result<u64, Fault> {
        let domain = self.domain(domain).await?.record.id;
        let counted = store::count_tasks(&self.shared.pool, domain, kind, &task_list.into()).await;
        counted.map_err(|error| database_failed(&error))
    }

    async fn poll(
        &self,
        kind: TaskKind,
        domain: &str,
        task_list: &str,
        identity: Option<&str>,
        withdraw: &CancellationToken,
    ) -> Result<Option<Handed<Task>>, Fault> {
        let list = ListKey {
            domain: self.domain(domain).await?.record.id,
            kind,
            name: task_list.into(),
        };
        let id = self.shared.poller_ids.fetch_add(1, Ordering::Relaxed);
        let (reply, mut answer) = oneshot::channel();
        let poller = Poller {
            id,
            identity: identity.map(Into::into),
            reply,
            withdraw: withdraw.clone(),
        };
        self.tell(Input::Poll(list.clone(), poller)).await?;
        let mut place = Place(Some((list.clone(), id)), &self.shared.planner);
        let answered = tokio::select! {
            biased;
            answered = &mut answer => answered,
            () = withdraw.cancelled() => {
                self.tell(Input::Withdraw(list, id)).await?;
                answer.await
            }
        };
        place.0 = None;
        answered.map_err(|_| stopped())?
    }
}

/// A poller's place in its list: left when the poll is dropped.
struct Place<'a>(Option<(ListKey, u64)>, &'a mpsc::Sender<Input>);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if let Some((list, id)) = self.0.take() {
            // With a full queue the place stays empty until its turn comes: nobody is handed a task there.
            let _ = self.1.try_send(Input::Withdraw(list, id));
        }
    }
}
