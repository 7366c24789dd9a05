//! The running engine: committer, cache of executions, matcher, timekeeper, outbox.
//!
//! ```text
//!  Node (handle) ----\
//!  decider threads ---+--> planner --> committers --> Postgres
//!  background sweeps-/        ^             |
//!                             +-------------+
//! ```
//! The planner is one task that owns every run in memory; all others talk to it through its queue of inputs.

mod activities;
mod background;
mod clock;
mod committer;
mod credentials;
mod decider;
mod deciders;
mod decisions;
mod domains;
mod floor;
mod inputs;
mod matcher;
mod open_runs;
mod planner;
mod polls;
mod readiness;
mod registered_types;
mod registration;
mod registry;
mod slot;
mod tasks;
mod visibility;
mod workflows;

pub(crate) use credentials::CREDENTIALS_MAX;
pub use decider::{Decided, Decider, DeciderFactory, DecisionInput};
pub use readiness::Readiness;
pub use tasks::{ActivityTask, DecisionTask, Handed, Task, TaskToken};
pub use visibility::{COUNT_MAX, Description, ExecutionPage};
pub use workflows::HistoryPage;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use sqlx::postgres::{PgConnectOptions, PgPool};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::model::{Fault, Limits, Timestamp};
use crate::store::{self, StoreError};

use background::Background;
use clock::Clock;
use committer::Committers;
use credentials::Credentials;
use deciders::DeciderPool;
use inputs::Input;
use open_runs::OpenRuns;
use planner::{Planner, Setup};
use registry::Registry;

/// Inputs that may wait for the planner; senders wait beyond that.
const INPUTS_MAX: usize = 65_536;
/// Histories that the planner has read at once.
const READS_AT_ONCE: usize = 4;
/// Callers that wait for a run's end look so many at once whether another node has brought it.
const LOOKS_AT_ONCE: usize = 2;

/// How a node is to run.
#[derive(Clone)]
pub struct NodeOptions {
    /// The database that all nodes share.
    pub database: PgConnectOptions,
    /// The service's limits.
    pub limits: Limits,
    /// Deciders of this process, if any.
    pub deciders: Option<Arc<dyn DeciderFactory>>,
    /// Threads on which they run.
    pub decider_threads: usize,
    /// Connections that commit. With two, half of what is busy is committed while the other half is at work.
    pub commit_connections: usize,
    /// Connections for everything else.
    pub read_connections: u32,
    /// Bytes of runs kept in memory; least recently used ones leave first.
    pub cache_bytes: usize,
}

impl NodeOptions {
    /// The defaults, on this database.
    pub fn new(database: PgConnectOptions) -> Self {
        NodeOptions {
            database,
            limits: Limits::default(),
            deciders: None,
            decider_threads: 1,
            commit_connections: 2,
            read_connections: 8,
            cache_bytes: 640 << 20,
        }
    }
}

/// A handle to a running engine. Cheap to clone; all clones are the same node.
#[derive(Clone)]
pub struct Node {
    shared: Arc<Shared>,
}

struct Shared {
    pool: PgPool,
    clock: Arc<Clock>,
    registry: Arc<Registry>,
    credentials: Arc<Credentials>,
    limits: Limits,
    planner: mpsc::Sender<Input>,
    poller_ids: AtomicU64,
    looks: Semaphore,
    draining: CancellationToken,
    stop: CancellationToken,
    ended: CancellationToken,
    tracker: TaskTracker,
}

impl Node {
    /// Brings the schema up to date and starts the engine.
    ///
    /// # Errors
    /// When the database can't be reached or its schema is newer than this program.
    pub async fn start(options: NodeOptions) -> Result<Node, StoreError> {
        store::migrate(&options.database).await?;
        let pool = store::connect(&options.database, options.read_connections).await?;
        let clock = Arc::new(Clock::synchronised(&pool).await?);
        let registry = Arc::new(Registry::load(pool.clone()).await?);
        let credentials = Arc::new(Credentials::load(pool.clone()).await?);
        let limit = options.limits.open_executions;
        let open_runs = OpenRuns::new(limit, store::count_open_runs(&pool, limit).await?);
        let (planner, inputs) = mpsc::channel(INPUTS_MAX);
        let setup = Setup {
            pool: pool.clone(),
            clock: Arc::clone(&clock),
            registry: Arc::clone(&registry),
            limits: options.limits.clone(),
            open_runs,
            committers: Committers::start(&options.database, options.commit_connections, &planner),
            deciders: DeciderPool::start(options.deciders, options.decider_threads, planner.clone()),
            cache_bytes: options.cache_bytes,
            reads: Arc::new(Semaphore::new(READS_AT_ONCE)),
            inputs: planner.clone(),
        };
        let (stop, tracker) = (CancellationToken::new(), TaskTracker::new());
        let ended = CancellationToken::new();
        tracker.spawn(plan(Planner::new(setup).run(inputs), ended.clone()));
        let background = Background {
            pool: pool.clone(),
            clock: Arc::clone(&clock),
            registry: Arc::clone(&registry),
            credentials: Arc::clone(&credentials),
            planner: planner.clone(),
            stop: stop.clone(),
        };
        background.start(&tracker);
        let poller_ids = AtomicU64::new(1);
        let limits = options.limits;
        let shared = Shared {
            pool,
            clock,
            registry,
            credentials,
            limits,
            planner,
            poller_ids,
            looks: Semaphore::new(LOOKS_AT_ONCE),
            draining: CancellationToken::new(),
            stop,
            ended,
            tracker,
        };
        Ok(Node {
            shared: Arc::new(shared),
        })
    }

    /// Answers the polls that wait, finishes what is under way and stops. Work that is open goes on at the next start,
    /// or at another node.
    pub async fn shutdown(self) {
        self.shared.draining.cancel();
        self.shared.stop.cancel();
        let (stopped, wait) = oneshot::channel();
        if self.shared.planner.send(Input::Shutdown(stopped)).await.is_ok() {
            let _ = wait.await;
        }
        self.shared.tracker.close();
        self.shared.tracker.wait().await;
        self.shared.pool.close().await;
    }

    /// Waits until the engine ends: after [`Node::shutdown`], or because of a defect in it. Then this process can do
    /// nothing for its runs any more and should end too; what is open goes on at the next start, or at another node.
    pub async fn ended(&self) {
        self.shared.ended.cancelled().await;
    }

    /// What time it is by Postgres's clock.
    pub fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    /// The limits that this node keeps.
    pub fn limits(&self) -> &Limits {
        &self.shared.limits
    }

    async fn tell(&self, input: Input) -> Result<(), Fault> {
        self.shared.planner.send(input).await.map_err(|_| stopped())
    }
}

/// Runs the planner in a task of its own, so that a panic in it is seen.
async fn plan(planner: impl Future<Output = ()> + Send + 'static, ended: CancellationToken) {
    if let Err(error) = tokio::spawn(planner).await {
        tracing::error!(%error, "the engine failed; its process should end and start again");
    }
    ended.cancel();
}

fn stopped() -> Fault {
    Fault::unavailable("the engine has stopped")
}

fn database_failed(error: &StoreError) -> Fault {
    tracing::warn!(%error, "a call failed at the database");
    Fault::unavailable(format!("the database can't be asked: {error}"))
}
