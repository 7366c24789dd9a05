//! The one writer of the index: a thread that applies whatever changes are waiting, commits them together, and only then answers.
//!
//! Under load a commit takes many changes with it; a single change is committed at once. A commit is durable (the files and the
//! directory are synced) and visible (the reader is reloaded) before anybody is told. After a failed batch everybody in
//! it is told, the writer is thrown away, and the next batch starts from what is on disk.

use std::thread::{self, JoinHandle};

use tantivy::merge_policy::LogMergePolicy;
use tantivy::{Index, IndexReader, IndexWriter, Term};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::document::Entries;
use super::error::IndexError;
use super::limits::{BATCH_BYTES_MAX, BATCH_CHANGES_MAX, SMALL_PART_ENTRIES, WRITER_MEMORY_BYTES};
use super::schema::Fields;

/// One change to the index.
#[derive(Debug)]
pub(super) enum Change {
    /// Replaces all entries of a document.
    Put(Entries),
    /// Removes all entries of a document.
    Remove(Uuid),
    /// Removes all entries of an owner.
    RemoveOwner(Uuid),
}

impl Change {
    fn bytes(&self) -> usize {
        match self {
            Self::Put(entries) => entries.bytes,
            Self::Remove(_) | Self::RemoveOwner(_) => 0,
        }
    }
}

/// What the writer is sent.
pub(super) enum Message {
    /// A change, and whom to tell once it is durable.
    Change(Change, oneshot::Sender<Result<(), IndexError>>),
    /// The end: merges under way are finished and the lock on the directory is given back.
    Close,
}

/// Starts the writer. It ends when it is told to close or nobody can send to it any more.
pub(super) fn start(
    index: Index,
    fields: Fields,
    reader: IndexReader,
    messages: mpsc::Receiver<Message>,
) -> Result<JoinHandle<()>, IndexError> {
    let writer = Some(open(&index)?);
    let state = Writer {
        index,
        fields,
        reader,
        writer,
    };
    Ok(thread::Builder::new()
        .name("search-writer".into())
        .spawn(move || state.run(messages))?)
}

struct Writer {
    index: Index,
    fields: Fields,
    reader: IndexReader,
    /// None after a failure, until the next batch.
    writer: Option<IndexWriter>,
}

impl Writer {
    fn run(mut self, mut messages: mpsc::Receiver<Message>) {
        let mut closing = false;
        while !closing && let Some(first) = messages.blocking_recv() {
            let batch = Batch::collect(first, &mut messages);
            closing = batch.closing;
            if !batch.changes.is_empty() {
                let result = self.commit(batch.changes);
                for answer in batch.answers {
                    // Whoever no longer listens has been cancelled and will ask again.
                    let _ = answer.send(result.clone());
                }
            }
        }
        if let Some(writer) = self.writer.take()
            && let Err(error) = writer.wait_merging_threads()
        {
            tracing::warn!(%error, "the search index closed with an unfinished merge; it will be merged again");
        }
    }

    fn commit(&mut self, changes: Vec<Change>) -> Result<(), IndexError> {
        let count = changes.len();
        let result = self.try_commit(changes);
        match &result {
            Ok(()) => tracing::debug!(changes = count, "committed to the search index"),
            // Whoever asked for the changes is told, and logs or retries; here only the writer is replaced.
            Err(_) => self.writer = None,
        }
        result
    }

    fn try_commit(&mut self, changes: Vec<Change>) -> Result<(), IndexError> {
        let writer = match &mut self.writer {
            Some(writer) => writer,
            none => none.insert(open(&self.index)?),
        };
        for change in changes {
            apply(writer, &self.fields, change)?;
        }
        writer.commit()?;
        self.reader.reload()?;
        Ok(())
    }
}

fn open(index: &Index) -> Result<IndexWriter, IndexError> {
    let writer = index.writer_with_num_threads(1, WRITER_MEMORY_BYTES)?;
    let mut merging = LogMergePolicy::default();
    merging.set_min_layer_size(SMALL_PART_ENTRIES);
    writer.set_merge_policy(Box::new(merging));
    Ok(writer)
}

/// Changes that are committed together.
#[derive(Default)]
struct Batch {
    changes: Vec<Change>,
    /// Whom to tell, one a change.
    answers: Vec<oneshot::Sender<Result<(), IndexError>>>,
    /// Whether the writer ends behind these changes.
    closing: bool,
}

impl Batch {
    /// The first message and those that wait behind it, up to the limits of a batch.
    fn collect(first: Message, messages: &mut mpsc::Receiver<Message>) -> Self {
        let mut batch = Self::default();
        let mut bytes = 0;
        let mut next = Some(first);
        while let Some(message) = next {
            let Message::Change(change, answer) = message else {
                batch.closing = true;
                return batch;
            };
            bytes += change.bytes();
            batch.changes.push(change);
            batch.answers.push(answer);
            let full = batch.changes.len() >= BATCH_CHANGES_MAX || bytes >= BATCH_BYTES_MAX;
            next = if full { None } else { messages.try_recv().ok() };
        }
        batch
    }
}

fn apply(writer: &IndexWriter, fields: &Fields, change: Change) -> Result<(), IndexError> {
    let remove = |field, id: Uuid| writer.delete_term(Term::from_field_text(field, &id.to_string()));
    match change {
        Change::Put(put) => {
            remove(fields.document, put.document);
            remove(fields.passage_of, put.document);
            for entry in put.entries {
                writer.add_document(entry)?;
            }
        }
        Change::Remove(document) => {
            remove(fields.document, document);
            remove(fields.passage_of, document);
        }
        Change::RemoveOwner(owner) => {
            remove(fields.owner, owner);
            remove(fields.passage_owner, owner);
        }
    }
    Ok(())
}
