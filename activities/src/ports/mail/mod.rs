//! Mail to customers: plain text, one recipient.

mod outbox;
mod ses;

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

pub use outbox::{Outbox, OutboxSettings};
pub use ses::{SesMailer, SesSettings};

use super::fault::ServiceFault;

/// Most bytes of a mail's text.
pub const TEXT_BYTES_MAX: usize = 64 * 1024;
/// Most bytes of a subject.
pub const SUBJECT_BYTES_MAX: usize = 512;

/// Sends mail.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Sends one mail.
    ///
    /// SES has no notion of a mail that was sent already: whoever must not send twice keeps a
    /// ledger by [`Mail::idempotency`]. The outbox does recognise a mail that it has.
    async fn send(&self, mail: &Mail) -> Result<MessageId, MailError>;

    /// Whether a mail that is sent again with the same [`Mail::idempotency`] is not delivered twice.
    fn recognises_repeats(&self) -> bool;
}

/// One mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// The recipient's address.
    pub to: String,
    /// One line of text.
    pub subject: String,
    /// The mail itself, plain text.
    pub text: String,
    /// Names this mail: the same key is the same mail, however often it is sent.
    pub idempotency: String,
}

/// What the sending side calls the mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageId(pub String);

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a mail was not sent.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The mail itself is wrong: an address, the subject, the size.
    #[error("the mail cannot be sent as it is: {0}")]
    Invalid(String),
    /// The service is throttling, failing or out of reach: the same call may succeed later.
    #[error("the mail service is not available, try again: {0}")]
    Unavailable(#[source] ServiceFault),
    /// The service refuses the mail and will refuse it again.
    #[error("the mail service refused, check the sender's identity and the recipient: {0}")]
    Refused(#[source] ServiceFault),
    /// The outbox could not be written.
    #[error("the outbox {path} cannot be written: {source}")]
    Outbox {
        /// The outbox or a file in it.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
}

impl MailError {
    /// Whether the same call may succeed later. A full or read-only disk may be put right.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Outbox { .. })
    }

    /// Whether it is certain that the mail was not sent: the service answered, or was never asked. Without an answer
    /// it may have been.
    pub fn was_not_accepted(&self) -> bool {
        match self {
            Self::Unavailable(fault) => fault.status.is_some_and(|status| status >= 400),
            Self::Invalid(_) | Self::Refused(_) | Self::Outbox { .. } => true,
        }
    }
}

impl From<ServiceFault> for MailError {
    fn from(fault: ServiceFault) -> Self {
        if fault.retryable {
            Self::Unavailable(fault)
        } else {
            Self::Refused(fault)
        }
    }
}

/// Refuses a mail that one of the sides could not send, so that both take the same.
fn check(mail: &Mail) -> Result<(), MailError> {
    let invalid = |reason: &str| Err(MailError::Invalid(reason.to_owned()));
    if mail.to.is_empty() || mail.to.chars().any(char::is_control) {
        return invalid("the recipient is no address");
    }
    let subject = 1..=SUBJECT_BYTES_MAX;
    if !subject.contains(&mail.subject.len()) || mail.subject.chars().any(char::is_control) {
        return invalid("the subject is one line of 1 to 512 bytes");
    }
    if mail.text.is_empty() || mail.text.len() > TEXT_BYTES_MAX {
        return invalid("the text has 1 byte to 64 KiB");
    }
    if mail.idempotency.is_empty() {
        return invalid("the idempotency key is missing");
    }
    Ok(())
}
