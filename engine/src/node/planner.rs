//! The one task that moves runs. It owns every state in memory, so nothing here locks or waits: what takes time
//! (reading, committing, deciding) is done elsewhere and comes back as an [`Input`].

mod advance;
mod asks;
mod backlog;
mod beats;
mod delivery;
mod load;
mod measure;
mod open_runs;
mod pollers;
mod settle;
mod ship;
mod start;
mod waiters;

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::postgres::PgPool;
use tokio::sync::{Semaphore, mpsc, oneshot};

use crate::model::{Limits, RunId, Text, Timestamp};
use crate::store::TaskKey;

use super::clock::Clock;
use super::committer::Committers;
use super::deciders::DeciderPool;
use super::inputs::Input;
use super::matcher::Matcher;
use super::open_runs::OpenRuns;
use super::registry::Registry;
use super::slot::Slot;

use beats::Beat;
use load::Loading;
use waiters::Waiters;

/// Inputs taken from the queue at once.
const INPUTS_AT_ONCE: usize = 1_024;
/// How often the planner looks after things that have no event of their own: eviction, heartbeats, stuck deciders.
const HOUSEKEEPING: Duration = Duration::from_millis(250);

/// What the planner works with.
pub struct Setup {
    pub pool: PgPool,
    pub clock: Arc<Clock>,
    pub registry: Arc<Registry>,
    pub limits: Limits,
    pub open_runs: OpenRuns,
    pub committers: Committers,
    pub deciders: DeciderPool,
    pub cache_bytes: usize,
    /// Histories are read so many at once: when thousands of runs want theirs, callers still find a connection.
    pub reads: Arc<Semaphore>,
    pub inputs: mpsc::Sender<Input>,
}

/// The state of a node.
pub struct Planner {
    with: Setup,
    /// No caller chooses a run id, so a hash that could be guessed does no harm; it is looked up dozens of times a turn.
    slots: foldhash::HashMap<RunId, Slot>,
    /// Runs that are being read.
    loading: HashMap<RunId, Loading>,
    /// Reads that were begun.
    reads_begun: u64,
    /// Open runs in memory by domain and workflow id.
    open_ids: HashMap<(i32, Text), RunId>,
    /// Runs whose open turn is complete, in the order in which they will be committed.
    ready: VecDeque<RunId>,
    /// When runs in memory have something due.
    deadlines: BTreeSet<(Timestamp, RunId)>,
    /// So many of them may be rung until more turns have been committed.
    rings_left: usize,
    matcher: Matcher,
    waiters: Waiters,
    /// The latest heartbeats, to be saved now and then.
    beats: HashMap<TaskKey, Beat>,
    cached_bytes: usize,
    /// Polls are answered with nothing.
    draining: bool,
    stopping: Option<oneshot::Sender<()>>,
    last_housekeeping: Instant,
    last_search_for_unused: Instant,
}

impl Planner {
    /// A planner with nothing in memory.
    pub fn new(with: Setup) -> Self {
        Planner {
            with,
            slots: HashMap::default(),
            loading: HashMap::new(),
            reads_begun: 0,
            open_ids: HashMap::new(),
            ready: VecDeque::new(),
            deadlines: BTreeSet::new(),
            rings_left: 0,
            matcher: Matcher::default(),
            waiters: Waiters::default(),
            beats: HashMap::new(),
            cached_bytes: 0,
            draining: false,
            stopping: None,
            last_housekeeping: Instant::now(),
            last_search_for_unused: Instant::now(),
        }
    }

    /// Works until it is told to stop and has finished what was under way.
    pub async fn run(mut self, mut inputs: mpsc::Receiver<Input>) {
        let mut batch = Vec::with_capacity(INPUTS_AT_ONCE);
        loop {
            let wake = wake_after(self.until_next_wake());
            tokio::select! {
                biased;
                taken = inputs.recv_many(&mut batch, INPUTS_AT_ONCE) => {
                    if taken == 0 { break; }
                }
                () = wake => {}
            }
            self.take_all(&mut batch);
            self.ring();
            self.gather(&mut inputs, &mut batch).await;
            self.feed_pollers();
            self.ship();
            self.with.deciders.flush();
            if self.last_housekeeping.elapsed() >= HOUSEKEEPING {
                self.keep_house();
            }
            if self.finished() {
                break;
            }
        }
        if let Some(stopped) = self.stopping.take() {
            let _ = stopped.send(());
        }
    }

    fn take_all(&mut self, batch: &mut Vec<Input>) {
        for input in batch.drain(..) {
            self.take(input);
        }
    }

    fn take(&mut self, input: Input) {
        match input {
            Input::Start(request) => self.start(request),
            Input::Ask {
                domain,
                workflow_id,
                run,
                envelope,
            } => self.ask(domain, workflow_id, run, envelope),
            Input::Resolved {
                workflow_id,
                found,
                envelope,
            } => self.resolved(&workflow_id, found, envelope),
            Input::Run(run, envelope) => self.ask_run(run, envelope),
            Input::Loaded { run, number, loaded } => self.loaded(run, number, loaded),
            Input::Decide(input, started_event_id) => self.with.deciders.ask(input, started_event_id),
            Input::Decided(decided) => {
                for (run, started_event_id, decided) in decided {
                    self.decided(run, started_event_id, decided);
                }
            }
            Input::Poll(list, poller) => self.take_in(list, poller),
            Input::Withdraw(list, id) => {
                if let Some(poller) = self.matcher.withdraw(&list, id) {
                    poller.send_away();
                }
            }
            Input::GiveBack(list, task) => self.give_back(list, *task),
            Input::Claimed { list, tasks, more } => self.claimed(&list, tasks, more),
            Input::Committed {
                connection,
                runs,
                outcomes,
            } => self.committed(connection, runs, outcomes),
            Input::Messages(messages) => {
                for message in messages {
                    self.deliver(message);
                }
            }
            Input::Due(runs) => self.due(runs),
            Input::OpenRuns(domain, open) => self.with.open_runs.counted(domain, open, Instant::now()),
            Input::TasksElsewhere => self.tasks_elsewhere(),
            Input::WaitClosed(wait) => self.wait_closed(wait),
            Input::ClosedElsewhere(runs) => self.closed_elsewhere(runs),
            Input::DrainPolls => self.drain_polls(),
            Input::Shutdown(stopped) => self.stop(stopped),
        }
    }

    /// Until the next deadline, or the next housekeeping. A deadline that has to wait for a commit is no reason to wake.
    fn until_next_wake(&self) -> Duration {
        let may_ring = self.rings_left > 0 || self.with.committers.all_idle();
        let due = self
            .deadlines
            .first()
            .filter(|_| may_ring)
            .map(|(at, _)| self.with.clock.until_after(*at));
        due.map_or(HOUSEKEEPING, |due| due.min(HOUSEKEEPING))
    }

    fn drain_polls(&mut self) {
        self.draining = true;
        for poller in self.matcher.drain() {
            poller.send_away();
        }
    }

    fn stop(&mut self, stopped: oneshot::Sender<()>) {
        self.drain_polls();
        self.stopping = Some(stopped);
    }

    /// Nothing is half done: all that was asked is durable and answered.
    fn finished(&self) -> bool {
        self.stopping.is_some()
            && self.with.committers.all_idle()
            && self.loading.is_empty()
            && self.slots.values().all(Slot::is_idle)
    }
}

/// A sleep lasts a millisecond at least, and what is due already need not wait for it.
async fn wake_after(pause: Duration) {
    if pause.is_zero() {
        tokio::task::yield_now().await;
    } else {
        tokio::time::sleep(pause).await;
    }
}
