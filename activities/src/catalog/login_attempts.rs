//! The brake on guessing passwords: after some attempts without success each further one has to wait twice as long.

use std::time::Duration;

use super::{Catalog, Result};

/// How attempts are braked.
#[derive(Clone, Copy, Debug)]
pub struct BackOff {
    /// Attempts that are not braked.
    pub free_attempts: i32,
    /// The wait after the last free attempt; doubled by each one after it.
    pub first_wait: Duration,
    /// No wait is longer.
    pub longest_wait: Duration,
    /// Attempts are forgotten when none was made for so long.
    pub forget_after: Duration,
}

/// Whether an attempt may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// It may, and has been counted.
    Allowed,
    /// It may not before this time has passed.
    LockedFor(Duration),
}

impl Catalog {
    /// Counts an attempt by `subject` before it is made, so that a thousand at once are not all the first.
    pub async fn begin_login_attempt(&self, subject: &str, back_off: &BackOff) -> Result<Attempt> {
        let counted = sqlx::query_scalar::<_, i32>(
            "INSERT INTO login_attempts AS a (subject, attempts, last_attempt, locked_until) VALUES ($1, 1, now(), now())
             ON CONFLICT (subject) DO UPDATE SET
                attempts = CASE WHEN a.last_attempt < now() - make_interval(secs => $5) THEN 1 ELSE a.attempts + 1 END,
                last_attempt = now(),
                locked_until = CASE
                    WHEN a.last_attempt < now() - make_interval(secs => $5) OR a.attempts + 1 < $2 THEN now()
                    ELSE now() + make_interval(secs => least($3 * 2.0 ^ least(a.attempts + 1 - $2, 60), $4)) END
             WHERE a.locked_until <= now()
             RETURNING attempts",
        )
        .bind(subject)
        .bind(back_off.free_attempts)
        .bind(back_off.first_wait.as_secs_f64())
        .bind(back_off.longest_wait.as_secs_f64())
        .bind(back_off.forget_after.as_secs_f64())
        .fetch_optional(&self.pool)
        .await?;
        if counted.is_some() {
            return Ok(Attempt::Allowed);
        }
        let wait: Option<f64> = sqlx::query_scalar(
            "SELECT greatest(extract(epoch FROM locked_until - now()), 0)::float8 FROM login_attempts WHERE subject = $1",
        )
        .bind(subject)
        .fetch_optional(&self.pool)
        .await?;
        Ok(Attempt::LockedFor(Duration::from_secs_f64(wait.unwrap_or(0.0))))
    }

    /// Forgets the attempts of a subject that has proved who it is.
    pub async fn clear_login_attempts(&self, subject: &str) -> Result<()> {
        sqlx::query("DELETE FROM login_attempts WHERE subject = $1")
            .bind(subject)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Takes back one attempt of a subject that many people share, such as a network address: one person's success
    /// says nothing about the failures of the others.
    pub async fn refund_login_attempt(&self, subject: &str) -> Result<()> {
        sqlx::query(
            "UPDATE login_attempts SET attempts = greatest(attempts - 1, 0), locked_until = now() WHERE subject = $1",
        )
        .bind(subject)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Deletes up to `limit` records of attempts older than `age`; returns how many.
    pub async fn purge_login_attempts(&self, age: Duration, limit: i64) -> Result<u64> {
        let purged = sqlx::query(
            "DELETE FROM login_attempts WHERE subject IN
                (SELECT subject FROM login_attempts
                 WHERE last_attempt < now() - make_interval(secs => $1) AND locked_until <= now()
                 LIMIT $2 FOR UPDATE SKIP LOCKED)",
        )
        .bind(age.as_secs_f64())
        .bind(limit)
        .execute(&self.pool)
        .await?;
        Ok(purged.rows_affected())
    }
}
