//! When and how often a failed activity is scheduled again.

use std::time::Duration;

use crate::model::Timeout;

use super::limits;

/// How failed attempts of an activity are repeated. The pauses are durable timers, in whole seconds, rounded up.
#[derive(Clone, Debug, PartialEq)]
pub struct RetryPolicy {
    /// The pause after the first failure.
    pub initial: Duration,
    /// Each further pause is the one before times this; at least 1.
    pub factor: f64,
    /// No pause is longer.
    pub longest: Duration,
    /// Attempts in all, the first included; `None` for no limit.
    pub attempts: Option<u32>,
    /// No attempt begins later than this after the first was scheduled; `None` for no limit.
    pub within: Option<Duration>,
    /// Reasons of failures that are final whatever the activity says of them.
    pub final_reasons: &'static [&'static str],
}

impl Default for RetryPolicy {
    /// Five attempts with pauses of 1, 2, 4 and 8 seconds.
    fn default() -> Self {
        RetryPolicy {
            initial: Duration::from_secs(1),
            factor: 2.0,
            longest: Duration::from_secs(60),
            attempts: Some(5),
            within: None,
            final_reasons: &[],
        }
    }
}

impl RetryPolicy {
    /// One attempt only.
    pub fn never() -> Self {
        RetryPolicy {
            attempts: Some(1),
            ..RetryPolicy::default()
        }
    }

    /// Until it works, with pauses of up to a minute.
    pub fn forever() -> Self {
        RetryPolicy {
            attempts: None,
            ..RetryPolicy::default()
        }
    }

    /// So many attempts in all.
    pub fn attempts(self, attempts: u32) -> Self {
        RetryPolicy {
            attempts: Some(attempts),
            ..self
        }
    }

    /// Pauses from `initial`, growing by `factor`, up to `longest`.
    pub fn backoff(self, initial: Duration, factor: f64, longest: Duration) -> Self {
        RetryPolicy {
            initial,
            factor,
            longest,
            ..self
        }
    }

    /// No attempt begins later than this after the first.
    pub fn within(self, limit: Duration) -> Self {
        RetryPolicy {
            within: Some(limit),
            ..self
        }
    }

    /// Failures with these reasons are final.
    pub fn final_on(self, reasons: &'static [&'static str]) -> Self {
        RetryPolicy {
            final_reasons: reasons,
            ..self
        }
    }

    /// The pause before the next attempt, when `failed` attempts have failed, the last with this reason, and
    /// `elapsed` has passed since the first; `None` when it was the last one.
    pub fn pause(&self, failed: u32, reason: &str, elapsed: Duration) -> Option<Duration> {
        if self.attempts.is_some_and(|attempts| failed >= attempts) || self.final_reasons.contains(&reason) {
            return None;
        }
        // A power that overflows is infinite, and the minimum makes that the longest pause.
        let grown =
            self.initial.as_secs_f64() * self.factor.max(1.0).powf(f64::from(failed.saturating_sub(1)));
        let pause = Duration::from_secs_f64(grown.min(self.longest.as_secs_f64()));
        match self.within {
            Some(within) if elapsed + pause > within => None,
            _ => Some(pause),
        }
    }
}

/// A duration in the wire's whole seconds, rounded up, and cut to what the wire can say.
pub(super) fn whole_seconds(duration: Duration) -> u32 {
    let seconds = duration
        .as_secs()
        .saturating_add(u64::from(duration.subsec_nanos() > 0));
    u32::try_from(seconds)
        .unwrap_or(u32::MAX)
        .min(limits::TIMEOUT_SECONDS)
}

/// A duration as a timeout.
pub(super) fn timeout(duration: Duration) -> Timeout {
    Timeout::Seconds(whole_seconds(duration))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::ZERO;

    #[test]
    fn pauses_grow_up_to_the_longest() {
        let policy = RetryPolicy::default().attempts(9);
        let pauses: Vec<_> = (1..=9)
            .map(|failed| policy.pause(failed, "x", NOW).map(|pause| pause.as_secs()))
            .collect();
        let expected = [
            Some(1),
            Some(2),
            Some(4),
            Some(8),
            Some(16),
            Some(32),
            Some(60),
            Some(60),
            None,
        ];
        assert_eq!(pauses, expected);
    }

    #[test]
    fn a_policy_without_limit_never_overflows() {
        assert_eq!(
            RetryPolicy::forever().pause(u32::MAX, "x", NOW),
            Some(Duration::from_secs(60))
        );
    }

    #[test]
    fn final_reasons_and_the_time_limit_end_it() {
        let policy = RetryPolicy::default()
            .final_on(&["corrupt"])
            .within(Duration::from_secs(10));
        assert_eq!(policy.pause(1, "corrupt", NOW), None);
        assert_eq!(
            policy.pause(1, "busy", Duration::from_secs(9)),
            Some(Duration::from_secs(1))
        );
        assert_eq!(policy.pause(2, "busy", Duration::from_secs(9)), None);
    }

    #[test]
    fn timers_round_up_to_whole_seconds() {
        assert_eq!(whole_seconds(Duration::from_millis(1)), 1);
        assert_eq!(whole_seconds(Duration::from_secs(2)), 2);
        assert_eq!(whole_seconds(Duration::MAX), limits::TIMEOUT_SECONDS);
    }
}
