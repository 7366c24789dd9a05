//! How an activity fails, and how that stands in the history.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::Text;

use super::{limits, payload, retry};

/// Why an attempt failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActivityError {
    /// A stable code in `snake_case`, up to 256 characters; workflows branch on it.
    pub reason: Text,
    /// For people.
    pub message: String,
    /// Whether another attempt may help.
    pub retryable: bool,
    /// The pause before the next attempt, instead of the retry policy's; whole seconds, rounded up.
    pub retry_after: Option<Duration>,
}

impl ActivityError {
    /// Another attempt may help.
    pub fn retryable(reason: impl Into<Text>, message: impl Into<String>) -> Self {
        ActivityError {
            reason: reason.into(),
            message: message.into(),
            retryable: true,
            retry_after: None,
        }
    }

    /// No further attempt can help.
    pub fn permanent(reason: impl Into<Text>, message: impl Into<String>) -> Self {
        ActivityError {
            retryable: false,
            ..ActivityError::retryable(reason, message)
        }
    }

    /// The next attempt is to come after this pause.
    pub fn after(self, pause: Duration) -> Self {
        ActivityError {
            retry_after: Some(pause),
            ..self
        }
    }

    /// The activity gave up because it was asked to: its attempt ends as canceled.
    pub fn cancelled() -> Self {
        ActivityError::permanent(CANCELLED, "the activity was asked to give up")
    }

    /// Whether it is [`ActivityError::cancelled`].
    pub fn is_cancelled(&self) -> bool {
        &*self.reason == CANCELLED
    }

    /// As `details` of `ActivityTaskFailed`.
    pub(super) fn details(&self) -> String {
        let details = Details {
            message: payload::plain(&self.message, limits::MESSAGE_CHARS),
            retryable: self.retryable,
            retry_after_seconds: self.retry_after.map(retry::whole_seconds),
        };
        serde_json::to_string(&details).expect("a struct of a string, a boolean and a number has a JSON form")
    }

    /// From an `ActivityTaskFailed`; a worker that is not of this SDK may have written anything.
    pub(super) fn read(reason: Option<&Text>, details: Option<&str>) -> Self {
        let reason = reason.cloned().unwrap_or_else(|| "unknown".into());
        let text = details.unwrap_or_default();
        match serde_json::from_str::<Details>(text) {
            Ok(details) => ActivityError {
                reason,
                message: details.message,
                retryable: details.retryable,
                retry_after: details
                    .retry_after_seconds
                    .map(|seconds| Duration::from_secs(seconds.into())),
            },
            Err(_) => ActivityError::retryable(reason, text),
        }
    }
}

/// The reason of an attempt that gave up on request.
const CANCELLED: &str = "cancelled";

/// How an [`ActivityError`] stands in the history.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Details {
    message: String,
    retryable: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry_after_seconds: Option<u32>,
}

impl fmt::Display for ActivityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.reason, self.message)
    }
}

impl std::error::Error for ActivityError {}

impl From<std::io::Error> for ActivityError {
    fn from(error: std::io::Error) -> Self {
        ActivityError::retryable("io", error.to_string())
    }
}

impl From<serde_json::Error> for ActivityError {
    fn from(error: serde_json::Error) -> Self {
        ActivityError::permanent("malformed_data", error.to_string())
    }
}

/// Turns any failure into an [`ActivityError`], naming its reason on the spot.
pub trait OrActivityError<T> {
    /// Another attempt may help.
    ///
    /// # Errors
    /// The failure, retryable.
    fn or_retry(self, reason: &'static str) -> Result<T, ActivityError>;

    /// No further attempt can help.
    ///
    /// # Errors
    /// The failure, permanent.
    fn or_fail(self, reason: &'static str) -> Result<T, ActivityError>;
}

impl<T, E: fmt::Display> OrActivityError<T> for Result<T, E> {
    fn or_retry(self, reason: &'static str) -> Result<T, ActivityError> {
        self.map_err(|error| ActivityError::retryable(reason, error.to_string()))
    }

    fn or_fail(self, reason: &'static str) -> Result<T, ActivityError> {
        self.map_err(|error| ActivityError::permanent(reason, error.to_string()))
    }
}
