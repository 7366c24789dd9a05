//! What the workflow of an uploaded document writes down. Each of these may be told any number of times.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Document, DocumentState, reprocess::processing_again, upload::CHECK_AFTER};
use crate::catalog::{Catalog, CatalogError, Result, to_bigint};

/// What the content of an object shows.
#[derive(Clone, Debug)]
pub struct Metadata<'a> {
    /// Bytes.
    pub size: u64,
    /// The content type that the content shows.
    pub sniffed_type: &'a str,
    /// The kind of document, in snake_case.
    pub kind: &'a str,
    /// SHA-256 of the content.
    pub digest: [u8; 32],
    /// The wish of its account that the document is going to be indexed by, read together with the account's plan.
    pub index_wanted: i64,
}

/// Why a document is degraded or failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// For programs, in snake_case; never changes its meaning.
    pub code: String,
    /// For people: what is wrong and what can be done.
    pub message: String,
}

/// How the processing of a document ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", content = "reason", rename_all = "snake_case")]
pub enum Outcome {
    /// All that could be done with it was done.
    Ready,
    /// It can be used, but something is missing.
    ReadyDegraded(Reason),
    /// It could not be processed.
    Failed(Reason),
}

impl Outcome {
    pub(super) fn state(&self) -> DocumentState {
        match self {
            Self::Ready => DocumentState::Ready,
            Self::ReadyDegraded(_) => DocumentState::ReadyDegraded,
            Self::Failed(_) => DocumentState::Failed,
        }
    }

    pub(super) fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Ready => None,
            Self::ReadyDegraded(reason) | Self::Failed(reason) => Some(reason),
        }
    }
}

/// Characters of a reason's message that are kept.
pub(super) const MAX_REASON: usize = 1_000;

impl Catalog {
    /// Writes down what the content shows, while the document is being processed.
    pub async fn record_metadata(&self, document: Uuid, metadata: &Metadata<'_>) -> Result<()> {
        let updated = sqlx::query(
            "UPDATE documents SET size = $2, sniffed_type = $3, kind = $4, digest = $5, indexed_as = $6
             WHERE id = $1 AND state = 'processing'",
        )
        .bind(document)
        .bind(to_bigint(metadata.size))
        .bind(metadata.sniffed_type)
        .bind(metadata.kind)
        .bind(metadata.digest.as_slice())
        .bind(metadata.index_wanted)
        .execute(&self.pool)
        .await?;
        self.exists_unless(updated.rows_affected() == 1, document).await
    }

    /// Writes down how many pages have been read. Never goes back, so a late report harms nothing.
    pub async fn record_progress(
        &self,
        document: Uuid,
        pages_done: u32,
        pages_total: Option<u32>,
    ) -> Result<()> {
        let total = pages_total.map(to_integer);
        let done = to_integer(pages_done).min(total.unwrap_or(i32::MAX));
        sqlx::query(
            "UPDATE documents SET pages_done = $2, pages_total = coalesce($3, greatest(pages_total, $2))
             WHERE id = $1 AND state = 'processing' AND pages_done <= $2",
        )
        .bind(document)
        .bind(done)
        .bind(total)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Writes down where the thumbnail is.
    pub async fn record_thumbnail(&self, document: Uuid, key: &str) -> Result<()> {
        let updated = sqlx::query("UPDATE documents SET thumbnail_key = $2 WHERE id = $1")
            .bind(document)
            .bind(key)
            .execute(&self.pool)
            .await?;
        if updated.rows_affected() == 0 {
            Err(CatalogError::NoSuchDocument)
        } else {
            Ok(())
        }
    }

    /// Ends an attempt at the processing. The first outcome of the latest attempt stands; returns the state after it,
    /// which is `deleting` where the owner was faster.
    pub async fn finish(&self, document: Uuid, attempt: i32, outcome: &Outcome) -> Result<DocumentState> {
        let reason = outcome.reason();
        sqlx::query(
            "UPDATE documents SET state = $2, reason_code = $3, reason = $4, processed = now(), modified = now()
             WHERE id = $1 AND state = 'processing' AND attempt = $5",
        )
        .bind(document)
        .bind(outcome.state())
        .bind(reason.map(|reason| reason.code.as_str()))
        .bind(reason.map(|reason| reason.message.chars().take(MAX_REASON).collect::<String>()))
        .bind(attempt)
        .execute(&self.pool)
        .await?;
        Ok(self.document(document).await?.state)
    }

    /// Has the current version of a document of `owner` processed once more; what an attempt before it still says is
    /// not listened to. Fails with [`CatalogError::NotFailed`] where nothing is missing.
    pub async fn retry(&self, owner: Uuid, document: Uuid) -> Result<Document> {
        let again: Option<Document> = sqlx::query_as(
            concat!(
                "UPDATE documents SET ",
                processing_again!("$3"),
                " WHERE lineage = $1 AND owner = $2 AND current AND state IN ('failed', 'ready_degraded') RETURNING *"
            ),
        )
        .bind(document)
        .bind(owner)
        .bind(CHECK_AFTER.as_secs_f64())
        .fetch_optional(&self.pool)
        .await?;
        if let Some(again) = again {
            return Ok(again);
        }
        let found = self.owned_document(owner, document).await?;
        match found.state {
            // Asked for before, and under way.
            DocumentState::Processing if found.attempt > 0 => Ok(found),
            DocumentState::Deleting => Err(CatalogError::NoSuchDocument),
            _ => Err(CatalogError::NotFailed),
        }
    }

    async fn exists_unless(&self, known: bool, document: Uuid) -> Result<()> {
        if !known {
            self.document(document).await?;
        }
        Ok(())
    }
}

fn to_integer(pages: u32) -> i32 {
    i32::try_from(pages).unwrap_or(i32::MAX)
}
