//! Who waits for the end of a run. The node tells when it closes the run. Another node may close it all the same, as its
//! workers took the last task: so runs that nothing moved for a while are looked up now and then, together.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::model::{Event, RunId};
use crate::store;

use super::super::inputs::{Input, WaitClosed};
use super::Planner;

/// A run that was moved here within this time is not looked up.
const MOVED_LATELY: Duration = Duration::from_millis(250);
/// Runs that are looked up together; where more are waited for, they take turns.
const LOOKED_UP_AT_ONCE: usize = 1_000;

/// Who waits, by run.
#[derive(Default)]
pub struct Waiters {
    of: BTreeMap<RunId, Vec<oneshot::Sender<Event>>>,
    /// The last run that was looked up.
    last: Option<RunId>,
    looking: bool,
}

impl Waiters {
    /// Who waits for this run, and will be told now.
    pub fn take(&mut self, run: RunId) -> Vec<oneshot::Sender<Event>> {
        self.of.remove(&run).unwrap_or_default()
    }

    fn forget_the_gone(&mut self) {
        self.of.retain(|_, waiters| {
            waiters.retain(|waiter| !waiter.is_closed());
            !waiters.is_empty()
        });
    }

    /// The runs whose turn it is to be looked at.
    fn next(&mut self) -> Vec<RunId> {
        let after = self.last.map_or(Bound::Unbounded, Bound::Excluded);
        let runs = self.of.range((after, Bound::Unbounded)).map(|(run, _)| *run);
        let runs: Vec<RunId> = runs.take(LOOKED_UP_AT_ONCE).collect();
        self.last = runs.last().copied().filter(|_| runs.len() == LOOKED_UP_AT_ONCE);
        runs
    }
}

impl Planner {
    /// Lets somebody wait for a run that is here, or that exists; else the reply is dropped, and says so.
    pub(super) fn wait_closed(&mut self, wait: WaitClosed) {
        let run = wait.execution.run_id;
        let slot = self.slots.get(&run);
        let is_here = slot
            .is_some_and(|slot| slot.domain.record.id == wait.domain && slot.execution.id == wait.execution);
        // One that closes in a turn under way is told of when that is durable.
        let is_over = slot.is_some_and(|slot| !slot.execution.is_open() && slot.turn.is_none());
        if (is_here || wait.exists) && !is_over {
            self.waiters.of.entry(run).or_default().push(wait.reply);
        }
    }

    /// Asks Postgres which of the runs that stand still were closed by another node; [`Input::ClosedElsewhere`] follows.
    pub(super) fn look_for_ends(&mut self) {
        self.waiters.forget_the_gone();
        if self.waiters.looking {
            return;
        }
        let mut runs = self.waiters.next();
        runs.retain(|run| {
            let slot = self.slots.get(run);
            slot.is_none_or(|slot| slot.is_idle() && slot.used.elapsed() > MOVED_LATELY)
        });
        if runs.is_empty() {
            return;
        }
        self.waiters.looking = true;
        let (pool, inputs) = (self.with.pool.clone(), self.with.inputs.clone());
        tokio::spawn(async move {
            let closed = store::closed_among(&pool, &runs).await;
            let closed = closed.unwrap_or_else(|error| {
                tracing::warn!(%error, "runs that are waited for can't be looked up; trying again");
                Vec::new()
            });
            let _ = inputs.send(Input::ClosedElsewhere(closed)).await;
        });
    }

    /// What is known of these runs is over: those who wait find the end in Postgres.
    pub(super) fn closed_elsewhere(&mut self, runs: Vec<RunId>) {
        self.waiters.looking = false;
        for run in runs {
            drop(self.waiters.take(run));
            if self.slots.get(&run).is_some_and(|slot| slot.is_idle()) {
                self.drop_slot(run);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn all_who_wait_have_their_turn() {
        let mut waiters = Waiters::default();
        let runs: Vec<RunId> = (0..1_500).map(|number| RunId(Uuid::from_u128(number))).collect();
        let (waiting, closed): (Vec<_>, Vec<_>) = runs.iter().map(|_| oneshot::channel()).unzip();
        for (run, waiter) in runs.iter().zip(waiting) {
            waiters.of.entry(*run).or_default().push(waiter);
        }
        waiters.forget_the_gone();
        assert_eq!(waiters.next(), runs[..1_000]);
        assert_eq!(waiters.next(), runs[1_000..]);
        assert_eq!(waiters.next(), runs[..1_000], "and again");
        drop(closed);
        waiters.forget_the_gone();
        assert!(waiters.next().is_empty() && waiters.next().is_empty());
    }
}
