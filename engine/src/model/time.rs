//! Points in time and durations, in SWF's resolution.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A point in time by Postgres's clock: milliseconds since the Unix epoch. On the wire: seconds with a fraction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// This point plus a number of milliseconds.
    pub fn plus_millis(self, millis: i64) -> Self {
        Timestamp(self.0.saturating_add(millis))
    }

    /// The same point as other libraries have it; the last that they know, where it lies beyond.
    pub fn to_utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// This point plus a timeout; `None` when the timeout is `NONE`.
    pub fn after(self, timeout: Timeout) -> Option<Self> {
        timeout
            .seconds()
            .map(|seconds| self.plus_millis(i64::from(seconds) * 1000))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.serialize_f64(self.0 as f64 / 1000.0)
        } else {
            serializer.serialize_i64(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            f64::deserialize(deserializer).map(|seconds| Timestamp((seconds * 1000.0).round() as i64))
        } else {
            i64::deserialize(deserializer).map(Timestamp)
        }
    }
}

/// A duration in whole seconds, or `NONE` for no limit. Up to eight digits, as SWF has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Timeout {
    /// So many seconds.
    Seconds(u32),
    /// No limit: `NONE` on the wire.
    None,
}

impl Timeout {
    /// The seconds, unless there is no limit.
    pub fn seconds(self) -> Option<u32> {
        match self {
            Timeout::Seconds(seconds) => Some(seconds),
            Timeout::None => None,
        }
    }
}

impl fmt::Display for Timeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Timeout::Seconds(seconds) => write!(f, "{seconds}"),
            Timeout::None => f.write_str("NONE"),
        }
    }
}

impl std::str::FromStr for Timeout {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "NONE" => Ok(Timeout::None),
            digits => digits.parse().map(Timeout::Seconds),
        }
    }
}

impl Serialize for Timeout {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            // 0 is NONE: a varint encoder then spends one byte on the common case of no limit.
            serializer.serialize_u64(self.seconds().map_or(0, |seconds| u64::from(seconds) + 1))
        }
    }
}

impl<'de> Deserialize<'de> for Timeout {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return String::deserialize(deserializer)?
                .parse()
                .map_err(D::Error::custom);
        }
        match u64::deserialize(deserializer)? {
            0 => Ok(Timeout::None),
            n => u32::try_from(n - 1)
                .map(Timeout::Seconds)
                .map_err(D::Error::custom),
        }
    }
}
