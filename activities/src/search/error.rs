//! What can go wrong with the index and with a search.

use std::io;
use std::sync::Arc;

use super::query::QueryError;

/// A failure of the index itself. The document store goes on without it; the change can be tried again.
#[derive(Debug, Clone, thiserror::Error)]
pub enum IndexError {
    /// The directory holds an index that DocStore did not write.
    #[error(
        "{0} holds an index that this program did not write: move it away, or give the program another data directory"
    )]
    Foreign(String),
    /// Another process, or another part of this one, has the index open for writing.
    #[error(
        "the search index is already open: end the other process or give this one its own data directory"
    )]
    Busy,
    /// The index was closed.
    #[error("the search index is closed because the program is ending")]
    Closed,
    /// The disk refused.
    #[error("the search index cannot be read or written: {0}")]
    Io(Arc<io::Error>),
    /// The index library failed.
    #[error("the search index failed: {0}")]
    Engine(Arc<tantivy::TantivyError>),
}

impl From<io::Error> for IndexError {
    fn from(error: io::Error) -> Self {
        Self::Io(Arc::new(error))
    }
}

impl From<tantivy::TantivyError> for IndexError {
    fn from(error: tantivy::TantivyError) -> Self {
        match error {
            tantivy::TantivyError::LockFailure(..) => Self::Busy,
            tantivy::TantivyError::IoError(error) => Self::Io(error),
            other => Self::Engine(Arc::new(other)),
        }
    }
}

/// Why a search gave no answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SearchError {
    /// The query is not well formed; its author can mend it.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// The index failed.
    #[error(transparent)]
    Index(#[from] IndexError),
}

impl From<tantivy::TantivyError> for SearchError {
    fn from(error: tantivy::TantivyError) -> Self {
        Self::Index(error.into())
    }
}
