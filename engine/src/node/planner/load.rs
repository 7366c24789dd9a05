//! Runs come into memory by folding their history, and leave it again.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::postgres::PgPool;

use crate::core::Command;
use crate::model::{Fault, FaultKind, RunId, Timestamp};
use crate::store::{self, StoreError};

use super::super::inputs::{Ask, Envelope, Input, LoadedRun, Reply};
use super::super::registry::Registry;
use super::super::slot::{Kept, Slot};
use super::Planner;

/// Before a failed read is tried again.
const RETRY_AFTER: Duration = Duration::from_millis(500);
/// A state that was not used for so long is dropped: well below `store::MAX_STATE_AGE`.
const IDLE_MAX: Duration = Duration::from_secs(600);
/// How often states that were not used are looked for, which looks at every run in memory.
const SEARCH_FOR_UNUSED: Duration = Duration::from_secs(30);
/// Runs that are rung at once. When very many are due, the first are decided and committed while the others are rung.
const RINGS_AT_ONCE: usize = 1_000;
/// Runs that are rung before as many turns have been committed.
const RINGS_AHEAD: usize = 4 * RINGS_AT_ONCE;
/// Slots looked at when room is needed.
const EVICTION_SAMPLE: usize = 64;

/// A run that is being read.
pub(super) struct Loading {
    /// Of the read whose answer is waited for. An earlier one may answer late, when the run was in memory without it and
    /// has been dropped again: what it found is too old.
    number: u64,
    /// What waits to be asked.
    waiting: VecDeque<Envelope>,
}

impl Planner {
    /// Asks something of this run, reading it first if it is not in memory.
    pub(super) fn ask_run(&mut self, run: RunId, envelope: Envelope) {
        if self.slots.contains_key(&run) {
            self.work_on(run, envelope);
        } else if let Some(loading) = self.loading.get_mut(&run) {
            loading.waiting.push_back(envelope);
        } else {
            self.load(run, VecDeque::from([envelope]));
        }
    }

    /// Reads a run in the background; [`Input::Loaded`] follows.
    fn load(&mut self, run: RunId, waiting: VecDeque<Envelope>) {
        self.reads_begun += 1;
        let number = self.reads_begun;
        self.loading.insert(run, Loading { number, waiting });
        let (pool, registry, inputs) = (
            self.with.pool.clone(),
            Arc::clone(&self.with.registry),
            self.with.inputs.clone(),
        );
        let reads = Arc::clone(&self.with.reads);
        tokio::spawn(async move {
            let _one_of_few = reads.acquire().await;
            let mut loaded = read(&pool, &registry, run).await;
            while let Err(StoreError::Database(error)) = &loaded {
                tracing::warn!(%run, %error, "a run can't be read; trying again");
                tokio::time::sleep(RETRY_AFTER).await;
                loaded = read(&pool, &registry, run).await;
            }
            let _ = inputs.send(Input::Loaded { run, number, loaded }).await;
        });
    }

    /// Forgets the state and reads it again; what waits to be asked waits on.
    pub(super) fn reload(&mut self, run: RunId) {
        if let Some(waiting) = self.drop_slot(run) {
            self.load(run, waiting);
        }
    }

    pub(super) fn loaded(
        &mut self,
        run: RunId,
        number: u64,
        loaded: Result<Option<Box<LoadedRun>>, StoreError>,
    ) {
        if self
            .loading
            .get(&run)
            .is_none_or(|loading| loading.number != number)
        {
            return;
        }
        match loaded {
            Ok(Some(loaded)) => self.install(run, *loaded),
            Ok(None) => self.refuse_all(run, &Fault::unknown_run("", run)),
            Err(error) => {
                tracing::error!(%run, %error, "a run can't be folded; its callers are refused");
                let fault = Fault::unavailable(format!("run {run} can't be read: {error}"));
                self.refuse_all(run, &fault);
            }
        }
    }

    fn install(&mut self, run: RunId, loaded: LoadedRun) {
        let LoadedRun { stored, domain } = loaded;
        let open = stored.execution.is_open();
        let local = self
            .with
            .deciders
            .decides(&stored.execution.started.workflow_type);
        let kept = if open {
            Kept::of(stored.events, local)
        } else {
            Kept::Nothing
        };
        let mut slot = Slot::new(domain, stored.execution, kept);
        slot.task_rows = None;
        slot.stored_deadline = stored.stored_deadline;
        slot.fresh = true;
        if open {
            let key = (slot.domain.record.id, slot.execution.id.workflow_id.clone());
            self.open_ids.insert(key, run);
        }
        self.insert_slot(slot);
        self.arm(run);
        self.work(run);
        // From here on another node may move it.
        if let Some(slot) = self.slots.get_mut(&run) {
            slot.fresh = false;
        }
    }

    /// Answers with a fault to all that waits for the run to be read.
    fn refuse_all(&mut self, run: RunId, fault: &Fault) {
        let Some(loading) = self.loading.remove(&run) else {
            return;
        };
        for envelope in loading.waiting {
            self.refuse(run, envelope, fault.clone());
        }
    }

    /// Answers with a fault; a poller goes back to waiting, a message's source is told.
    pub(super) fn refuse(&mut self, run: RunId, envelope: Envelope, fault: Fault) {
        match envelope.reply {
            Reply::Done(reply) => drop(reply.send(Err(fault))),
            Reply::Beat(reply) => drop(reply.send(Err(fault))),
            Reply::Task {
                list,
                scheduled_event_id,
                poller,
            } if fault.kind == FaultKind::UnknownResourceFault => {
                return self.task_gone(run, list, scheduled_event_id, poller);
            }
            Reply::Task { list, poller, .. } => self.poll(list, poller),
            Reply::Nobody => {}
        }
        if let (Ask::Move(Command::Deliver { message, .. }), Some(id)) = (envelope.ask, envelope.consumes) {
            self.undeliverable(run, &message, id);
        }
    }

