//! The live runs of one decider: bounded in number and bytes, the least recently used goes first.

use std::collections::BTreeMap;

use foldhash::HashMap;

use crate::model::RunId;

use super::Run;

/// See the module.
pub(super) struct Cache {
    runs: HashMap<RunId, Kept>,
    /// Runs by when they were last put in.
    order: BTreeMap<u64, RunId>,
    clock: u64,
    weight: usize,
    runs_kept: usize,
    bytes_kept: usize,
}

struct Kept {
    run: Run,
    since: u64,
    weight: usize,
}

impl Cache {
    pub(super) fn new(runs_kept: usize, bytes_kept: usize) -> Self {
        Cache {
            runs: HashMap::default(),
            order: BTreeMap::new(),
            clock: 0,
            weight: 0,
            runs_kept,
            bytes_kept,
        }
    }

    /// A run, where it is.
    pub(super) fn get(&self, id: RunId) -> Option<&Run> {
        self.runs.get(&id).map(|kept| &kept.run)
    }

    /// Takes a run out, to be advanced.
    pub(super) fn take(&mut self, id: RunId) -> Option<Run> {
        let kept = self.runs.remove(&id)?;
        self.order.remove(&kept.since);
        self.weight -= kept.weight;
        Some(kept.run)
    }

    /// Puts a run in, as the most recently used, and drops those that are too many.
    pub(super) fn put(&mut self, id: RunId, run: Run) {
        self.take(id);
        self.clock += 1;
        let kept = Kept {
            weight: run.weight(),
            since: self.clock,
            run,
        };
        self.weight += kept.weight;
        self.order.insert(kept.since, id);
        self.runs.insert(id, kept);
        while self.runs.len() > self.runs_kept || self.weight > self.bytes_kept {
            let Some((_, oldest)) = self.order.first_key_value() else {
                return;
            };
            self.take(*oldest);
        }
    }
}
