//! Postgres's time, read without asking Postgres each time.

use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use sqlx::postgres::PgPool;

use crate::model::Timestamp;
use crate::store::{self, StoreError};

/// Questions at the start: the one that was answered fastest says the time best.
const QUESTIONS: usize = 5;

/// The node's offset to the database clock, over a monotonic local clock. Never goes backwards.
#[derive(Debug)]
pub struct Clock {
    base: Instant,
    /// Postgres's time at `base`, in microseconds.
    offset: AtomicI64,
    /// The latest time given out, in microseconds.
    latest: AtomicI64,
}

impl Clock {
    /// Asks Postgres what time it is.
    ///
    /// # Errors
    /// When Postgres fails.
    pub async fn synchronised(pool: &PgPool) -> Result<Self, StoreError> {
        let base = Instant::now();
        let mut best = i64::MIN..=i64::MAX;
        for _ in 0..QUESTIONS {
            let bounds = ask(pool, base).await?;
            best = *best.start().max(bounds.start())..=*best.end().min(bounds.end());
        }
        Ok(Clock {
            base,
            offset: AtomicI64::new(*best.start()),
            latest: AtomicI64::new(0),
        })
    }

    /// Asks again; local clocks drift. As long as what was known can still be true it stays, so that time does not
    /// jump with every slow answer.
    ///
    /// # Errors
    /// When Postgres fails.
    pub async fn synchronise(&self, pool: &PgPool) -> Result<(), StoreError> {
        let bounds = ask(pool, self.base).await?;
        let known = self.offset.load(Ordering::Relaxed);
        self.offset
            .store(known.clamp(*bounds.start(), *bounds.end()), Ordering::Relaxed);
        Ok(())
    }

    /// What time it is; the millisecond that has begun.
    pub fn now(&self) -> Timestamp {
        Timestamp(self.now_us().div_euclid(1_000))
    }

    /// How long until that millisecond is over, and with it every time that was called by its name; zero when it is.
    pub fn until_after(&self, at: Timestamp) -> Duration {
        let over_us = at.0.saturating_add(1).saturating_mul(1_000);
        Duration::from_micros(over_us.saturating_sub(self.now_us()).max(0) as u64)
    }

    fn now_us(&self) -> i64 {
        let now = self.offset.load(Ordering::Relaxed) + self.base.elapsed().as_micros() as i64;
        self.latest.fetch_max(now, Ordering::Relaxed).max(now)
    }
}

/// Between which bounds Postgres's time at `base` lies: it named its time between the question and the answer.
async fn ask(pool: &PgPool, base: Instant) -> Result<RangeInclusive<i64>, StoreError> {
    let asked = base.elapsed();
    let time_us = store::database_time(pool).await?;
    let answered = base.elapsed();
    Ok(time_us - answered.as_micros() as i64..=time_us - asked.as_micros() as i64)
}
