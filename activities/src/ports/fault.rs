//! What a failed call to a service looks like on every port.

/// A call to a service that failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct ServiceFault {
    /// The service's own code, such as `SlowDown`, or one of ours where the service did not
    /// answer: `Timeout`, `Connection`, `Response`.
    pub code: String,
    /// The service's words.
    pub message: String,
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// Whether the same call may succeed later: a throttle, a 5xx, a timeout, no connection.
    pub retryable: bool,
}
