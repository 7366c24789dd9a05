//! What became of a commit: answers go out, tasks to pollers, messages to other runs; or the run is read again.
//!
//! Nothing leaves the node before the commit that holds it: everything that leaves, leaves here.

use crate::core::Command;
use crate::model::{Event, Fault, MessageId, RunId};
use crate::store::Outcome;

use super::super::inputs::{Ask, Envelope, Reply, StartRequest};
use super::super::slot::{Kept, OpenTurn, Phase, Slot};
use super::Planner;

impl Planner {
    pub(super) fn committed(&mut self, connection: usize, runs: Vec<RunId>, outcomes: Vec<Outcome>) {
        self.with.committers.set_idle(connection);
        self.rings_for(runs.len());
        for (run, outcome) in runs.into_iter().zip(outcomes) {
            let Some(slot) = self.slots.get_mut(&run) else {
                continue;
            };
            let Some(turn) = slot.turn.take() else { continue };
            self.measure_turn(run, &turn, &outcome);
            match outcome {
                Outcome::Committed => self.settle(run, turn),
                Outcome::Conflict => self.conflict(run, turn, &[]),
                Outcome::MessagesGone(gone) => self.conflict(run, turn, &gone),
                Outcome::Refused(why) => self.refused(run, turn, &why),
                Outcome::AlreadyStarted => self.never_began(run, turn),
            }
        }
    }

    fn settle(&mut self, run: RunId, turn: Box<OpenTurn>) {
        let Some(slot) = self.slots.get_mut(&run) else {
            return;
        };
        let domain = slot.domain.record.id;
        let continues = turn.successor.is_some();
        if let Some((_, request)) = turn.opens {
            self.with.open_runs.begun(domain);
            self.open_ids
                .insert((domain, slot.execution.id.workflow_id.clone()), run);
            if let Some(reply) = request.reply {
                let _ = reply.send(Ok(run));
            }
        }
        for (envelope, answer) in turn.asked {
            self.answer(run, envelope, answer);
        }
        self.offer_tasks(run, &turn.events);
        for message in turn.messages {
            self.deliver(message);
        }
        if let Some((execution, events)) = turn.successor {
            self.begin_successor(run, execution, events);
        }
        let Some(slot) = self.slots.get_mut(&run) else {
            return;
        };
        // Only now: what the answers above ask of this run must not be worked on, or the run be read again, before all
        // of them are given.
        slot.phase = Phase::Open;
        for envelope in turn.deferred.into_iter().rev() {
            slot.mailbox.push_front(envelope);
        }
        if slot.execution.is_open() {
            self.count_bytes(run);
            self.arm(run);
            self.work(run);
        } else {
            if !continues {
                self.with.open_runs.ended(domain);
            }
            self.closed(run, turn.events);
        }
    }

    /// A closed run leaves memory; what still waits is asked of what Postgres has.
    fn closed(&mut self, run: RunId, mut events: Vec<Event>) {
        if let Some(last) = events.pop() {
            for waiter in self.waiters.take(run) {
                let _ = waiter.send(last.clone());
            }
        }
        for envelope in self.drop_slot(run).into_iter().flatten() {
            self.ask_run(run, envelope);
        }
    }

    fn begin_successor(&mut self, predecessor: RunId, execution: crate::core::Execution, events: Vec<Event>) {
        let Some(slot) = self.slots.get(&predecessor) else {
            return;
        };
        let domain = std::sync::Arc::clone(&slot.domain);
        let run = execution.id.run_id;
        // Its task shows in Postgres before its commit is answered: whoever wanted it had the run read, and may be at it.
        if self.slots.contains_key(&run) {
            return;
        }
        let key = (domain.record.id, execution.id.workflow_id.clone());
        let deadline = execution.next_deadline();
        let first_decision = execution
            .deliverable_decision()
            .map(|task| task.scheduled_event_id);
        let decided_here = self.with.deciders.decides(&execution.started.workflow_type);
        let mut slot = Slot::new(domain, execution, Kept::of(events, decided_here));
        slot.stored_deadline = deadline;
        slot.task_rows = Some(first_decision.into_iter().collect());
        self.insert_slot(slot);
        self.open_ids.insert(key, run);
        self.arm(run);
        self.work(run);
        self.offer_decision(run);
    }

