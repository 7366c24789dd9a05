//! What runs beside the planner: sweeps of Postgres for work that its node lost, wake-ups from other nodes, the clock,
//! retention. Each is a loop that survives any error.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgListener, PgPool};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::store::{self, CREDENTIALS_CHANNEL, REGISTRY_CHANNEL, StoreError, TASKS_CHANNEL};

use super::clock::Clock;
use super::credentials::Credentials;
use super::floor::Floor;
use super::inputs::Input;
use super::registry::Registry;

/// How often Postgres is searched for overdue runs and undelivered messages.
const SWEEP_EVERY: Duration = Duration::from_millis(500);
/// A deadline is the business of the node that holds the run; so long after it, of any node.
const SWEEP_GRACE: Duration = Duration::from_secs(1);
/// How long a sweep keeps what it found for itself.
const SWEEP_HOLD: Duration = Duration::from_secs(5);
/// Runs or messages that one sweep takes.
const SWEEP_MAX: i64 = 1_000;
/// How often waiting pollers look into Postgres although nobody woke them.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often the clock is compared with Postgres's.
const CLOCK_EVERY: Duration = Duration::from_secs(10);
/// How often closed runs are searched for ended retention.
const RETENTION_EVERY: Duration = Duration::from_secs(60);
/// Runs deleted in one transaction.
const RETENTION_MAX: i64 = 1_000;
/// How often credentials are read although nobody said that they changed: what is revoked must not live on behind a
/// listening connection that is dead without knowing it.
const CREDENTIALS_EVERY: Duration = Duration::from_secs(10);
/// Before a lost listening connection is made again.
const LISTEN_AGAIN: Duration = Duration::from_secs(1);

/// What the loops work with.
#[derive(Clone)]
pub struct Background {
    pub pool: PgPool,
    pub clock: Arc<Clock>,
    pub registry: Arc<Registry>,
    pub credentials: Arc<Credentials>,
    pub planner: mpsc::Sender<Input>,
    pub stop: CancellationToken,
}

impl Background {
    /// Starts all loops; they end when `stop` is cancelled.
    pub fn start(self, tracker: &TaskTracker) {
        let this = self.clone();
        tracker.spawn(async move {
            let floor = Arc::<Floor>::default();
            let sweep = |of: Background| of.sweep_deadlines(Arc::clone(&floor));
            this.every(SWEEP_EVERY, "sweep of deadlines", sweep).await
        });
        let this = self.clone();
        tracker.spawn(async move {
            let floor = Arc::<Floor>::default();
            let sweep = |of: Background| of.sweep_messages(Arc::clone(&floor));
            this.every(SWEEP_EVERY, "sweep of messages", sweep).await
        });
        let this = self.clone();
        tracker.spawn(async move { this.every(CLOCK_EVERY, "clock", |of| of.synchronise()).await });
        let this = self.clone();
        tracker.spawn(async move {
            this.every(RETENTION_EVERY, "retention", |of| of.delete_expired())
                .await
        });
        let this = self.clone();
        tracker.spawn(async move {
            this.every(LOOK_EVERY, "look for tasks", |of| of.look_for_tasks())
                .await
        });
        let this = self.clone();
        tracker.spawn(async move {
            this.every(CREDENTIALS_EVERY, "credentials", |of| of.read_credentials())
                .await
        });
        tracker.spawn(async move { self.listen().await });
    }

    async fn every<F, R>(&self, period: Duration, what: &'static str, run: F)
    where
        F: Fn(Background) -> R,
        R: Future<Output = Result<(), StoreError>>,
    {
        let mut ticks = tokio::time::interval(period);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = self.stop.cancelled() => return,
            }
            if let Err(error) = run(self.clone()).await {
                tracing::warn!(%error, what, "a background task failed; it will be tried again");
            }
        }
    }

    async fn sweep_deadlines(self, floor: Arc<Floor>) -> Result<(), StoreError> {
        let due_before = self.clock.now().plus_millis(-(SWEEP_GRACE.as_millis() as i64));
        let sweep = floor.sweep(due_before);
        let due = store::claim_due(&self.pool, sweep.from, sweep.due, SWEEP_HOLD, SWEEP_MAX).await?;
        if (due.len() as i64) < SWEEP_MAX {
            floor.swept(&sweep);
        }
        if !due.is_empty() {
            let _ = self.planner.send(Input::Due(due)).await;
        }
        Ok(())
    }

    async fn sweep_messages(self, floor: Arc<Floor>) -> Result<(), StoreError> {
        let sweep = floor.sweep(self.clock.now());
        let messages =
            store::claim_messages(&self.pool, sweep.from, sweep.due, SWEEP_HOLD, SWEEP_MAX).await?;
        if (messages.len() as i64) < SWEEP_MAX {
            floor.swept(&sweep);
        }
        if !messages.is_empty() {
            let _ = self.planner.send(Input::Messages(messages)).await;
        }
        Ok(())
    }

    async fn synchronise(self) -> Result<(), StoreError> {
        self.clock.synchronise(&self.pool).await
    }

    async fn delete_expired(self) -> Result<(), StoreError> {
        while store::delete_expired(&self.pool, RETENTION_MAX).await? > 0 {}
        Ok(())
    }

    async fn look_for_tasks(self) -> Result<(), StoreError> {
        let _ = self.planner.send(Input::TasksElsewhere).await;
        Ok(())
    }

    async fn read_credentials(self) -> Result<(), StoreError> {
        self.credentials.refresh().await
    }

    /// Notifications sent while the connection was lost are lost too: look at everything after each connect.
    async fn listen(self) {
        while !self.stop.is_cancelled() {
            tokio::select! {
                ended = self.listen_once() => {
                    if let Err(error) = ended {
                        tracing::warn!(%error, "the listening connection was lost; connecting again");
                    }
                }
                () = self.stop.cancelled() => return,
            }
            tokio::select! {
                () = tokio::time::sleep(LISTEN_AGAIN) => {}
                () = self.stop.cancelled() => return,
            }
        }
    }

    async fn listen_once(&self) -> Result<(), StoreError> {
        let mut listener = PgListener::connect_with(&self.pool).await?;
        listener
            .listen_all([TASKS_CHANNEL, REGISTRY_CHANNEL, CREDENTIALS_CHANNEL])
            .await?;
        self.registry.refresh().await?;
        self.credentials.refresh().await?;
        let _ = self.planner.send(Input::TasksElsewhere).await;
        while let Some(notification) = listener.try_recv().await? {
            match notification.channel() {
                REGISTRY_CHANNEL => drop(self.registry.refresh().await?),
                CREDENTIALS_CHANNEL => self.credentials.refresh().await?,
                _ => drop(self.planner.send(Input::TasksElsewhere).await),
            }
        }
        Ok(())
    }
}