    /// Keeps a run in memory. What waits for it to be read asks it now: a run that continues another may be asked for
    /// before it is known here that it begins.
    pub(super) fn insert_slot(&mut self, mut slot: Slot) {
        let run = slot.run();
        if let Some(loading) = self.loading.remove(&run) {
            slot.mailbox.extend(loading.waiting);
        }
        self.slots.insert(run, slot);
        self.count_bytes(run);
    }

    /// Counts what the run takes now in place of what it was counted with: a run grows and shrinks as it moves.
    pub(super) fn count_bytes(&mut self, run: RunId) {
        let Some(slot) = self.slots.get_mut(&run) else {
            return;
        };
        let bytes = slot.bytes();
        self.cached_bytes = self.cached_bytes - slot.counted_bytes + bytes;
        slot.counted_bytes = bytes;
    }

    /// Drops a run from memory, giving back what waits to be asked of it.
    pub(super) fn drop_slot(&mut self, run: RunId) -> Option<VecDeque<Envelope>> {
        let slot = self.slots.remove(&run)?;
        self.cached_bytes -= slot.counted_bytes;
        if let Some(at) = slot.armed {
            self.deadlines.remove(&(at, run));
        }
        let key = (slot.domain.record.id, slot.execution.id.workflow_id.clone());
        if self.open_ids.get(&key) == Some(&run) {
            self.open_ids.remove(&key);
        }
        if self.with.deciders.decides(&slot.execution.started.workflow_type) {
            self.with.deciders.forget(run);
        }
        Some(slot.mailbox)
    }

    /// Makes the planner ring when the run has something due.
    pub(super) fn arm(&mut self, run: RunId) {
        let Some(slot) = self.slots.get_mut(&run) else {
            return;
        };
        let due = slot
            .execution
            .next_deadline()
            .filter(|_| slot.execution.is_open());
        if slot.armed == due {
            return;
        }
        if let Some(at) = slot.armed {
            self.deadlines.remove(&(at, run));
        }
        if let Some(at) = due {
            self.deadlines.insert((at, run));
        }
        slot.armed = due;
    }

    /// Asks every run that has something due to see to it. A time names the millisecond that had begun, so what is due
    /// at it is due when that is over: no clock rings early. When very many are due, they are rung at the pace of
    /// commits: turns that only wait would fill the memory, and whatever else comes would wait behind them.
    pub(super) fn ring(&mut self) {
        if self.with.committers.all_idle() {
            self.rings_left = RINGS_AHEAD;
        }
        let now = self.with.clock.now();
        for _ in 0..self.rings_left.min(RINGS_AT_ONCE) {
            let Some(&(at, run)) = self.deadlines.first().filter(|(at, _)| *at < now) else {
                break;
            };
            self.deadlines.remove(&(at, run));
            self.rings_left -= 1;
            if let Some(slot) = self.slots.get_mut(&run) {
                slot.armed = None;
                self.work_on(run, Envelope::internal(Command::FireDue));
            }
        }
    }

    /// A sweep found these runs overdue: whoever held them is gone, or their row's deadline was a lower bound.
    pub(super) fn due(&mut self, runs: Vec<(RunId, Timestamp)>) {
        for (run, stored) in runs {
            let ask = Ask::Sweep { stored };
            self.ask_run(
                run,
                Envelope {
                    ask,
                    consumes: None,
                    reply: Reply::Nobody,
                    verified: false,
                },
            );
        }
    }

    /// So many turns were committed: as many more runs may be rung.
    pub(super) fn rings_for(&mut self, turns: usize) {
        self.rings_left = (self.rings_left + turns).min(RINGS_AHEAD);
    }

    /// What has no event of its own.
    pub(super) fn keep_house(&mut self) {
        self.last_housekeeping = Instant::now();
        // Whatever becomes of the commits that are under way, what is due is rung some time.
        self.rings_for(RINGS_AT_ONCE);
        self.look_for_ends();
        self.save_heartbeats();
        self.revive_deciders();
        self.drop_unused();
        self.evict();
        self.count_open_runs();
        self.measure();
    }

    /// Drops all states that were not used for long.
    fn drop_unused(&mut self) {
        if self.last_search_for_unused.elapsed() < SEARCH_FOR_UNUSED {
            return;
        }
        self.last_search_for_unused = Instant::now();
        let unused = |slot: &&Slot| slot.is_idle() && slot.used.elapsed() > IDLE_MAX;
        let unused: Vec<RunId> = self.slots.values().filter(unused).map(Slot::run).collect();
        for run in unused {
            self.drop_slot(run);
        }
    }

    fn evict(&mut self) {
        // Sampling approximates least-recently-used without an order that every move would have to keep.
        while self.cached_bytes > self.with.cache_bytes {
            let sample = self
                .slots
                .values()
                .filter(|slot| slot.is_idle())
                .take(EVICTION_SAMPLE);
            let Some(run) = sample.min_by_key(|slot| slot.used).map(Slot::run) else {
                break;
            };
            self.drop_slot(run);
        }
    }
}

async fn read(pool: &PgPool, registry: &Registry, run: RunId) -> Result<Option<Box<LoadedRun>>, StoreError> {
    let Some(stored) = store::load_run(pool, run).await? else {
        return Ok(None);
    };
    let Some(domain) = registry.domain_of(stored.domain).await? else {
        return Ok(None);
    };
    Ok(Some(Box::new(LoadedRun { stored, domain })))
}
