//! Open turns are put together and committed: whatever is complete when a connection is free.

use std::collections::HashSet;

use tokio::sync::mpsc;

use crate::core::{self, Execution};
use crate::model::{Event, EventAttributes, EventId, MessageId, RunId, Timestamp};
use crate::store::{CloseRow, OpenRow, OutboxRow, StoredMessage, SuccessorRow, TaskRow, Turn, codec};

use super::super::inputs::Input;
use super::super::slot::{Phase, Slot, waiting_decision};
use super::start::open_row;
use super::{INPUTS_AT_ONCE, Planner};

/// Turns in one commit. Larger ones gain nothing and make everybody in them wait.
const TURNS_PER_COMMIT: usize = 1_000;
/// A commit that could go waits for others to join so often at most.
const GATHERINGS: usize = 8;
/// How long the committing node delivers a message before any node may.
const DELIVERY_HOLD_MS: i64 = 2_000;

impl Planner {
    /// Before a commit goes, those who have just been answered may ask for what comes next, and deciders may answer: all
    /// of that joins. It is no wait: a node with nothing else to do commits at once.
    pub(super) async fn gather(&mut self, inputs: &mut mpsc::Receiver<Input>, batch: &mut Vec<Input>) {
        for _ in 0..GATHERINGS {
            let may_grow = !self.ready.is_empty() && self.ready.len() < TURNS_PER_COMMIT;
            if !may_grow || self.with.committers.free_for(self.ready.len()).is_none() {
                return;
            }
            self.with.deciders.flush();
            tokio::task::yield_now().await;
            if inputs.is_empty() {
                return;
            }
            inputs.recv_many(batch, INPUTS_AT_ONCE).await;
            self.take_all(batch);
        }
    }

    /// Gives free connections what is ready.
    pub(super) fn ship(&mut self) {
        while !self.ready.is_empty() {
            let Some((connection, part)) = self.with.committers.free_for(self.ready.len()) else {
                return;
            };
            let nonce = rand::random();
            let mut runs = Vec::new();
            let mut turns = Vec::new();
            while turns.len() < part.min(TURNS_PER_COMMIT) {
                let Some(run) = self.ready.pop_front() else { break };
                if let Some(turn) = self.put_together(run, nonce) {
                    runs.push(run);
                    turns.push(turn);
                }
            }
            self.with
                .committers
                .commit(connection, runs, turns, self.with.clock.now());
        }
    }

    fn put_together(&mut self, run: RunId, nonce: u32) -> Option<Turn> {
        // A run stands here once for each time it was moved; the first finds it complete.
        let slot = self.slots.get(&run)?;
        if slot.phase != Phase::Open || slot.turn.is_none() || self.seal(run) {
            return None;
        }
        self.hand_out(run);
        let now = self.with.clock.now();
        let slot = self.slots.get_mut(&run)?;
        slot.phase = Phase::InFlight;
        let mut turn = slot.turn.take()?;
        let first_event_id = turn.events.first()?.id;
        let domain = slot.domain.record.id;
        turn.messages = messages_of(domain, &slot.execution, &turn.events);
        turn.successor = successor_of(&slot.execution, &turn.events);
        let heartbeats_removed = ended_activities(&turn.events);
        let stored = Turn {
            run,
            first_event_id,
            events: codec::encode_events(&turn.events, nonce),
            opens: turn.opens.as_ref().map(|(row, _)| opening_row(slot, row)),
            closes: slot.execution.closed.map(|closed| CloseRow {
                status: closed.status,
                at: closed.at,
                has_open_tasks: may_leave_rows(slot),
            }),
            successor: turn
                .successor
                .as_ref()
                .and_then(|(execution, events)| successor_row(slot, execution, events, nonce)),
            cancel_requested: turn.events.iter().any(|event| {
                matches!(
                    event.attributes,
                    EventAttributes::WorkflowExecutionCancelRequested(_)
                )
            }),
            deadline: match &turn.opens {
                Some(_) => None,
                None => deadline_to_write(slot, now),
            },
            tasks_removed: tasks_removed(slot, &turn.events, first_event_id),
            tasks_added: tasks_added(slot, &turn.events),
            messages_sent: outbox_rows(&turn.messages, now),
            messages_consumed: turn
                .asked
                .iter()
                .filter_map(|(envelope, _)| envelope.consumes)
                .collect(),
            heartbeats_removed: Vec::new(),
        };
        slot.turn = Some(turn);
        self.finish_rows(run, stored, heartbeats_removed)
    }

    /// Adds what only the planner knows, and notes which task rows there will be.
    fn finish_rows(&mut self, run: RunId, mut stored: Turn, ended: Vec<EventId>) -> Option<Turn> {
        let loaded = self.slots.get(&run)?.task_rows.is_none();
        stored.heartbeats_removed = ended
            .into_iter()
            .filter(|task| self.forget_beat(run, *task) || loaded)
            .collect();
        let slot = self.slots.get_mut(&run)?;
        if let Some(opens) = slot.turn.as_ref().and_then(|turn| turn.opens.as_ref()) {
            stored.messages_consumed.extend(opens.1.consumes);
        }
        let written = stored.opens.as_ref().map(|row| row.deadline);
        if let Some(deadline) = written.or(stored.deadline) {
            slot.stored_deadline = Some(deadline);
        }
        slot.rewrite_deadline = false;
        if let Some(rows) = &mut slot.task_rows {
            rows.retain(|task| !stored.tasks_removed.contains(task));
            rows.extend(stored.tasks_added.iter().map(|task| task.scheduled_event_id));
        }
        Some(stored)
    }
}

