//! Documents as the API shows them, as far as the command line reads them.

use chrono::{DateTime, Utc};
use docstore_activities::catalog::DocumentState;
use indicatif::DecimalBytes;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::Failure;
use super::client::Client;

/// Documents that are asked for at once.
pub const PAGE: usize = 200;

/// A document.
#[derive(Clone, Deserialize)]
pub struct Document {
    /// Its id.
    pub id: Uuid,
    /// The file's name, as its owner gave it.
    pub file_name: String,
    /// Its title.
    pub title: String,
    /// The kind that its content shows.
    pub kind: Option<String>,
    /// Bytes, once it has been uploaded.
    pub size: Option<u64>,
    /// SHA-256 of its content, in hexadecimal.
    pub sha256: Option<String>,
    /// Where it stands.
    pub state: DocumentState,
    /// Why it is not better.
    pub reason: Option<Reason>,
    /// Pages that have been read.
    pub pages_done: u32,
    /// Pages in all, once known.
    pub pages_total: Option<u32>,
    /// When its upload was asked for.
    pub created: DateTime<Utc>,
    /// When it arrived.
    pub uploaded: Option<DateTime<Utc>>,
}

/// Why a document is degraded or failed.
#[derive(Clone, Deserialize)]
pub struct Reason {
    /// For people.
    pub message: String,
}

#[derive(Deserialize)]
struct Page {
    documents: Vec<Value>,
    next_cursor: Option<String>,
}

/// An id as somebody typed it.
pub fn parse_id(typed: &str) -> Result<Uuid, &'static str> {
    typed
        .parse()
        .map_err(|_| "an id looks like 0198d2f0-5b1c-7d60-8c6f-3a1f7b9e2c44")
}

/// One document as the API shows it.
pub async fn show(client: &Client, document: Uuid) -> Result<Value, Failure> {
    match client.get(&format!("/v1/documents/{document}"), &[]).await {
        Err(Failure::Refused(problem)) if problem.code == "not_found" => Err(Failure::NoDocument(document)),
        shown => shown,
    }
}

/// Up to `limit` documents, page by page, as the API shows them.
pub async fn list(client: &Client, parameters: &[(&str, &str)], limit: usize) -> Result<Vec<Value>, Failure> {
    let (mut documents, mut cursor) = (Vec::new(), None::<String>);
    while documents.len() < limit {
        let page_size = PAGE.min(limit - documents.len()).to_string();
        let mut parameters = parameters.to_vec();
        parameters.push(("limit", &page_size));
        parameters.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let page: Page = client.get("/v1/documents", &parameters).await?;
        documents.extend(page.documents);
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    Ok(documents)
}

/// What the command line reads of a document.
pub fn read(shown: &Value) -> Result<Document, Failure> {
    Ok(Document::deserialize(shown).map_err(anyhow::Error::from)?)
}

/// The name of a state, as the API writes it.
pub fn state_name(state: DocumentState) -> String {
    match serde_json::to_value(state) {
        Ok(Value::String(name)) => name,
        _ => format!("{state:?}"),
    }
}

impl Document {
    /// Where it stands, in words: the state, the pages, the reason.
    pub fn standing(&self) -> String {
        let state = state_name(self.state).replace('_', " ");
        match (&self.reason, self.pages_total) {
            (Some(reason), _) => format!("{state}: {}", reason.message),
            (None, Some(total)) if !self.state.is_final() => {
                format!("{state}, {} of {total} pages", self.pages_done)
            }
            _ => state,
        }
    }

    /// Its size as people read it.
    pub fn size_shown(&self) -> String {
        self.size
            .map_or_else(|| "-".to_owned(), |size| DecimalBytes(size).to_string())
    }
}
