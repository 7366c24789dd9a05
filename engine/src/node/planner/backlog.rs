//! Tasks that found no poller wait: here, and as rows in Postgres, where other nodes find them.

use std::collections::HashSet;

use crate::model::{Event, EventId, RunId};
use crate::store::{self, ClaimedTask, TaskKey, TaskKind, TaskRow};

use super::super::inputs::{Ask, Envelope, Input, Reply};
use super::super::matcher::ListKey;
use super::super::slot::Slot;
use super::Planner;
use super::advance::decides_here;

/// How long claimed task rows are held for this node's pollers.
const TASK_HOLD: std::time::Duration = std::time::Duration::from_secs(10);
/// Task rows claimed at once.
const TASKS_PER_CLAIM: usize = 1_000;

impl Planner {
    /// What a turn scheduled and nobody took.
    pub(super) fn offer_tasks(&mut self, run: RunId, events: &[Event]) {
        let Some(slot) = self.slots.get(&run).filter(|slot| slot.execution.is_open()) else {
            return;
        };
        for task in slot.waiting_activities(events) {
            self.offer(run, &task);
        }
        self.offer_decision(run);
    }

    /// The decision task of a run that no decider of this process makes.
    pub(super) fn offer_decision(&mut self, run: RunId) {
        let Some(slot) = self.slots.get(&run) else { return };
        if let Some(task) = self.polled_decision(slot) {
            self.offer(run, &task);
        }
    }

    /// The decision task that a decider may take, unless it is for deciders of this process.
    pub(super) fn polled_decision(&self, slot: &Slot) -> Option<TaskRow> {
        let waiting = slot.execution.deliverable_decision()?;
        if decides_here(&self.with.deciders, slot, waiting) {
            return None;
        }
        slot.waiting_decision()
    }

    fn offer(&mut self, run: RunId, task: &TaskRow) {
        let list = ListKey::of(task);
        let key = TaskKey {
            run,
            scheduled_event_id: task.scheduled_event_id,
        };
        self.matcher
            .add_task(&list, key, task.priority, task.scheduled_at);
        self.serve_backlog(&list);
    }

    /// A row said that a decision waits on a list that deciders of this process serve. If it does, `advance` will take
    /// it, unless the run is of a type that others decide.
    pub(super) fn look(&mut self, run: RunId, scheduled_event_id: EventId, envelope: Envelope) {
        let Some(slot) = self.slots.get(&run) else { return };
        let waits = slot.execution.deliverable_decision();
        if waits.is_some_and(|waiting| waiting.scheduled_event_id == scheduled_event_id) {
            self.offer_decision(run);
        } else if !slot.fresh && !envelope.verified {
            self.ask_again(run, envelope);
        } else {
            self.discard_task(TaskKey {
                run,
                scheduled_event_id,
            });
        }
    }

    pub(super) fn discard_task(&self, key: TaskKey) {
        let pool = self.with.pool.clone();
        tokio::spawn(async move {
            if let Err(error) = store::discard_tasks(&pool, &[key]).await {
                tracing::warn!(%error, "the row of a task that waits no longer can't be removed");
            }
        });
    }

    /// Tasks that other nodes left: for pollers that wait here, or for deciders of this process. `more`: there may be
    /// others like them.
    pub(super) fn claimed(&mut self, list: &ListKey, tasks: Vec<ClaimedTask>, more: bool) {
        let decided_here = list.kind == TaskKind::Decision && self.decider_lists().contains(list);
        for ClaimedTask {
            key,
            priority,
            scheduled_at,
        } in tasks
        {
            if !decided_here {
                self.matcher.add_task(list, key, priority, scheduled_at);
                continue;
            }
            let scheduled_event_id = key.scheduled_event_id;
            let envelope = Envelope {
                ask: Ask::Look { scheduled_event_id },
                consumes: None,
                reply: Reply::Nobody,
                verified: false,
            };
            self.ask_run(key.run, envelope);
        }
        if more {
            self.matcher.suspect_more_of(list);
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
                if domain.workflow_row(of).is_none() {
                    continue;
                }
                let default = domain.default_task_list(of);
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
            let ListKey { domain, kind, name } = &list;
            match store::claim_tasks(&pool, *domain, *kind, name, max as i64, TASK_HOLD).await {
                Ok(tasks) if tasks.is_empty() => {}
                Ok(tasks) => {
                    let more = tasks.len() >= max;
                    let _ = inputs.send(Input::Claimed { list, tasks, more }).await;
                }
                Err(error) => tracing::warn!(%error, "waiting tasks can't be claimed; trying again later"),
            }
        });
    }
}
