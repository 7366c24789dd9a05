//! A run that was moved may have a decision to make that a decider of this process can make at once: it is asked
//! about state that is not committed yet, and its answer joins the same commit.

use std::sync::Arc;

use uuid::Uuid;

use crate::core::{Command, WaitingDecision};
use crate::model::{Event, EventId, RunId};
use crate::store;

use super::super::decider::{Decided, DecisionInput};
use super::super::deciders::DeciderPool;
use super::super::inputs::Input;
use super::super::slot::{OpenTurn, Phase, Slot};
use super::Planner;
use super::asks::apply;

/// Decisions in one turn; further ones wait for the next commit, so that a decider that spins can't hold a turn.
const DECISIONS_PER_TURN: u32 = 8;
/// The identity of deciders in this process, in the history.
const IDENTITY: &str = "in-process";

impl Planner {
    /// Asks a local decider if there is something to decide; else the open turn is complete. What comes after a turn's
    /// first decision is gathered until a connection is free: one decision sees to all of it.
    pub(super) fn advance(&mut self, run: RunId) {
        let Some(slot) = self.slots.get(&run).filter(|slot| slot.phase == Phase::Open) else {
            return;
        };
        let gathers = slot
            .turn
            .as_ref()
            .is_some_and(|turn| turn.decisions > 0 && !turn.sealed);
        match self.local_decision(slot).filter(|_| !gathers) {
            Some(scheduled_event_id) => self.decide(run, scheduled_event_id),
            None if slot.turn.is_some() => self.ready.push_back(run),
            None => {}
        }
    }

    /// A connection is free for the run's turn, which takes in nothing more. Says whether a decider is asked before about
    /// what the turn gathered; it is ready again afterwards.
    pub(super) fn seal(&mut self, run: RunId) -> bool {
        let Some(turn) = self.slots.get_mut(&run).and_then(|slot| slot.turn.as_mut()) else {
            return false;
        };
        turn.sealed = true;
        let decision = self.slots.get(&run).and_then(|slot| self.local_decision(slot));
        if let Some(scheduled_event_id) = decision {
            self.decide(run, scheduled_event_id);
        }
        self.slots.get(&run).is_some_and(|slot| slot.phase != Phase::Open)
    }

    /// The decision task that a decider of this process may be asked about within the open turn.
    fn local_decision(&self, slot: &Slot) -> Option<EventId> {
        let decisions = slot.turn.as_ref().map_or(0, |turn| turn.decisions);
        let may_decide = decisions < DECISIONS_PER_TURN && self.stopping.is_none();
        let waiting = slot.execution.deliverable_decision().filter(|_| may_decide)?;
        decides_here(&self.with.deciders, slot, waiting).then_some(waiting.scheduled_event_id)
    }

    /// Code that did not come back cost its thread: its own task is left to time out, the others' are asked again.
    pub(super) fn revive_deciders(&mut self) {
        for lost in self.with.deciders.replace_stuck() {
            if lost.culprit {
                self.give_up_decision(lost.run);
                self.work(lost.run);
            } else {
                self.tell_history(lost.run, lost.started_event_id);
            }
        }
    }

    fn decide(&mut self, run: RunId, scheduled_event_id: EventId) {
        let command = Command::StartDecisionTask {
            scheduled_event_id,
            identity: Some(IDENTITY.into()),
        };
        let Some(started_event_id) = self.step_locally(run, &command) else {
            return;
        };
        let Some(slot) = self.slots.get_mut(&run) else {
            return;
        };
        slot.phase = Phase::Deciding { started_event_id };
        let input = DecisionInput {
            domain: slot.domain.name.clone(),
            execution: slot.execution.id.clone(),
            workflow_type: slot.execution.started.workflow_type.clone(),
            events: Arc::from(slot.kept.take_undecided()),
            previous_started_event_id: slot.execution.decisions.previous_started_event_id,
        };
        self.with.deciders.ask(input, started_event_id);
    }

