//! Messages between runs, and tasks to pollers.

use std::collections::HashSet;
use std::sync::Arc;

use crate::core::Command;
use crate::model::{EventId, Message, MessageId, Recipient, RunId, Text, WorkflowExecution};
use crate::store::{self, ClaimedTask, StoreError, StoredMessage, TaskKey, TaskKind};

use super::super::inputs::{Ask, Envelope, Input, Reply, StartRequest, StartWhat};
use super::super::matcher::{ListKey, Poller};
use super::super::registry::Domain;
use super::Planner;

/// How long claimed task rows are held for this node's pollers.
const TASK_HOLD: std::time::Duration = std::time::Duration::from_secs(10);
/// Task rows claimed at once.
const TASKS_PER_CLAIM: usize = 1_000;

impl Planner {
    /// Takes a message to its run. Its row goes with the commit that delivers it.
    pub(super) fn deliver(&mut self, stored: StoredMessage) {
        let StoredMessage {
            id,
            domain,
            recipient,
            message,
        } = stored;
        let Some(domain) = self.with.registry.current().by_id(domain).cloned() else {
            return;
        };
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
            Recipient::Run(execution) => self.ask_run(execution.run_id, envelope),
            Recipient::Workflow(workflow_id) | Recipient::NewRun(workflow_id) => {
                self.ask(domain, workflow_id, None, envelope);
            }
            Recipient::ChildOfSource(workflow_id) => self.ask_child(domain, workflow_id, envelope),
        }
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

    /// Somebody waits for a task: one that waits here is started for him, else he waits too.
    pub(super) fn poll(&mut self, list: ListKey, poller: Poller) {
        if self.stopping.is_some() {
            let _ = poller.reply.send(Ok(None));
            return;
        }
        self.matcher.add_poller(list.clone(), poller);
        self.serve_backlog(&list);
    }

    /// Starts waiting tasks for waiting pollers.
    pub(super) fn serve_backlog(&mut self, list: &ListKey) {
        while let Some(poller) = self.matcher.take_poller(list) {
            let Some(task) = self.matcher.take_task(list) else {
                return self.matcher.return_poller(list, poller);
            };
            let identity = poller.identity.clone();
            let scheduled_event_id = task.scheduled_event_id;
            let command = Command::StartActivityTask {
                scheduled_event_id,
                identity,
            };
            let reply = Reply::Task(list.clone(), poller);
            self.ask_run(
                task.run,
                Envelope {
                    ask: Ask::Move(command),
                    consumes: None,
                    reply,
                    verified: false,
                },
            );
        }
    }

    /// A row said that the task waits, and it does not: the row goes, the poller waits on.
    pub(super) fn task_gone(&mut self, run: RunId, ask: &Ask, list: ListKey, poller: Poller) {
        if let Ask::Move(Command::StartActivityTask {
            scheduled_event_id, ..
        }) = ask
        {
            self.discard_task(TaskKey {
                run,
                scheduled_event_id: *scheduled_event_id,
            });
        }
        self.poll(list, poller);
    }

    /// A row said that a decision waits for a decider of this process. If it does, `advance` will take it.
    pub(super) fn look(&mut self, run: RunId, scheduled_event_id: EventId) {
        let Some(slot) = self.slots.get(&run) else { return };
        let waits = slot.execution.deliverable_decision();
        if waits.is_none_or(|waiting| waiting.scheduled_event_id != scheduled_event_id) {
            self.discard_task(TaskKey {
                run,
                scheduled_event_id,
            });
        }
    }

    fn discard_task(&self, key: TaskKey) {
        let pool = self.with.pool.clone();
        tokio::spawn(async move {
            if let Err(error) = store::discard_tasks(&pool, &[key]).await {
                tracing::warn!(%error, "the row of a task that waits no longer can't be removed");
            }
        });
    }

    /// Tasks that other nodes left: for pollers that wait here, or for deciders of this process.
    pub(super) fn claimed(&mut self, list: &ListKey, tasks: Vec<ClaimedTask>) {
        for task in tasks {
            match list.kind {
                TaskKind::Activity => {
                    self.matcher
                        .add_task(list, task.key, task.priority, task.scheduled_at);
                }
                TaskKind::Decision => {
                    let ask = Ask::Look {
                        scheduled_event_id: task.key.scheduled_event_id,
                    };
                    let reply = Reply::Nobody;
                    self.ask_run(
                        task.key.run,
                        Envelope {
                            ask,
                            consumes: None,
                            reply,
                            verified: true,
                        },
                    );
                }
            }
        }
        self.serve_backlog(list);
    }

    /// Other nodes may have left tasks.
    pub(super) fn tasks_elsewhere(&mut self) {
        self.matcher.suspect_more();
        for list in self.decider_lists() {
            self.claim(list, TASKS_PER_CLAIM);
        }
    }

    /// The task lists that deciders of this process serve, in the domains where their types are registered.
    fn decider_lists(&self) -> HashSet<ListKey> {
        let registry = self.with.registry.current();
        let mut lists = HashSet::new();
        for domain in registry.domains() {
            for (of, served) in self.with.deciders.types() {
                let Some(registered) = domain.types.workflows.get(of) else {
                    continue;
                };
                let default = registered.defaults.default_task_list.as_ref();
                lists.extend(default.into_iter().chain([served]).map(|list| ListKey {
                    domain: domain.record.id,
                    kind: TaskKind::Decision,
                    name: list.name.clone(),
                }));
            }
        }
        lists
    }

    /// Looks in Postgres for tasks of lists that have pollers here.
    pub(super) fn feed_pollers(&mut self) {
        for (list, wanted) in self.matcher.hungry() {
            self.claim(list, wanted.min(TASKS_PER_CLAIM));
        }
    }

    fn claim(&self, list: ListKey, max: usize) {
        let (pool, inputs) = (self.with.pool.clone(), self.with.inputs.clone());
        tokio::spawn(async move {
            let max = max as i64;
            match store::claim_tasks(&pool, list.domain, list.kind, &list.name, max, TASK_HOLD).await {
                Ok(tasks) if tasks.is_empty() => {}
                Ok(tasks) => drop(inputs.send(Input::Claimed(list, tasks)).await),
                Err(error) => tracing::warn!(%error, "waiting tasks can't be claimed; trying again later"),
            }
        });
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
