//! Postgres's time, read without asking Postgres each time.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use sqlx::postgres::PgPool;

use crate::model::Timestamp;
use crate::store::{self, StoreError};

/// The node's offset to the database clock, over a monotonic local clock. Never goes backwards.
#[derive(Debug)]
pub struct Clock {
    base: Instant,
    /// Postgres's time at `base`, in milliseconds.
    offset: AtomicI64,
    /// The latest time given out.
    latest: AtomicI64,
}

impl Clock {
    /// Asks Postgres what time it is.
    ///
    /// # Errors
    /// When Postgres fails.
    pub async fn synchronised(pool: &PgPool) -> Result<Self, StoreError> {
        let clock = Clock {
            base: Instant::now(),
            offset: AtomicI64::new(0),
            latest: AtomicI64::new(0),
        };
        clock.synchronise(pool).await?;
        Ok(clock)
    }

    /// Asks again; local clocks drift.
    ///
    /// # Errors
    /// When Postgres fails.
    pub async fn synchronise(&self, pool: &PgPool) -> Result<(), StoreError> {
        let time = store::database_time(pool).await?;
        // The answer is as old as its way back: taking the local time after it never makes us run ahead of Postgres.
        let received = self.base.elapsed();
        self.offset
            .store(time.0 - received.as_millis() as i64, Ordering::Relaxed);
        Ok(())
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        let now = self.offset.load(Ordering::Relaxed) + self.base.elapsed().as_millis() as i64;
        Timestamp(self.latest.fetch_max(now, Ordering::Relaxed).max(now))
    }

    /// How long until then; zero when it has passed.
    pub fn until(&self, at: Timestamp) -> Duration {
        Duration::from_millis((at.0 - self.now().0).max(0) as u64)
    }
}
