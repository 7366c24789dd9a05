//! Messages between runs.

use std::sync::Arc;

use crate::core::Command;
use crate::model::{Message, MessageId, Recipient, RunId, Text, WorkflowExecution, WorkflowType};
use crate::store::{self, StoreError, StoredMessage};

use super::super::inputs::{Ask, Envelope, Input, Reply, StartRequest, StartWhat};
use super::super::registry::Domain;
use super::Planner;

impl Planner {
    /// Takes a message to its run. Its row goes with the commit that delivers it.
    pub(super) fn deliver(&mut self, stored: StoredMessage) {
        let Some(domain) = self.with.registry.current().by_id(stored.domain).cloned() else {
            return;
        };
        if let Message::StartChild(child) = &stored.message
            && domain.workflow_row(&child.started.workflow_type).is_none()
        {
            return self.deliver_once_registered(child.started.workflow_type.clone(), stored);
        }
        let StoredMessage {
            id,
            recipient,
            message,
            ..
        } = stored;
        if let Message::StartChild(child) = message {
            let parent = child.started.parent_workflow_execution.clone();
            let Some(parent) = parent else {
                return self.discard_message(id);
            };
            let what = StartWhat::Child {
                parent,
                initiated_event_id: child.started.parent_initiated_event_id,
                started: Box::new(child.started),
            };
            return self.start(StartRequest {
                domain,
                workflow_id: child.workflow_id,
                what,
                consumes: Some(id),
                reply: None,
            });
        }
        let is_named = matches!(message, Message::Signal { .. } | Message::RequestCancel { .. });
        let command = Command::Deliver {
            source: id.source,
            message,
        };
        let envelope = Envelope {
            ask: Ask::Move(command),
            consumes: Some(id),
            reply: Reply::Nobody,
            verified: false,
        };
        match recipient {
            Recipient::Run(execution) if is_named => self.ask_named(domain, execution, envelope),
            Recipient::Run(execution) => self.ask_run(execution.run_id, envelope),
            Recipient::Workflow(workflow_id) | Recipient::NewRun(workflow_id) => {
                self.ask(domain, workflow_id, None, envelope);
            }
            Recipient::ChildOfSource(workflow_id) => self.ask_child(domain, workflow_id, envelope),
        }
    }

    /// A decider named this run. The id of a run of another workflow, or in another domain, names nobody.
    fn ask_named(&mut self, domain: Arc<Domain>, named: WorkflowExecution, envelope: Envelope) {
        if let Some(slot) = self.slots.get(&named.run_id) {
            let is_that = slot.execution.id == named && slot.domain.record.id == domain.record.id;
            return self.ask_run(if is_that { named.run_id } else { RunId::NOBODY }, envelope);
        }
        let (pool, inputs) = (self.with.pool.clone(), self.with.inputs.clone());
        tokio::spawn(async move {
            let WorkflowExecution { workflow_id, run_id } = named;
            match store::find_run(&pool, domain.record.id, &workflow_id, Some(run_id)).await {
                Ok(found) => {
                    let run = found.map_or(RunId::NOBODY, |info| info.execution.run_id);
                    let _ = inputs.send(Input::Run(run, envelope)).await;
                }
                Err(error) => tracing::warn!(%error, "a message can't be delivered; a sweep tries again"),
            }
        });
    }

    /// Another node, where the parent is, knows of a type that this one has yet to hear of.
    fn deliver_once_registered(&self, of: WorkflowType, stored: StoredMessage) {
        let (registry, inputs) = (Arc::clone(&self.with.registry), self.with.inputs.clone());
        tokio::spawn(async move {
            match registry.refresh().await {
                Ok(snapshot) => {
                    let domain = snapshot.by_id(stored.domain);
                    if domain.is_some_and(|domain| domain.workflow_row(&of).is_some()) {
                        let _ = inputs.send(Input::Messages(vec![stored])).await;
                    }
                }
                Err(error) => tracing::warn!(%error, "a child can't be started; a sweep tries again"),
            }
        });
    }

    /// A child policy reaches the open run of that workflow id, if it is the source's child.
    fn ask_child(&mut self, domain: Arc<Domain>, workflow_id: Text, envelope: Envelope) {
        let Some(id) = envelope.consumes else { return };
        let (pool, inputs) = (self.with.pool.clone(), self.with.inputs.clone());
        tokio::spawn(async move {
            match child_of_source(&pool, domain.record.id, &workflow_id, id).await {
                Ok(Child::Open(run)) => drop(inputs.send(Input::Run(run, envelope)).await),
                Ok(Child::NotYet) => {
                    tracing::debug!(%workflow_id, "a child is yet to begin; a sweep comes again")
                }
                Ok(Child::Gone) => discard(&pool, id).await,
                Err(error) => tracing::warn!(%error, "a message can't be delivered; a sweep tries again"),
            }
        });
    }

    /// Nobody is there to take it: the source is told if it waits for an answer.
    pub(super) fn undeliverable(&mut self, target: RunId, message: &Message, id: MessageId) {
        let (source, answer) = match message {
            Message::Signal {
                source,
                initiated_event_id,
                ..
            } => {
                let initiated_event_id = *initiated_event_id;
                (
                    source,
                    Message::SignalAnswer {
                        initiated_event_id,
                        taken_by: None,
                    },
                )
            }
            Message::RequestCancel {
                source,
                initiated_event_id,
            } if *initiated_event_id != 0 => {
                let initiated_event_id = *initiated_event_id;
                (
                    source,
                    Message::CancelAnswer {
                        initiated_event_id,
                        taken_by: None,
                    },
                )
            }
            _ => return self.discard_message(id),
        };
        self.answer_source(source.clone(), target, answer, Some(id));
    }

    /// Tells the source of a message what became of it; the message's row goes with that.
    pub(super) fn answer_source(
        &mut self,
        source: WorkflowExecution,
        from: RunId,
        message: Message,
        consumes: Option<MessageId>,
    ) {
        let command = Command::Deliver {
            source: from,
            message,
        };
        let envelope = Envelope {
            ask: Ask::Move(command),
            consumes,
            reply: Reply::Nobody,
            verified: false,
        };
        self.ask_run(source.run_id, envelope);
    }

    pub(super) fn discard_message(&self, id: MessageId) {
        let pool = self.with.pool.clone();
        tokio::spawn(async move { discard(&pool, id).await });
    }
}

/// Where the child that a child policy is for stands.
enum Child {
    Open(RunId),
    /// Its start is itself a message that is not delivered yet.
    NotYet,
    Gone,
}

/// The order matters: a start that is delivered between the two questions is seen by the second.
async fn child_of_source(
    pool: &sqlx::PgPool,
    domain: i32,
    workflow_id: &str,
    message: MessageId,
) -> Result<Child, StoreError> {
    if store::has_earlier_messages(pool, message).await? {
        return Ok(Child::NotYet);
    }
    let found = store::find_run(pool, domain, workflow_id, None).await?;
    let child = found.filter(|info| info.closed.is_none() && info.parent == Some(message.source));
    Ok(child.map_or(Child::Gone, |info| Child::Open(info.execution.run_id)))
}

async fn discard(pool: &sqlx::PgPool, id: MessageId) {
    if let Err(error) = store::discard_messages(pool, &[id]).await {
        tracing::warn!(%error, "a message that nobody waits for can't be removed; a sweep tries again");
    }
}
