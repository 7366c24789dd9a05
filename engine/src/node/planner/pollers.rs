//! Pollers get tasks: one that waits is started for them, in a commit; once that is durable it is handed over.

use std::sync::Arc;

use crate::core::Command;
use crate::model::{EventId, Fault, FaultKind, RunId};
use crate::store::{TaskKey, TaskKind};

use super::super::inputs::{Ask, Envelope, Reply};
use super::super::matcher::{ListKey, Poller};
use super::super::slot::Slot;
use super::super::tasks::{ActivityTask, DecisionTask, Handed, Task, TaskToken};
use super::Planner;

impl Planner {
    /// Somebody comes to wait for a task.
    pub(super) fn take_in(&mut self, list: ListKey, poller: Poller) {
        if self.matcher.pollers(&list) >= self.with.limits.pollers_per_list {
            let why = "Limit on maximum concurrent poll requests per task list reached";
            let _ = poller
                .reply
                .send(Err(Fault::new(FaultKind::LimitExceededFault, why)));
        } else {
            self.poll(list, poller);
        }
    }

    /// Somebody waits for a task: one that waits here is started for him, else he waits too.
    pub(super) fn poll(&mut self, list: ListKey, poller: Poller) {
        if self.draining || !poller.waits() {
            return poller.send_away();
        }
        while let Some(task) = self.matcher.take_returned(&list) {
            if self.is_started(&task) {
                return self.hand(list, poller, task);
            }
        }
        self.matcher.add_poller(list.clone(), poller);
        self.serve_backlog(&list);
    }

    /// Starts waiting tasks for waiting pollers.
    pub(super) fn serve_backlog(&mut self, list: &ListKey) {
        while let Some((task, poller)) = self.matcher.pair(list) {
            let start = starting(list.clone(), task.scheduled_event_id, poller);
            self.ask_run(task.run, start);
        }
    }

    /// Tasks that a turn schedules go to pollers that wait, in the same commit.
    pub(super) fn hand_out(&mut self, run: RunId) {
        let Some(slot) = self.slots.get(&run) else { return };
        let Some(turn) = &slot.turn else { return };
        let mut waiting = slot.waiting_activities(&turn.events);
        waiting.extend(self.polled_decision(slot));
        for task in waiting {
            let list = ListKey::of(&task);
            if self.slots.get(&run).is_some_and(|slot| !slot.execution.is_open()) {
                return;
            }
            let Some(poller) = self.matcher.take_poller(&list) else {
                continue;
            };
            let start = Envelope {
                verified: true,
                ..starting(list, task.scheduled_event_id, poller)
            };
            self.step(run, start);
        }
    }

    /// The task was started for this poller, durably.
    pub(super) fn hand_over(
        &mut self,
        run: RunId,
        list: ListKey,
        scheduled_event_id: EventId,
        poller: Poller,
    ) {
        let slot = self.slots.get(&run);
        match slot.and_then(|slot| started_task(slot, list.kind, scheduled_event_id)) {
            Some(task) => self.hand(list, poller, task),
            None => self.poll(list, poller),
        }
    }

    /// A poller that is gone drops what it is handed, and it comes back.
    fn hand(&self, list: ListKey, poller: Poller, task: Task) {
        let handed = Handed::new(task, list, self.with.inputs.clone());
        let _ = poller.reply.send(Ok(Some(handed)));
    }

    /// A started task did not reach its poller: the next one gets it.
    pub(super) fn give_back(&mut self, list: ListKey, task: Task) {
        if self.stopping.is_some() || !self.is_started(&task) {
            return;
        }
        match self.matcher.take_poller(&list) {
            Some(poller) => self.hand(list, poller, task),
            None if self.matcher.keep_returned(list, task) => {}
            None => {
                tracing::warn!("too many tasks were given back by pollers that went away; one will time out")
            }
        }
    }

    /// Whether this attempt still goes on, as far as is known here.
    fn is_started(&self, task: &Task) -> bool {
        let token = task.token();
        let Some(slot) = self.slots.get(&token.run) else {
            return true;
        };
        let kind = match task {
            Task::Activity(_) => TaskKind::Activity,
            Task::Decision(_) => TaskKind::Decision,
        };
        let started = slot.started(kind, token.scheduled_event_id);
        slot.execution.is_open()
            && started.is_some_and(|started| started.started_event_id == token.started_event_id)
    }

    /// A row said that the task waits, and it does not: the row goes, the poller waits on.
    pub(super) fn task_gone(
        &mut self,
        run: RunId,
        list: ListKey,
        scheduled_event_id: EventId,
        poller: Poller,
    ) {
        self.discard_task(TaskKey {
            run,
            scheduled_event_id,
        });
        self.poll(list, poller);
    }
}

/// Asks a run to start a task of the list for this poller.
fn starting(list: ListKey, scheduled_event_id: EventId, poller: Poller) -> Envelope {
    let identity = poller.identity.clone();
    let command = match list.kind {
        TaskKind::Activity => Command::StartActivityTask {
            scheduled_event_id,
            identity,
        },
        TaskKind::Decision => Command::StartDecisionTask {
            scheduled_event_id,
            identity,
        },
    };
    Envelope {
        ask: Ask::Move(command),
        consumes: None,
        reply: Reply::Task {
            list,
            scheduled_event_id,
            poller,
        },
        verified: false,
    }
}

/// The task that was started, as its poller gets it; none if it has ended already.
fn started_task(slot: &Slot, kind: TaskKind, scheduled_event_id: EventId) -> Option<Task> {
    let execution = &slot.execution;
    let started = slot.started(kind, scheduled_event_id)?;
    let token = TaskToken {
        run: execution.id.run_id,
        scheduled_event_id,
        started_event_id: started.started_event_id,
    };
    let domain = slot.domain.name.clone();
    Some(match kind {
        TaskKind::Activity => Task::Activity(ActivityTask {
            token,
            domain,
            execution: execution.id.clone(),
            started_at: started.started_at,
            scheduled: Arc::clone(&execution.activities.get(&scheduled_event_id)?.scheduled),
        }),
        TaskKind::Decision => Task::Decision(DecisionTask {
            token,
            domain,
            execution: execution.id.clone(),
            workflow_type: execution.started.workflow_type.clone(),
            previous_started_event_id: execution.decisions.previous_started_event_id,
            history: slot.kept.whole(started.started_event_id),
        }),
    })
}
