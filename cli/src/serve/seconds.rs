//! Spans of time that are written as seconds, with a fraction if need be.

use std::time::Duration;

/// The longest that a poll may be held: AWS's own.
const LONG_POLL_MAX: f64 = 60.0;

/// Reads how long a poll is held, in seconds: above 0, at most 60.
pub fn long_poll(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().unwrap_or(f64::NAN);
    if seconds > 0.0 && seconds <= LONG_POLL_MAX {
        Ok(Duration::from_secs_f64(seconds))
    } else {
        Err(format!(
            "a poll is held for more than 0 and at most {LONG_POLL_MAX} seconds, such as 55 or 0.5"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polls_are_held_for_a_minute_at_most() {
        assert_eq!(long_poll("0.2"), Ok(Duration::from_millis(200)));
        assert_eq!(long_poll("60"), Ok(Duration::from_secs(60)));
        for wrong in ["0", "-1", "60.1", "", "NaN", "inf", "1s"] {
            assert!(long_poll(wrong).is_err(), "{wrong:?}");
        }
    }
}
