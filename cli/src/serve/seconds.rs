//! Spans of time that are written as seconds, with a fraction if need be.

use std::str::FromStr;
use std::time::Duration;

use serde::Deserialize;

/// The longest span that can be set: a day.
const MAX: f64 = 86_400.0;
/// What switches the clock's check off.
const OFF: &str = "off";

/// A span of time.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(try_from = "f64")]
pub struct Seconds(pub Duration);

impl TryFrom<f64> for Seconds {
    type Error = String;

    fn try_from(seconds: f64) -> Result<Self, String> {
        if (0.0..=MAX).contains(&seconds) {
            Ok(Seconds(Duration::from_secs_f64(seconds)))
        } else {
            Err(format!("{seconds} is no number of seconds from 0 to {MAX}"))
        }
    }
}

impl FromStr for Seconds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = |_| format!("{text:?} is no number of seconds, such as 55 or 0.5");
        text.parse()
            .map_err(wrong)
            .and_then(|seconds: f64| seconds.try_into())
    }
}

/// How far a caller's clock may be off; any distance when there is none.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(try_from = "Written")]
pub struct ClockSkew(pub Option<Duration>);

/// A number or a word.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Number(f64),
    Word(String),
}

impl TryFrom<Written> for ClockSkew {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        match written {
            Written::Number(seconds) => Seconds::try_from(seconds).map(|Seconds(skew)| ClockSkew(Some(skew))),
            Written::Word(word) => word.parse(),
        }
    }
}

impl FromStr for ClockSkew {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == OFF {
            return Ok(ClockSkew(None));
        }
        let seconds = text.parse().map_err(|why| format!("{why}, and not {OFF:?}"));
        seconds.map(|Seconds(skew)| ClockSkew(Some(skew)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_read() {
        assert_eq!("0.2".parse(), Ok(Seconds(Duration::from_millis(200))));
        assert_eq!("60".parse(), Ok(Seconds(Duration::from_secs(60))));
        for wrong in ["-1", "", "NaN", "inf", "1s", "86401"] {
            assert!(wrong.parse::<Seconds>().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn the_clock_may_be_any() {
        assert_eq!("off".parse(), Ok(ClockSkew(None)));
        assert_eq!("300".parse(), Ok(ClockSkew(Some(Duration::from_secs(300)))));
        assert!("none".parse::<ClockSkew>().is_err());
    }
}