    fn answer(&mut self, run: RunId, envelope: Envelope, answer: Result<(), Fault>) {
        match (envelope.reply, answer) {
            (_, Err(fault)) if matches!(envelope.ask, Ask::Move(Command::Deliver { .. })) => {
                tracing::debug!(%run, %fault, "a message found its run closed");
                if let (Ask::Move(Command::Deliver { message, .. }), Some(id)) =
                    (envelope.ask, envelope.consumes)
                {
                    self.undeliverable(run, &message, id);
                }
            }
            (Reply::Done(reply), answer) => drop(reply.send(answer)),
            (Reply::Beat(reply), answer) => drop(reply.send(answer.map(|()| false))),
            (
                Reply::Task {
                    list,
                    scheduled_event_id,
                    poller,
                },
                answer,
            ) => match answer {
                Ok(()) => self.hand_over(run, list, scheduled_event_id, poller),
                Err(_) => self.task_gone(run, list, scheduled_event_id, poller),
            },
            (Reply::Nobody, _) => {}
        }
    }

    /// Postgres will never take what this turn would write: whoever asked for it is told.
    fn refused(&mut self, run: RunId, turn: Box<OpenTurn>, why: &str) {
        let fault = Fault::unavailable(format!("the database refuses what this would write: {why}"));
        let begins = turn.opens.is_some();
        let (request, asked) = taken_apart(turn);
        for envelope in asked {
            self.refuse(run, envelope, fault.clone());
        }
        if !begins {
            return self.reload(run);
        }
        for envelope in self.drop_unbegun(run) {
            self.refuse(run, envelope, fault.clone());
        }
        if let Some(reply) = request.and_then(|request| request.reply) {
            let _ = reply.send(Err(fault));
        }
    }

    /// Its workflow id was taken. What was asked of it meanwhile was asked of nothing; pollers that were to have its
    /// tasks wait on.
    fn never_began(&mut self, run: RunId, turn: Box<OpenTurn>) {
        let (request, asked) = taken_apart(turn);
        let waiting = self.drop_unbegun(run);
        for envelope in asked.into_iter().chain(waiting) {
            self.refuse(run, envelope, Fault::unknown_run("", run));
        }
        if let Some(request) = request {
            self.already_started(run, request);
        }
    }

    /// Somebody else moved the run, or delivered a message first: the state is read again and the rest asked again.
    fn conflict(&mut self, run: RunId, turn: Box<OpenTurn>, gone: &[MessageId]) {
        if turn.opens.is_some() {
            return self.begin_again(run, turn, gone);
        }
        let Some(slot) = self.slots.get_mut(&run) else {
            return;
        };
        let again = turn
            .asked
            .into_iter()
            .map(|(envelope, _)| envelope)
            .chain(turn.deferred);
        let again: Vec<Envelope> = again
            .filter(|envelope| envelope.consumes.is_none_or(|id| !gone.contains(&id)))
            .collect();
        for envelope in again.into_iter().rev() {
            slot.mailbox.push_front(envelope);
        }
        self.reload(run);
    }

    /// Only a lost connection leads here: nothing of the run is durable, so it begins anew under the same id, and what
    /// was asked of it is asked again.
    fn begin_again(&mut self, run: RunId, turn: Box<OpenTurn>, gone: &[MessageId]) {
        let (request, asked) = taken_apart(turn);
        let waiting = self.drop_unbegun(run);
        let asked: Vec<Envelope> = asked.into_iter().chain(waiting).collect();
        let wanted = request.filter(|request| request.consumes.is_none_or(|id| !gone.contains(&id)));
        if let Some(request) = wanted {
            self.begin(run, request);
        }
        // A start that is refused now leaves no slot: then these find no run, as they should.
        for envelope in asked {
            self.ask_run(run, envelope);
        }
    }
}

/// The start that a turn holds, and everything that was asked in it.
fn taken_apart(turn: Box<OpenTurn>) -> (Option<StartRequest>, Vec<Envelope>) {
    let asked = turn.asked.into_iter().map(|(envelope, _)| envelope);
    (
        turn.opens.map(|(_, request)| request),
        asked.chain(turn.deferred).collect(),
    )
}
