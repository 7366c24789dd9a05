//! Why a document gave no text or no picture: typed, stored with the document, shown to its owner.

use serde::{Deserialize, Serialize};

/// The ways in which an extraction ends without a result.
///
/// All but [`ExtractError::Unavailable`] are properties of the document: trying again gives the same answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", content = "detail", rename_all = "snake_case")]
pub enum ExtractError {
    /// The document asks for a password.
    #[error("the document is protected by a password: upload a copy without one")]
    Encrypted,
    /// The document breaks the rules of its own format.
    #[error("the document is damaged: {0}")]
    Corrupt(String),
    /// A size in the document exceeds what is allowed here.
    #[error("the document has too many {what}: at most {limit} are allowed")]
    TooLarge {
        /// What was measured, with its unit.
        what: String,
        /// The most that is allowed, in the same unit.
        limit: u64,
    },
    /// The document took longer than it is given.
    #[error("reading the document took too long")]
    TimedOut,
    /// Reading the document needs more memory than it is given.
    #[error("reading the document needs more memory than is allowed")]
    OutOfMemory,
    /// Nothing here can read this kind of document.
    #[error("documents of this kind cannot be read: {0}")]
    Unsupported(String),
    /// The reader of this kind of document failed on it.
    #[error("the reader failed on the document: {0}")]
    Crashed(String),
    /// The document has no bytes.
    #[error("the document is empty")]
    Empty,
    /// This machine lacks something; the document is not at fault and may be tried again.
    #[error("this machine cannot read documents now: {0}")]
    Unavailable(String),
}

impl ExtractError {
    /// The stable name of the reason, the same as the serialised `code`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Encrypted => "encrypted",
            Self::Corrupt(_) => "corrupt",
            Self::TooLarge { .. } => "too_large",
            Self::TimedOut => "timed_out",
            Self::OutOfMemory => "out_of_memory",
            Self::Unsupported(_) => "unsupported",
            Self::Crashed(_) => "crashed",
            Self::Empty => "empty",
            Self::Unavailable(_) => "unavailable",
        }
    }

    /// Whether another attempt can end differently.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }

    pub(super) fn too_large(what: impl Into<String>, limit: u64) -> Self {
        Self::TooLarge {
            what: what.into(),
            limit,
        }
    }

    pub(super) fn corrupt(cause: impl std::fmt::Display) -> Self {
        Self::Corrupt(cause.to_string())
    }

    /// A file or pipe that cannot be read. A file that does not fit into memory is too large, not unreadable.
    pub(super) fn reading(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::OutOfMemory => Self::OutOfMemory,
            _ => Self::unavailable(error),
        }
    }

    pub(super) fn unavailable(cause: impl std::fmt::Display) -> Self {
        Self::Unavailable(cause.to_string())
    }
}
