//! What happened to a document. The database writes it down itself whenever a row changes.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::catalog::{Catalog, Result};

/// Something that happened to a document.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct HistoryEntry {
    /// Grows from entry to entry.
    pub id: i64,
    /// To which version.
    pub version: i32,
    /// When.
    pub at: DateTime<Utc>,
    /// The state that was reached, or `edited`, `trashed`, `restored`.
    pub event: String,
    /// Why it is degraded or failed, for programs.
    pub reason_code: Option<String>,
    /// Why it is degraded or failed, for people.
    pub reason: Option<String>,
}

/// A page of a document's history.
#[derive(Clone, Debug)]
pub struct HistoryPage {
    /// What happened, in order.
    pub entries: Vec<HistoryEntry>,
    /// The entry after which the next page begins, if there is one.
    pub next: Option<i64>,
}

impl Catalog {
    /// What happened to a document of `owner`, from the beginning or `after` an entry, at most `limit` entries.
    pub async fn history(
        &self,
        owner: Uuid,
        document: Uuid,
        after: Option<i64>,
        limit: u16,
    ) -> Result<HistoryPage> {
        let limit = usize::from(limit.max(1));
        let mut entries: Vec<HistoryEntry> = sqlx::query_as(
            "SELECT h.id, d.version, h.at, h.event, h.reason_code, h.reason
             FROM document_history h JOIN documents d ON d.id = h.document_id
             WHERE d.lineage = $1 AND d.owner = $2 AND h.id > $3 ORDER BY h.id LIMIT $4",
        )
        .bind(document)
        .bind(owner)
        .bind(after.unwrap_or(0))
        // One more than asked for says whether there is another page.
        .bind(limit as i64 + 1)
        .fetch_all(&self.pool)
        .await?;
        let more = entries.len() > limit;
        entries.truncate(limit);
        let next = entries.last().filter(|_| more).map(|last| last.id);
        Ok(HistoryPage { entries, next })
    }
}
