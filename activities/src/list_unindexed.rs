//! What is left to do until an account's documents are indexed as it wants them.

use std::sync::Arc;

use apus::sdk::{Activity, ActivityError, ActivityOptions, ActivityTask};
use futures::future::try_join_all;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::catalog::{Document, Plan};
use crate::{Environment, Stored, policy};

/// Documents of one answer: its text stays far below what a history takes.
const BATCH: i64 = 50;

/// Asks which documents are to be indexed anew, at most 50 at a time; none when the account is gone.
#[derive(Debug, Serialize, Deserialize)]
pub struct ListUnindexed {
    /// The account.
    pub account: Uuid,
}

/// What is left to index of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftToIndex {
    /// The wish of the account that the documents are to be indexed by.
    pub wanted: i64,
    /// The account stores more than it may: a mail is due, one for each excursion.
    pub excursion: Option<i64>,
    /// Documents that can be indexed now; there may be more.
    pub documents: Vec<ToIndex>,
    /// Documents that are being processed by an earlier wish, and can be indexed afterwards.
    pub processing: i64,
}

/// A document that is to be indexed anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToIndex {
    /// The current version of the document.
    pub document: Uuid,
    /// What it is to be found by besides its name.
    pub text: TextSource,
}

/// Where the text of a document comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextSource {
    /// It is not to be found by its text.
    Unwanted,
    /// It was read before and stored.
    Stored,
    /// It has to be read.
    Unread,
}

impl Activity for ListUnindexed {
    type Output = Option<LeftToIndex>;
    type Context = Environment;
    const NAME: &'static str = "list-unindexed";

    fn options() -> ActivityOptions {
        policy::quick()
    }

    async fn run(
        self,
        _: ActivityTask,
        with: Arc<Environment>,
    ) -> Result<Option<LeftToIndex>, ActivityError> {
        let Some(left) = with.catalog.unindexed(self.account, BATCH).await? else {
            return Ok(None);
        };
        let sources = left
            .documents
            .iter()
            .map(|document| text_source(&with, left.plan, document));
        let sources = try_join_all(sources).await?;
        let documents = left.documents.iter().zip(sources);
        Ok(Some(LeftToIndex {
            wanted: left.wanted,
            excursion: left.excursion,
            documents: documents
                .map(|(document, text)| ToIndex {
                    document: document.version_id,
                    text,
                })
                .collect(),
            processing: left.processing,
        }))
    }
}

async fn text_source(
    with: &Environment,
    plan: Plan,
    document: &Document,
) -> Result<TextSource, ActivityError> {
    if plan == Plan::Free {
        return Ok(TextSource::Unwanted);
    }
    let key = Stored::Text.key(document.owner, document.version_id)?;
    Ok(match with.objects.head(&key).await? {
        Some(_) => TextSource::Stored,
        None => TextSource::Unread,
    })
}
