//! What is asked of a run is applied to its state and joins its open turn.

use std::sync::Arc;
use std::time::Instant;

use crate::core::{self, Command, Rules};
use crate::model::{Event, Fault, RunId, Text, Timestamp};
use crate::store::{self, StoreError};

use super::super::inputs::{Ask, Envelope, Input, Reply};
use super::super::registry::Domain;
use super::super::slot::{OpenTurn, Slot};
use super::{Planner, Setup};

/// Envelopes that may wait for one run; more are refused.
const MAILBOX_MAX: usize = 10_000;

impl Planner {
    /// A caller names a workflow id and perhaps a run.
    pub(super) fn ask(
        &mut self,
        domain: Arc<Domain>,
        workflow_id: Text,
        run: Option<RunId>,
        envelope: Envelope,
    ) {
        let known = run.or_else(|| {
            self.open_ids
                .get(&(domain.record.id, workflow_id.clone()))
                .copied()
        });
        match known {
            Some(run) => self.ask_bounded(run, envelope),
            None => self.resolve(domain, workflow_id, envelope),
        }
    }

    fn ask_bounded(&mut self, run: RunId, envelope: Envelope) {
        if self
            .slots
            .get(&run)
            .is_some_and(|slot| slot.mailbox.len() >= MAILBOX_MAX)
        {
            self.refuse(run, envelope, Fault::throttled());
        } else {
            self.ask_run(run, envelope);
        }
    }

    fn resolve(&mut self, domain: Arc<Domain>, workflow_id: Text, envelope: Envelope) {
        let (pool, inputs) = (self.with.pool.clone(), self.with.inputs.clone());
        tokio::spawn(async move {
            let found = store::find_open(&pool, domain.record.id, &workflow_id).await;
            let _ = inputs
                .send(Input::Resolved {
                    workflow_id,
                    found,
                    envelope,
                })
                .await;
        });
    }

    pub(super) fn resolved(
        &mut self,
        workflow_id: &str,
        found: Result<Option<RunId>, StoreError>,
        envelope: Envelope,
    ) {
        match found {
            Ok(Some(run)) => self.ask_bounded(run, envelope),
            Ok(None) => self.refuse(RunId::NOBODY, envelope, Fault::unknown_workflow(workflow_id)),
            Err(error) => {
                let fault = Fault::unavailable(format!("the database can't be asked: {error}"));
                self.refuse(RunId::NOBODY, envelope, fault);
            }
        }
    }

    /// Applies what waits for the run, unless its state is in use.
    pub(super) fn work(&mut self, run: RunId) {
        while let Some(slot) = self.slots.get_mut(&run).filter(|slot| slot.may_move()) {
            slot.used = Instant::now();
            let Some(envelope) = slot.mailbox.pop_front() else {
                break;
            };
            self.apply_envelope(run, envelope);
        }
        self.advance(run);
    }

    /// Applies this after what waits for the run already.
    pub(super) fn work_on(&mut self, run: RunId, envelope: Envelope) {
        let Some(slot) = self.slots.get_mut(&run) else {
            return;
        };
        if slot.mailbox.is_empty() && slot.may_move() {
            self.apply_envelope(run, envelope);
        } else {
            slot.mailbox.push_back(envelope);
        }
        self.work(run);
    }

    fn apply_envelope(&mut self, run: RunId, envelope: Envelope) {
        let Some(slot) = self.slots.get_mut(&run) else {
            return;
        };
        match (&envelope.ask, &mut slot.turn) {
            // These write no event, so no commit would hold back what they tell or remove: they wait for it.
            (Ask::Heartbeat { .. } | Ask::Look { .. }, Some(turn)) => turn.deferred.push(envelope),
            (Ask::Heartbeat { .. }, None) => self.beat(run, envelope),
            (Ask::Look { scheduled_event_id }, None) => self.look(run, *scheduled_event_id, envelope),
            (Ask::Sweep { stored }, _) => {
                slot.stored_deadline = Some(*stored);
                slot.rewrite_deadline = true;
                let ask = Ask::Move(Command::FireDue);
                self.step(run, Envelope { ask, ..envelope });
            }
            (Ask::Move(_), _) => self.step(run, envelope),
        }
    }

