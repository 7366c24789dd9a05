//! The event queue: at least once, in no particular order, as SQS delivers.
//!
//! A received message is hidden from other receivers until it is deleted, dead-lettered, or its
//! visibility timeout passes; then it is delivered again. Whoever handles a message has to bear
//! duplicates and messages out of order.

mod postgres;
mod sqs;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use postgres::{PostgresQueue, PostgresQueueSettings};
pub use sqs::{SqsQueue, SqsSettings};

use super::fault::ServiceFault;

/// Most messages in one batch of SQS.
pub const BATCH_MAX: usize = 10;
/// Most bytes of a message's body.
pub const BODY_BYTES_MAX: usize = 256 * 1024;
/// The longest wait of one [`Queue::receive`], as SQS limits it.
pub const WAIT_MAX: Duration = Duration::from_secs(20);
/// The longest time that a message can be hidden, as SQS limits it.
pub const VISIBILITY_MAX: Duration = Duration::from_secs(12 * 3600);
/// Most bytes kept of the reason why a message was dead-lettered.
pub const REASON_BYTES_MAX: usize = 1024;
/// Most dead letters that one listing or one redrive looks at.
pub const DEAD_LETTERS_MAX: usize = 1000;

/// One queue with its dead-letter queue.
#[async_trait]
pub trait Queue: Send + Sync {
    /// Puts a message of at most [`BODY_BYTES_MAX`] bytes into the queue.
    async fn send(&self, body: &str) -> Result<(), QueueError>;

    /// Puts messages into the queue, in batches. After an error some of them may have been sent.
    async fn send_many(&self, bodies: &[String]) -> Result<(), QueueError>;

    /// The most messages of one [`Queue::receive`].
    fn batch_max(&self) -> usize {
        BATCH_MAX
    }

    /// Receives up to `max` messages (at most [`Queue::batch_max`]); waits up to `wait` (at most
    /// [`WAIT_MAX`]) for the first. Nothing there is an empty answer, no error.
    async fn receive(&self, max: usize, wait: Duration) -> Result<Vec<Message>, QueueError>;

    /// Deletes received messages by their receipts. A receipt that no longer holds, because its
    /// message was deleted or was delivered again since, deletes nothing and is no error.
    async fn delete(&self, receipts: &[String]) -> Result<(), QueueError>;

    /// Hides a received message for `visibility` from now; zero delivers it again at once.
    async fn extend(&self, receipt: &str, visibility: Duration) -> Result<(), QueueError>;

    /// Moves a received message to the dead-letter queue, with the reason.
    async fn dead_letter(&self, message: &Message, reason: &str) -> Result<(), QueueError>;

    /// How many messages there are. On SQS the figures are approximate.
    async fn depth(&self) -> Result<Depth, QueueError>;

    /// Up to `max` dead letters (at most [`DEAD_LETTERS_MAX`]), oldest first as far as the side
    /// can tell.
    async fn dead_letters(&self, max: usize) -> Result<Vec<DeadLetter>, QueueError>;

    /// Puts the dead letters with these ids back into the queue, as new messages; gives how many
    /// of them were found.
    async fn redrive(&self, ids: &[String]) -> Result<usize, QueueError>;
}

/// A message as received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The message, the same at every delivery.
    pub id: String,
    /// This delivery: what deletes, extends or dead-letters the message.
    pub receipt: String,
    /// What was sent.
    pub body: String,
    /// How often the message has been received, this time included.
    pub receive_count: u32,
}

/// A message that could not be handled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// What [`Queue::redrive`] takes.
    pub id: String,
    /// What was sent.
    pub body: String,
    /// Why it could not be handled.
    pub reason: String,
    /// When it was given up.
    pub died_at: DateTime<Utc>,
}

/// How many messages a queue has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Depth {
    /// To be received.
    pub waiting: u64,
    /// Received and hidden.
    pub in_flight: u64,
    /// In the dead-letter queue.
    pub dead: u64,
}

/// Why the queue did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// The body is larger than [`BODY_BYTES_MAX`], or is empty.
    #[error("a message has 1 to {BODY_BYTES_MAX} bytes, this one has {0}")]
    BodySize(usize),
    /// The receipt is not held any more: the message was deleted or was delivered again since.
    #[error("the receipt does not hold any more, the message is deleted or with another receiver")]
    Receipt,
    /// The queue is throttling, failing or out of reach: the same call may succeed later.
    #[error("the queue is not available, try again: {0}")]
    Unavailable(#[source] ServiceFault),
    /// The queue refuses the call and will refuse it again: permissions, address or settings.
    #[error("the queue refused, check its address and credentials: {0}")]
    Refused(#[source] ServiceFault),
    /// Postgres did not answer as it should: the same call may succeed later.
    #[error("the queue's database failed, try again: {0}")]
    Database(#[from] Arc<sqlx::Error>),
}

impl From<sqlx::Error> for QueueError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(Arc::new(error))
    }
}

impl QueueError {
    /// Whether the same call may succeed later.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Database(_))
    }
}

impl From<ServiceFault> for QueueError {
    fn from(fault: ServiceFault) -> Self {
        if fault.retryable {
            Self::Unavailable(fault)
        } else {
            Self::Refused(fault)
        }
    }
}

/// Refuses a body that one of the sides could not take, so that both take the same.
pub(super) fn check_body(body: &str) -> Result<(), QueueError> {
    if body.is_empty() || body.len() > BODY_BYTES_MAX {
        return Err(QueueError::BodySize(body.len()));
    }
    Ok(())
}