    /// A move of our own: a refusal would be a defect, as the state was just looked at. Gives its last event.
    fn step_locally(&mut self, run: RunId, command: &Command) -> Option<EventId> {
        let now = self.with.clock.now();
        let slot = self.slots.get_mut(&run)?;
        match apply(&self.with, slot, command, now) {
            Ok(events) => {
                let last = events.last().map(|event| event.id);
                let turn = slot.turn.get_or_insert_with(OpenTurn::boxed);
                turn.events.extend(events);
                last
            }
            Err(fault) => {
                tracing::error!(%run, %fault, ?command, "the core refused a move of the engine's own");
                None
            }
        }
    }

    /// A decider answered.
    pub(super) fn decided(&mut self, run: RunId, started_event_id: EventId, decided: Decided) {
        self.with.deciders.answered(run);
        let Some(slot) = self.slots.get_mut(&run) else {
            return;
        };
        if slot.phase != (Phase::Deciding { started_event_id }) {
            return;
        }
        match decided {
            Decided::Completion(completion) => {
                slot.phase = Phase::Open;
                let Some(task) = slot.execution.decisions.started.clone() else {
                    return;
                };
                let command = Command::CompleteDecisionTask {
                    scheduled_event_id: task.scheduled_event_id,
                    started_event_id,
                    completion,
                    successor: RunId(Uuid::now_v7()),
                };
                if let Some(turn) = &mut slot.turn {
                    turn.decisions += 1;
                }
                if self.step_locally(run, &command).is_none() {
                    self.give_up_decision(run);
                }
                self.work(run);
            }
            Decided::NeedsHistory => self.tell_history(run, started_event_id),
            Decided::Failed(why) => {
                let workflow_id = &slot.execution.id.workflow_id;
                tracing::error!(%run, %workflow_id, why, "a decider failed; the decision task will time out");
                self.give_up_decision(run);
                self.work(run);
            }
        }
    }

    /// The task stays started and times out; the next attempt gets the whole history.
    pub(super) fn give_up_decision(&mut self, run: RunId) {
        if let Some(slot) = self.slots.get_mut(&run) {
            slot.phase = Phase::Open;
        }
        self.with.deciders.forget(run);
    }

    /// The decider dropped the run, or never had it: it gets what is committed and what this turn adds.
    pub(super) fn tell_history(&mut self, run: RunId, started_event_id: EventId) {
        let Some(slot) = self.slots.get(&run) else { return };
        let added: Vec<Event> = slot
            .turn
            .as_ref()
            .map(|turn| turn.events.clone())
            .unwrap_or_default();
        let input = DecisionInput {
            domain: slot.domain.name.clone(),
            execution: slot.execution.id.clone(),
            workflow_type: slot.execution.started.workflow_type.clone(),
            events: Arc::from([]),
            previous_started_event_id: slot.execution.decisions.previous_started_event_id,
        };
        let first_added = added.first().map_or(EventId::MAX, |event| event.id);
        let (pool, inputs) = (self.with.pool.clone(), self.with.inputs.clone());
        let reads = Arc::clone(&self.with.reads);
        tokio::spawn(async move {
            let _one_of_few = reads.acquire().await;
            match store::read_history(&pool, run, 1).await {
                Ok(mut events) => {
                    // Another node may have moved the run since; the fence will show it.
                    events.retain(|event| event.id < first_added && event.id <= started_event_id);
                    events.extend(added.into_iter().filter(|event| event.id <= started_event_id));
                    let input = DecisionInput {
                        events: Arc::from(events),
                        ..input
                    };
                    let _ = inputs.send(Input::Decide(input, started_event_id)).await;
                }
                Err(error) => {
                    let why = format!("its history can't be read: {error}");
                    let failed = (run, started_event_id, Decided::Failed(why));
                    let _ = inputs.send(Input::Decided(vec![failed])).await;
                }
            }
        });
    }
}

/// A decider of this process serves a type on the list that it names and on the type's default. A decision on another
/// list is somebody else's.
pub fn decides_here(deciders: &DeciderPool, slot: &Slot, waiting: &WaitingDecision) -> bool {
    let of = &slot.execution.started.workflow_type;
    let Some(served) = deciders.types().get(of) else {
        return false;
    };
    let default = slot.domain.default_task_list(of);
    *served == waiting.task_list || default == Some(&waiting.task_list)
}
