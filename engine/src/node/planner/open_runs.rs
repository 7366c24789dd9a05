//! Keeping the count of open runs, see [`super::super::open_runs`].

use std::collections::VecDeque;
use std::time::Instant;

use crate::model::RunId;
use crate::store;

use super::super::inputs::{Envelope, Input};
use super::Planner;

impl Planner {
    /// Drops a run whose first commit failed, giving back what waits to be asked of it.
    pub(super) fn drop_unbegun(&mut self, run: RunId) -> VecDeque<Envelope> {
        if let Some(slot) = self.slots.get(&run) {
            self.with.open_runs.not_begun(slot.domain.record.id);
        }
        self.drop_slot(run).unwrap_or_default()
    }

    /// Counts domains again where that is due; [`Input::OpenRuns`] follows.
    pub(super) fn count_open_runs(&mut self) {
        let limit = self.with.open_runs.limit();
        for domain in self.with.open_runs.due(Instant::now()) {
            let (pool, inputs) = (self.with.pool.clone(), self.with.inputs.clone());
            tokio::spawn(async move {
                let open = match store::count_open_runs_of(&pool, domain, limit).await {
                    Ok(open) => Some(open),
                    Err(error) => {
                        tracing::warn!(%error, "open runs can't be counted; trying again");
                        None
                    }
                };
                let _ = inputs.send(Input::OpenRuns(domain, open)).await;
            });
        }
    }
}