/// The row of a run that begins, with the deadline as it is after all that its first turn decided: to move it
/// afterwards would write row and index entries a second time.
fn opening_row(slot: &Slot, row: &OpenRow) -> OpenRow {
    OpenRow {
        deadline: slot.execution.next_deadline().unwrap_or(row.deadline),
        ..row.clone()
    }
}

/// A deadline is written when it must become earlier, and when the row's has passed or was moved by a sweep.
fn deadline_to_write(slot: &Slot, now: Timestamp) -> Option<Timestamp> {
    let due = slot
        .execution
        .next_deadline()
        .filter(|_| slot.execution.is_open())?;
    let stored = slot.stored_deadline?;
    ((due < stored || stored <= now || slot.rewrite_deadline) && due != stored).then_some(due)
}

fn may_leave_rows(slot: &Slot) -> bool {
    slot.task_rows.as_ref().is_none_or(|rows| !rows.is_empty()) || !slot.execution.activities.is_empty()
}

fn messages_of(domain: i32, execution: &Execution, events: &[Event]) -> Vec<StoredMessage> {
    let of_event = |event: &Event| {
        let (source, event_id) = (execution.id.run_id, event.id);
        core::messages(execution, event)
            .into_iter()
            .enumerate()
            .map(move |(number, (recipient, message))| {
                let id = MessageId {
                    source,
                    event: event_id,
                    number: number as u32,
                };
                StoredMessage {
                    id,
                    domain,
                    recipient,
                    message,
                }
            })
    };
    events.iter().flat_map(of_event).collect()
}

fn outbox_rows(messages: &[StoredMessage], now: Timestamp) -> Vec<OutboxRow> {
    messages
        .iter()
        .map(|message| OutboxRow {
            id: message.id,
            domain: message.domain,
            body: codec::encode_message(&message.recipient, &message.message),
            claimed_until: now.plus_millis(DELIVERY_HOLD_MS),
        })
        .collect()
}

fn successor_of(execution: &Execution, events: &[Event]) -> Option<(Execution, Vec<Event>)> {
    let last = events.last()?;
    match &last.attributes {
        EventAttributes::WorkflowExecutionContinuedAsNew(continued) => {
            let (id, started) = core::successor(execution, continued);
            Some(core::begin(execution.domain.clone(), id, started, last.at))
        }
        _ => None,
    }
}

/// A run that begins has its first decision task waiting; the row lets any node find it.
fn successor_row(slot: &Slot, execution: &Execution, events: &[Event], nonce: u32) -> Option<SuccessorRow> {
    Some(SuccessorRow {
        run: execution.id.run_id,
        events: codec::encode_events(events, nonce),
        row: open_row(&slot.domain, execution),
        task: waiting_decision(execution, slot.domain.record.id)?,
    })
}

/// Tasks of earlier turns that were taken or ended in this one, where Postgres may have a row.
fn tasks_removed(slot: &Slot, events: &[Event], first_event_id: EventId) -> Vec<EventId> {
    let ended = events.iter().filter_map(|event| match &event.attributes {
        EventAttributes::ActivityTaskStarted(task) => Some(task.scheduled_event_id),
        EventAttributes::ActivityTaskTimedOut(task) => Some(task.scheduled_event_id),
        EventAttributes::ActivityTaskCanceled(task) => Some(task.scheduled_event_id),
        EventAttributes::DecisionTaskStarted(task) => Some(task.scheduled_event_id),
        EventAttributes::DecisionTaskTimedOut(task) => Some(task.scheduled_event_id),
        _ => None,
    });
    let may_have_row = |task: &EventId| {
        *task < first_event_id && slot.task_rows.as_ref().is_none_or(|rows| rows.contains(task))
    };
    let unique: HashSet<EventId> = ended.filter(may_have_row).collect();
    unique.into_iter().collect()
}

/// Tasks that found no poller.
fn tasks_added(slot: &Slot, events: &[Event]) -> Vec<TaskRow> {
    if !slot.execution.is_open() {
        return Vec::new();
    }
    let mut rows = slot.waiting_activities(events);
    let decision = slot.waiting_decision().filter(|decision| {
        let has_row = slot
            .task_rows
            .as_ref()
            .is_some_and(|rows| rows.contains(&decision.scheduled_event_id));
        let is_new = events.iter().any(|event| {
            event.id == decision.scheduled_event_id
                || matches!(event.attributes, EventAttributes::DecisionTaskCompleted(_))
                || matches!(event.attributes, EventAttributes::DecisionTaskTimedOut(_))
        });
        !has_row && is_new
    });
    rows.extend(decision);
    rows
}

fn ended_activities(events: &[Event]) -> Vec<EventId> {
    events
        .iter()
        .filter_map(|event| match &event.attributes {
            EventAttributes::ActivityTaskCompleted(task) => Some(task.scheduled_event_id),
            EventAttributes::ActivityTaskFailed(task) => Some(task.scheduled_event_id),
            EventAttributes::ActivityTaskTimedOut(task) => Some(task.scheduled_event_id),
            EventAttributes::ActivityTaskCanceled(task) => Some(task.scheduled_event_id),
            _ => None,
        })
        .collect()
}
