//! What the planner knows, as metrics.

use crate::metrics::{
    CACHE_BYTES, EVENTS, INPUTS_WAITING, LONG_HISTORIES, POLLERS_WAITING, RUNS_CLOSED, RUNS_IN_MEMORY,
    RUNS_LOADING, RUNS_STARTED, TASKS_WAITING, TURNS, TURNS_WAITING,
};
use crate::model::{CloseStatus, RunId};
use crate::store::{Outcome, TaskKind};

use super::super::slot::OpenTurn;
use super::Planner;

impl Planner {
    /// Levels, now and then.
    pub(super) fn measure(&self) {
        metrics::gauge!(RUNS_IN_MEMORY).set(self.slots.len() as f64);
        metrics::gauge!(CACHE_BYTES).set(self.cached_bytes as f64);
        metrics::gauge!(RUNS_LOADING).set(self.loading.len() as f64);
        metrics::gauge!(TURNS_WAITING).set(self.ready.len() as f64);
        let inputs = &self.with.inputs;
        metrics::gauge!(INPUTS_WAITING).set((inputs.max_capacity() - inputs.capacity()) as f64);
        for (kind, label) in [(TaskKind::Activity, "activity"), (TaskKind::Decision, "decision")] {
            let (pollers, tasks) = self.matcher.waiting(kind);
            metrics::gauge!(POLLERS_WAITING, "kind" => label).set(pollers as f64);
            metrics::gauge!(TASKS_WAITING, "kind" => label).set(tasks as f64);
        }
    }

    /// What became of a turn.
    pub(super) fn measure_turn(&self, run: RunId, turn: &OpenTurn, outcome: &Outcome) {
        let label = match outcome {
            Outcome::Committed => "committed",
            Outcome::Conflict | Outcome::MessagesGone(_) => "conflict",
            Outcome::Refused(_) => "refused",
            Outcome::AlreadyStarted => "taken",
        };
        metrics::counter!(TURNS, "outcome" => label).increment(1);
        if *outcome != Outcome::Committed {
            return;
        }
        metrics::counter!(EVENTS).increment(turn.events.len() as u64);
        let begun = u64::from(turn.opens.is_some()) + u64::from(turn.successor.is_some());
        if begun > 0 {
            metrics::counter!(RUNS_STARTED).increment(begun);
        }
        let closed = self.slots.get(&run).and_then(|slot| slot.execution.closed);
        if let Some(closed) = closed {
            metrics::counter!(RUNS_CLOSED, "status" => status(closed.status)).increment(1);
        } else {
            self.warn_of_length(run, turn);
        }
    }

    /// Once a run: in the turn that takes its history to four fifths of the limit.
    fn warn_of_length(&self, run: RunId, turn: &OpenTurn) {
        let limit = self.with.limits.history_events;
        let long = limit / 5 * 4;
        let (Some(first), Some(last)) = (turn.events.first(), turn.events.last()) else {
            return;
        };
        let Some(slot) = self
            .slots
            .get(&run)
            .filter(|_| first.id <= long && last.id >= long)
        else {
            return;
        };
        metrics::counter!(LONG_HISTORIES).increment(1);
        tracing::warn!(
            %run,
            domain = %slot.domain.name,
            workflow_id = %slot.execution.id.workflow_id,
            events = last.id,
            limit,
            ends = self.with.limits.terminate_at_history_limit,
            "the history of a run comes near its limit; let its workflow continue as new"
        );
    }
}

fn status(of: CloseStatus) -> &'static str {
    match of {
        CloseStatus::Completed => "completed",
        CloseStatus::Failed => "failed",
        CloseStatus::Canceled => "canceled",
        CloseStatus::Terminated => "terminated",
        CloseStatus::ContinuedAsNew => "continued_as_new",
        CloseStatus::TimedOut => "timed_out",
    }
}
