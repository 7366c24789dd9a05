//! The full-text index: which documents have these words, on which page.
//!
//! One index serves a region; it lives in one directory and is opened once. [`SearchIndex::put`] and the removals return when the change
//! is on disk and visible to the next search, so an activity that has returned need not be repeated, and one that is repeated changes nothing.
//! The index can be lost: everything in it comes from the documents. Each has an id of its own, so that it is noticed when
//! another one takes its place, and what belongs there is put there again.

mod document;
mod error;
mod find;
mod highlight;
pub mod limits;
mod passages;
mod query;
mod schema;
mod words;
mod writer;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use tantivy::{IndexReader, ReloadPolicy};
use tokio::sync::{Semaphore, mpsc, oneshot};
use uuid::Uuid;

pub use document::{Indexed, IndexedDocument, PageText};
pub use error::{IndexError, SearchError};
pub use find::{FacetCount, Facets, Hit, Hits};
pub use query::{Filters, Page, Query, QueryError, Scope};

use limits::{CHANGES_QUEUED_MAX, SEARCHES_AT_ONCE_MAX};
use schema::{Fields, Opened};
use writer::{Change, Message};

/// The full-text index of a region. Clones share it.
#[derive(Clone)]
pub struct SearchIndex {
    shared: Arc<Shared>,
}

struct Shared {
    id: Uuid,
    fields: Fields,
    reader: IndexReader,
    messages: mpsc::Sender<Message>,
    writer: Mutex<Option<JoinHandle<()>>>,
    searches: Semaphore,
}

impl SearchIndex {
    /// Opens the index in a directory; makes one where there is none, or one of another format. What a killed process left
    /// half written is dropped.
    ///
    /// # Errors
    /// [`IndexError::Foreign`] if another program wrote what is there, [`IndexError::Busy`] if it is open elsewhere.
    pub async fn open(dir: &Path) -> Result<Self, IndexError> {
        let dir = dir.to_owned();
        blocking(move || {
            let Opened { index, fields, id } = schema::open(&dir)?;
            let reader = index
                .reader_builder()
                .reload_policy(ReloadPolicy::Manual)
                .try_into()?;
            let (messages, received) = mpsc::channel(CHANGES_QUEUED_MAX);
            let writer = writer::start(index, fields, reader.clone(), received)?;
            let searches = Semaphore::new(SEARCHES_AT_ONCE_MAX);
            Ok(Self {
                shared: Arc::new(Shared {
                    id,
                    fields,
                    reader,
                    messages,
                    writer: Mutex::new(Some(writer)),
                    searches,
                }),
            })
        })
        .await
    }

    /// Tells this index from every other, also from one that was in the same directory before.
    pub fn id(&self) -> Uuid {
        self.shared.id
    }

    /// Puts a document into the index in place of what was there under its id.
    pub async fn put(&self, document: IndexedDocument) -> Result<Indexed, IndexError> {
        let fields = self.shared.fields;
        let entries = blocking(move || Ok::<_, IndexError>(document.into_entries(&fields))).await?;
        let outcome = entries.outcome;
        self.change(Change::Put(entries)).await?;
        Ok(outcome)
    }

    /// Removes a document; one that is not there is no error.
    pub async fn remove(&self, document: Uuid) -> Result<(), IndexError> {
        self.change(Change::Remove(document)).await
    }

    /// Removes all documents of an owner.
    pub async fn remove_owner(&self, owner: Uuid) -> Result<(), IndexError> {
        self.change(Change::RemoveOwner(owner)).await
    }

    /// Finds documents of one owner. [`Query`] says what can be asked.
    pub async fn search(&self, query: Query) -> Result<Hits, SearchError> {
        let _turn = self
            .shared
            .searches
            .acquire()
            .await
            .map_err(|_| IndexError::Closed)?;
        let shared = Arc::clone(&self.shared);
        blocking(move || find::find(&shared.reader.searcher(), &shared.fields, &query)).await
    }

    /// Ends the writer after the changes that are queued, and gives the directory free. Searches go on; changes are refused.
    pub async fn close(&self) -> Result<(), IndexError> {
        // The send fails if the index has been closed already.
        let _ = self.shared.messages.send(Message::Close).await;
        let writer = self
            .shared
            .writer
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        match writer {
            Some(writer) => blocking(move || writer.join().map_err(|_| IndexError::Closed)).await,
            None => Ok(()),
        }
    }

    async fn change(&self, change: Change) -> Result<(), IndexError> {
        let (answer, answered) = oneshot::channel();
        self.shared
            .messages
            .send(Message::Change(change, answer))
            .await
            .map_err(|_| IndexError::Closed)?;
        answered.await.map_err(|_| IndexError::Closed)?
    }
}

/// Runs what reads files or computes for long beside the threads that serve requests.
async fn blocking<T, E>(work: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, E>
where
    T: Send + 'static,
    E: From<IndexError> + Send + 'static,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        // The runtime is ending, or the work panicked and the panic has been reported.
        Err(_) => Err(IndexError::Closed.into()),
    }
}

#[cfg(test)]
mod tests;
