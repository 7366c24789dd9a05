//! Turns events into workflows: exactly one run for what an event asks, however often and in whatever order it comes.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use apus::model::FaultKind;
use apus::node::Node;
use apus::sdk::{Client, RunFailure, Workflow};
use chrono::Utc;
use docstore_activities::catalog::{Catalog, CatalogError, DocumentState, Standing};
use docstore_activities::ports::metrics::{Datum, Metrics, Unit};
use docstore_activities::ports::queue::{Message, Queue, QueueError, WAIT_MAX};
use docstore_workflows::{
    AccountChanged, AccountCreated, DeleteAccount, DeleteDocument, DocumentChanged, ReindexAccount,
    UploadComplete, UploadInitiated, workflow_id,
};
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::events::{AccountEvent, DocumentEvent, Event};

/// Before the queue is asked again after it failed.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// How long a message that is being handled is hidden from other nodes, again and again while it is: a database that is
/// slow must not make them do the same.
const HIDDEN_FOR: Duration = Duration::from_secs(60);

/// Batches that are worked on at once when many events wait.
const ROUNDS_MAX: usize = 16;

/// Starts the workflow that each event asks for.
pub struct Initializer<'a> {
    /// Where events come from.
    pub queue: &'a dyn Queue,
    /// Says what an event is still good for.
    pub catalog: &'a Catalog,
    /// Starts workflows.
    pub client: Client<Node>,
    /// Is told how long events had to wait.
    pub metrics: &'a dyn Metrics,
}

