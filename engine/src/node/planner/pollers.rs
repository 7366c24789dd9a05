//! Pollers get tasks: one that waits is started for them, in a commit; once that is durable it is handed over.

use std::sync::Arc;

use crate::core::Command;
use crate::model::{Event, EventAttributes, EventId, Fault, FaultKind, Identity, RunId};
use crate::store::{TaskKey, TaskKind};

use super::super::inputs::{Ask, Envelope, Reply};
use super::super::matcher::{ListKey, Poller};
use super::super::slot::Slot;
use super::super::tasks::{ActivityTask, DecisionTask, Handed, Task, TaskToken};
use super::Planner;
use super::advance::decides_here;

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
        while let Some(poller) = self.matcher.take_poller(list) {
            let Some(task) = self.matcher.take_task(list) else {
                return self.matcher.return_poller(list, poller);
            };
            let command = start_of(list.kind, task.scheduled_event_id, poller.identity.clone());
            let envelope = Envelope {
                ask: Ask::Move(command),
                consumes: None,
                reply: Reply::Task(list.clone(), poller),
                verified: false,
            };
            self.ask_run(task.run, envelope);
        }
    }

    /// Tasks that a turn schedules go to pollers that wait, in the same commit.
    pub(super) fn hand_out(&mut self, run: RunId) {
        let Some(slot) = self.slots.get(&run) else { return };
        let Some(turn) = &slot.turn else { return };
        let activities = turn
            .events
            .iter()
            .filter_map(|event| scheduled_activity(slot, event));
        let decision = slot
            .execution
            .deliverable_decision()
            .filter(|task| !decides_here(&self.with.deciders, slot, task))
            .map(|task| {
                (
                    task.scheduled_event_id,
                    TaskKind::Decision,
                    task.task_list.name.clone(),
                )
            });
        let domain = slot.domain.record.id;
        let found: Vec<_> = activities.chain(decision).collect();
        for (scheduled_event_id, kind, name) in found {
            let list = ListKey { domain, kind, name };
            if self.slots.get(&run).is_some_and(|slot| !slot.execution.is_open()) {
                return;
            }
            let Some(poller) = self.matcher.take_poller(&list) else {
                continue;
            };
            let envelope = Envelope {
                ask: Ask::Move(start_of(kind, scheduled_event_id, poller.identity.clone())),
                consumes: None,
                reply: Reply::Task(list, poller),
                verified: true,
            };
            self.step(run, envelope);
        }
    }

    /// The task was started for this poller, durably.
    pub(super) fn hand_over(&mut self, run: RunId, ask: &Ask, list: ListKey, poller: Poller) {
        match self.slots.get(&run).and_then(|slot| started_task(slot, ask)) {
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
        let started = match task {
            Task::Activity(_) => slot
                .execution
                .activities
                .get(&token.scheduled_event_id)
                .and_then(|activity| activity.started()),
            Task::Decision(_) => slot.execution.decisions.started.as_ref(),
        };
        slot.execution.is_open()
            && started.is_some_and(|started| started.started_event_id == token.started_event_id)
    }

    /// A row said that the task waits, and it does not: the row goes, the poller waits on.
    pub(super) fn task_gone(&mut self, run: RunId, ask: &Ask, list: ListKey, poller: Poller) {
        if let Some(scheduled_event_id) = started_by(ask) {
            self.discard_task(TaskKey {
                run,
                scheduled_event_id,
            });
        }
        self.poll(list, poller);
    }
}

/// An activity that this event scheduled and that still waits.
fn scheduled_activity(slot: &Slot, event: &Event) -> Option<(EventId, TaskKind, crate::model::Text)> {
    let EventAttributes::ActivityTaskScheduled(task) = &event.attributes else {
        return None;
    };
    let activity = slot.execution.activities.get(&event.id)?;
    (!activity.is_started()).then(|| (event.id, TaskKind::Activity, task.task_list.name.clone()))
}

fn start_of(kind: TaskKind, scheduled_event_id: EventId, identity: Option<Identity>) -> Command {
    match kind {
        TaskKind::Activity => Command::StartActivityTask {
            scheduled_event_id,
            identity,
        },
        TaskKind::Decision => Command::StartDecisionTask {
            scheduled_event_id,
            identity,
        },
    }
}

/// The task that was to be started.
fn started_by(ask: &Ask) -> Option<EventId> {
    match ask {
        Ask::Move(
            Command::StartActivityTask {
                scheduled_event_id, ..
            }
            | Command::StartDecisionTask {
                scheduled_event_id, ..
            },
        ) => Some(*scheduled_event_id),
        _ => None,
    }
}

/// The task that was started, as its poller gets it; none if it has ended already.
fn started_task(slot: &Slot, ask: &Ask) -> Option<Task> {
    let execution = &slot.execution;
    let token = |scheduled_event_id, started_event_id| TaskToken {
        run: execution.id.run_id,
        scheduled_event_id,
        started_event_id,
    };
    match ask {
        Ask::Move(Command::StartActivityTask {
            scheduled_event_id, ..
        }) => {
            let activity = execution.activities.get(scheduled_event_id)?;
            let started = activity.started()?;
            Some(Task::Activity(ActivityTask {
                token: token(*scheduled_event_id, started.started_event_id),
                domain: slot.domain.name.clone(),
                execution: execution.id.clone(),
                started_at: started.started_at,
                scheduled: Arc::clone(&activity.scheduled),
            }))
        }
        Ask::Move(Command::StartDecisionTask {
            scheduled_event_id, ..
        }) => {
            let started = execution.decisions.started.as_ref()?;
            (started.scheduled_event_id == *scheduled_event_id).then(|| {
                Task::Decision(DecisionTask {
                    token: token(*scheduled_event_id, started.started_event_id),
                    domain: slot.domain.name.clone(),
                    execution: execution.id.clone(),
                    workflow_type: execution.started.workflow_type.clone(),
                    previous_started_event_id: execution.decisions.previous_started_event_id,
                    history: slot.kept.whole(started.started_event_id),
                })
            })
        }
        _ => None,
    }
}