    pub(super) fn step(&mut self, run: RunId, envelope: Envelope) {
        let now = self.with.clock.now();
        let Some(slot) = self.slots.get_mut(&run) else {
            return;
        };
        let Ask::Move(command) = &envelope.ask else { return };
        // Another node may have taken heartbeats for this run: look before one of them is missed.
        if matches!(command, Command::FireDue) && !slot.fresh && slot.execution.heartbeat_due(now) {
            return self.ask_again(run, envelope);
        }
        match apply(&self.with, slot, command, now) {
            Ok(events) if events.is_empty() && slot.turn.is_none() => self.nothing_to_do(run, envelope),
            Ok(events) => {
                let turn = slot.turn.get_or_insert_with(OpenTurn::boxed);
                turn.events.extend(events);
                turn.asked.push((envelope, Ok(())));
            }
            Err(_) if !slot.fresh && !envelope.verified => self.ask_again(run, envelope),
            Err(fault) => match &mut slot.turn {
                // The answer rests on events that are not durable yet.
                Some(turn) => turn.asked.push((envelope, Err(fault))),
                None => self.refuse(run, envelope, fault),
            },
        }
    }

    /// A refusal, the end of somebody's heartbeats or the removal of a task must not rest on a state that another node
    /// may have moved: read it and ask once more.
    pub(super) fn ask_again(&mut self, run: RunId, mut envelope: Envelope) {
        envelope.verified = true;
        let Some(slot) = self.slots.get_mut(&run) else {
            return;
        };
        match &mut slot.turn {
            // The state after a commit of our own is as good as one just read.
            Some(turn) => turn.deferred.push(envelope),
            None => {
                slot.mailbox.push_front(envelope);
                self.reload(run);
            }
        }
    }

    /// The move writes nothing; what it was asked for is done.
    fn nothing_to_do(&mut self, run: RunId, envelope: Envelope) {
        if let Some(id) = envelope.consumes {
            self.discard_message(id);
        }
        match envelope.reply {
            Reply::Done(reply) => drop(reply.send(Ok(()))),
            Reply::Beat(reply) => drop(reply.send(Ok(false))),
            Reply::Task { list, poller, .. } => self.poll(list, poller),
            Reply::Nobody => {}
        }
        self.rewrite_deadline(run);
        self.arm(run);
    }

    /// A sweep came too early: write when the run really has something due.
    pub(super) fn rewrite_deadline(&mut self, run: RunId) {
        let Some(slot) = self.slots.get_mut(&run).filter(|slot| slot.rewrite_deadline) else {
            return;
        };
        slot.rewrite_deadline = false;
        let Some(due) = slot.execution.next_deadline() else {
            return;
        };
        slot.stored_deadline = Some(due);
        let pool = self.with.pool.clone();
        tokio::spawn(async move {
            if let Err(error) = store::set_deadlines(&pool, &[(run, due)]).await {
                tracing::warn!(%run, %error, "a deadline can't be written; the next sweep tries again");
            }
        });
    }
}

/// Applies a command to a run in memory, by what is registered now. Its events are for the run's open turn.
pub(super) fn apply(
    with: &Setup,
    slot: &mut Slot,
    command: &Command,
    now: Timestamp,
) -> Result<Vec<Event>, Fault> {
    slot.domain = with.registry.latest(&slot.domain);
    let rules = Rules {
        limits: &with.limits,
        types: &slot.domain.types,
    };
    let events = core::step(&mut slot.execution, command, &rules, now)?;
    if !events.is_empty() {
        slot.fresh = false;
        slot.kept.add(&events);
    }
    Ok(events)
}
