//! The worker's side: taking activity tasks and answering them.

use std::sync::atomic::Ordering;

use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use crate::core::Command;
use crate::model::{Data, Fault, Text};
use crate::store::TaskKind;

use super::inputs::{Ask, Envelope, Input, Reply};
use super::matcher::{ListKey, Poller};
use super::tasks::{ActivityTask, TaskToken};
use super::{Node, stopped};

impl Node {
    /// `PollForActivityTask`: waits for a task of the list. To stop waiting, cancel `withdraw` and go on awaiting: a
    /// task that was started for this poller meanwhile is still returned, else `None`. (A dropped future may lose a
    /// task to its timeout.)
    ///
    /// # Errors
    /// `UnknownResourceFault` for the domain.
    pub async fn poll_activity_task(
        &self,
        domain: &str,
        task_list: &str,
        identity: &str,
        withdraw: &CancellationToken,
    ) -> Result<Option<ActivityTask>, Fault> {
        let domain = self.domain(domain).await?;
        let list = ListKey {
            domain: domain.record.id,
            kind: TaskKind::Activity,
            name: task_list.into(),
        };
        let id = self.shared.poller_ids.fetch_add(1, Ordering::Relaxed);
        let (reply, mut answer) = oneshot::channel();
        let poller = Poller {
            id,
            identity: Some(identity.into()),
            reply,
        };
        self.tell(Input::Poll(list.clone(), poller)).await?;
        tokio::select! {
            biased;
            answer = &mut answer => return answer.map_err(|_| stopped())?,
            () = withdraw.cancelled() => {}
        }
        self.tell(Input::Withdraw(list, id)).await?;
        answer.await.map_err(|_| stopped())?
    }

    /// `RespondActivityTaskCompleted`: durable when it returns.
    ///
    /// # Errors
    /// `UnknownResourceFault` when the attempt is over: timed out, answered, or its run closed.
    pub async fn complete_activity(&self, token: &TaskToken, result: Option<Data>) -> Result<(), Fault> {
        self.check_data("result", result.as_deref())?;
        let TaskToken {
            scheduled_event_id,
            started_event_id,
            ..
        } = *token;
        self.respond(
            token,
            Command::CompleteActivityTask {
                scheduled_event_id,
                started_event_id,
                result,
            },
        )
        .await
    }

    /// `RespondActivityTaskFailed`: durable when it returns.
    ///
    /// # Errors
    /// `UnknownResourceFault` when the attempt is over.
    pub async fn fail_activity(
        &self,
        token: &TaskToken,
        reason: Option<Text>,
        details: Option<Data>,
    ) -> Result<(), Fault> {
        self.check_data("details", details.as_deref())?;
        let TaskToken {
            scheduled_event_id,
            started_event_id,
            ..
        } = *token;
        let command = Command::FailActivityTask {
            scheduled_event_id,
            started_event_id,
            reason,
            details,
        };
        self.respond(token, command).await
    }

    /// `RespondActivityTaskCanceled`: durable when it returns.
    ///
    /// # Errors
    /// `UnknownResourceFault` when the attempt is over.
    pub async fn cancel_activity(&self, token: &TaskToken, details: Option<Data>) -> Result<(), Fault> {
        self.check_data("details", details.as_deref())?;
        let TaskToken {
            scheduled_event_id,
            started_event_id,
            ..
        } = *token;
        self.respond(
            token,
            Command::CancelActivityTask {
                scheduled_event_id,
                started_event_id,
                details,
            },
        )
        .await
    }

    /// `RecordActivityTaskHeartbeat`: the worker is alive; answers whether it is asked to give up.
    ///
    /// # Errors
    /// `UnknownResourceFault` when the attempt is over.
    pub async fn heartbeat(&self, token: &TaskToken, details: Option<Data>) -> Result<bool, Fault> {
        self.check_data("details", details.as_deref())?;
        let TaskToken {
            scheduled_event_id,
            started_event_id,
            ..
        } = *token;
        let (reply, answer) = oneshot::channel();
        let ask = Ask::Heartbeat {
            scheduled_event_id,
            started_event_id,
            details,
        };
        let envelope = Envelope {
            ask,
            consumes: None,
            reply: Reply::Beat(reply),
            verified: false,
        };
        self.tell(Input::Run(token.run, envelope)).await?;
        answer.await.map_err(|_| stopped())?
    }

    async fn respond(&self, token: &TaskToken, command: Command) -> Result<(), Fault> {
        let (reply, answer) = oneshot::channel();
        self.tell(Input::Run(token.run, Envelope::calling(command, reply)))
            .await?;
        answer.await.map_err(|_| stopped())?
    }
}
