//! What a worker answers to an activity task.

use tokio::sync::oneshot;

use crate::core::Command;
use crate::model::{Data, Fault, Text};

use super::inputs::{Ask, Envelope, Input, Reply};
use super::tasks::TaskToken;
use super::{Node, stopped};

impl Node {
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

    pub(super) async fn respond(&self, token: &TaskToken, command: Command) -> Result<(), Fault> {
        let (reply, answer) = oneshot::channel();
        self.tell(Input::Run(token.run, Envelope::calling(command, reply)))
            .await?;
        answer.await.map_err(|_| stopped())?
    }
}