/// Why an event was not turned into a workflow now. It comes again.
#[derive(Debug, thiserror::Error)]
enum NotNow {
    #[error(transparent)]
    Engine(#[from] RunFailure),
    #[error(transparent)]
    Catalog(#[from] Arc<CatalogError>),
}

/// Where the documents of a batch stand, or why that is not known; those that are gone are left out.
type Standings = std::result::Result<Arc<HashMap<Uuid, Standing>>, Arc<CatalogError>>;

/// What is to be done with a message.
enum Handled {
    /// Its workflow runs durably, or nothing is left to do.
    Done,
    /// It can't be understood, for this reason.
    DeadLetter(String),
    /// It is to come again.
    Again,
}

impl Initializer<'_> {
    /// Takes events until `stop`: a batch at a time, and as many batches at once as there are events for.
    pub async fn run(&self, stop: &CancellationToken) {
        let mut rounds = FuturesUnordered::from_iter([self.round(WAIT_MAX)]);
        while let Some(Some(ended)) = stop.run_until_cancelled(rounds.next()).await {
            let received = match ended {
                Ok(received) => received,
                Err(error) => {
                    tracing::warn!(%error, "the event queue failed; trying again");
                    stop.run_until_cancelled(tokio::time::sleep(RETRY_AFTER)).await;
                    0
                }
            };
            // Behind a full batch there is more; of rounds that find less, the last one goes on.
            let begin = if received == self.queue.batch_max() {
                2.min(ROUNDS_MAX - rounds.len())
            } else {
                usize::from(rounds.is_empty())
            };
            rounds.extend((0..begin).map(|_| self.round(WAIT_MAX)));
        }
    }

    /// Takes what is in the queue, waiting up to `wait` for the first event; says how many messages came. A message is
    /// deleted only once its workflow is durably started.
    ///
    /// # Errors
    /// When the queue fails; messages that were not deleted come again.
    pub async fn round(&self, wait: Duration) -> Result<usize, QueueError> {
        let messages = self.queue.receive(self.queue.batch_max(), wait).await?;
        let events: Vec<_> = messages
            .iter()
            .map(|message| serde_json::from_str::<Event>(&message.body))
            .collect();
        let subjects: Vec<Uuid> = events.iter().flatten().map(Event::subject).collect();
        // One question for all documents of the batch, asked by the first that has to know.
        let standings = async { Standings::Ok(Arc::new(self.catalog.standings(&subjects).await?)) }.shared();
        let handling = messages.iter().zip(events).map(|(message, event)| {
            let handling = self.handle(message, event, standings.clone());
            keep_hidden(self.queue, &message.receipt, HIDDEN_FOR, handling)
        });
        let handled = futures::future::join_all(handling).await;
        let mut done = Vec::new();
        for (message, handled) in messages.iter().zip(handled) {
            match handled {
                Handled::Done => done.push(message.receipt.clone()),
                Handled::DeadLetter(reason) => self.queue.dead_letter(message, &reason).await?,
                Handled::Again => {}
            }
        }
        if !done.is_empty() {
            self.queue.delete(&done).await?;
        }
        Ok(messages.len())
    }

    async fn handle(
        &self,
        message: &Message,
        event: serde_json::Result<Event>,
        standings: impl Future<Output = Standings>,
    ) -> Handled {
        let event = match event {
            Ok(event) => event,
            Err(error) => {
                tracing::error!(message = message.id, %error, "an event can't be understood; it is put aside");
                return Handled::DeadLetter(format!("not an event: {error}"));
            }
        };
        match self.start(&event, standings).await {
            Ok(()) => {
                self.tell_wait(&event).await;
                Handled::Done
            }
            Err(error) => {
                let received = message.receive_count;
                tracing::warn!(%event, %error, received, "an event can't be acted on now; it will come again");
                Handled::Again
            }
        }
    }

    /// How long it took from the event until its workflow had durably started.
    async fn tell_wait(&self, event: &Event) {
        let now = Utc::now();
        let waited = (now - event.at()).to_std().unwrap_or_default();
        let datum = Datum {
            name: "event_wait".to_owned(),
            value: waited.as_secs_f64(),
            unit: Unit::Seconds,
            dimensions: vec![("event".to_owned(), event.kind().to_owned())],
            at: now,
        };
        if let Err(error) = self.metrics.put(vec![datum]).await {
            tracing::warn!(%error, "a figure was not taken");
        }
    }

    async fn start(&self, event: &Event, standings: impl Future<Output = Standings>) -> Result<(), NotNow> {
        match *event {
            Event::UploadInitiated(DocumentEvent { document, .. })
            | Event::UploadComplete(DocumentEvent { document, .. })
            | Event::DeleteDocument(DocumentEvent { document, .. })
            | Event::DocumentChanged(DocumentEvent { document, .. }) => {
                match standings.await?.get(&document) {
                    Some(found) => self.start_for_document(event, document, found).await,
                    // Deleted since: there is nothing left to do for it.
                    None => Ok(()),
                }
            }
            Event::AccountCreated(AccountEvent { account, .. })
            | Event::AccountChanged(AccountEvent { account, .. })
            | Event::ReindexAccount(AccountEvent { account, .. })
            | Event::DeleteAccount(AccountEvent { account, .. }) => {
                self.start_for_account(event, account).await
            }
        }
    }

    async fn start_for_document(
        &self,
        event: &Event,
        document: Uuid,
        found: &Standing,
    ) -> Result<(), NotNow> {
        match event {
            Event::UploadInitiated(_) if !found.state.is_final() => {
                self.begin_for(document, &UploadInitiated { document }).await
            }
            Event::UploadComplete(_) if !found.state.is_final() => {
                let attempt = found.attempt;
                let processing = UploadComplete { document, attempt };
                self.begin(processing.workflow_id(), &processing).await
            }
            Event::DeleteDocument(_) if found.state == DocumentState::Deleting => {
                self.begin_for(document, &DeleteDocument { document }).await
            }
            Event::DocumentChanged(_) => {
                let revision = found.revision;
                let change = DocumentChanged { document, revision };
                self.begin(change.workflow_id(), &change).await
            }
            // What it asks for has been done, or has been overtaken.
            _ => Ok(()),
        }
    }

    async fn start_for_account(&self, event: &Event, account: Uuid) -> Result<(), NotNow> {
        let is_closed = match self.catalog.account(account).await {
            Ok(found) => found.deletion_begun.is_some(),
            // Removed since: there is nothing left to do for it.
            Err(CatalogError::NoSuchAccount) => return Ok(()),
            Err(error) => return Err(Arc::new(error).into()),
        };
        match event {
            Event::AccountCreated(_) if !is_closed => {
                self.begin_for(account, &AccountCreated { account }).await
            }
            Event::AccountChanged(_) if !is_closed => {
                self.begin_for(account, &AccountChanged { account }).await
            }
            Event::ReindexAccount(_) if !is_closed => {
                self.begin_for(account, &ReindexAccount { account }).await
            }
            Event::DeleteAccount(_) if is_closed => self.begin_for(account, &DeleteAccount { account }).await,
            // What it asks for has been overtaken.
            _ => Ok(()),
        }
    }

    async fn begin_for<W: Workflow + Sync>(&self, subject: Uuid, input: &W) -> Result<(), NotNow> {
        self.begin(workflow_id::<W>(subject), input).await
    }

    async fn begin<W: Workflow + Sync>(&self, id: String, input: &W) -> Result<(), NotNow> {
        match self.client.start(id, input).await {
            Ok(_) => Ok(()),
            // An earlier delivery of the event, or an event that asks for the same, has started it.
            Err(RunFailure::Engine(fault))
                if fault.kind == FaultKind::WorkflowExecutionAlreadyStartedFault =>
            {
                Ok(())
            }
            Err(failure) => Err(failure.into()),
        }
    }
}

/// Does the work of a message, and keeps it hidden for `hidden_for` at a time, however long the work takes.
pub async fn keep_hidden<T>(
    queue: &dyn Queue,
    receipt: &str,
    hidden_for: Duration,
    work: impl Future<Output = T>,
) -> T {
    let keeping = async {
        loop {
            // Early enough for a second try if the queue does not answer.
            tokio::time::sleep(hidden_for / 3).await;
            if let Err(error) = queue.extend(receipt, hidden_for).await {
                tracing::warn!(%error, "a message that is being handled may be delivered again");
            }
        }
    };
    tokio::select! {
        done = work => done,
        () = keeping => unreachable!("it is kept hidden for ever"),
    }
}
