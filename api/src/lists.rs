//! Lists of documents from memory, or from a read replica, and never older than what was last written.
//!
//! The database counts an account's changes (`account_usage.changes`), and every request learns that number with its
//! session. A page is kept under the number that it was read at: a change, whichever process made it, moves the account
//! on to other pages at once. A replica is believed only when it has caught up with that number.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::HeaderValue;
use docstore_activities::catalog::{Catalog, CatalogError, ListQuery, Page};
use moka::future::Cache;
use uuid::Uuid;

use crate::auth::Login;
use crate::etag;
use crate::problem::Result;

/// About how much memory the pages take that are kept.
const KEPT_BYTES: u64 = 64 << 20;
/// What a document on a page takes, with its texts, and as JSON.
const DOCUMENT_BYTES: usize = 2_048;
/// A page that nobody has asked for so long is dropped.
const DROPPED_AFTER: Duration = Duration::from_secs(600);

/// Reads lists.
pub struct Lists {
    primary: Catalog,
    replica: Option<Catalog>,
    pages: Cache<Key, Arc<Listed>>,
}

/// Of which account, after how many of its changes, of which list.
type Key = (Uuid, i64, ListQuery);

/// A page, and the answer that was made of it: making one costs more than all else that a kept page needs.
pub struct Listed {
    /// The documents.
    pub page: Page,
    answer: OnceLock<Answer>,
}

/// What an API client is answered.
#[derive(Clone)]
pub struct Answer {
    /// JSON.
    pub body: Bytes,
    /// Its entity tag.
    pub tag: HeaderValue,
}

impl Lists {
    /// Lists from this database, and from a replica of it where there is one.
    pub fn new(primary: Catalog, replica: Option<Catalog>) -> Self {
        let weigh = |_: &Key, listed: &Arc<Listed>| {
            u32::try_from((listed.page.documents.len() + 1) * DOCUMENT_BYTES).unwrap_or(u32::MAX)
        };
        let pages = Cache::builder()
            .max_capacity(KEPT_BYTES)
            .weigher(weigh)
            .time_to_idle(DROPPED_AFTER)
            .build();
        Self {
            primary,
            replica,
            pages,
        }
    }

    /// A page of the documents of whoever is logged in, as they were when the request came, or later.
    pub async fn page(&self, login: &Login, query: &ListQuery) -> Result<Arc<Listed>> {
        let (owner, changes) = (login.account_id(), login.session.changes);
        let key = (owner, changes, query.clone());
        if let Some(listed) = self.pages.get(&key).await {
            return Ok(listed);
        }
        let listed = Arc::new(Listed {
            page: self.read(owner, changes, query).await?,
            answer: OnceLock::new(),
        });
        self.pages.insert(key, listed.clone()).await;
        Ok(listed)
    }

    /// Reads from the replica if it knows of so many changes.
    async fn read(
        &self,
        owner: Uuid,
        changes: i64,
        query: &ListQuery,
    ) -> std::result::Result<Page, CatalogError> {
        if let Some(replica) = &self.replica {
            match replica.list_after(owner, changes, query).await {
                Ok(Some(page)) => return Ok(page),
                Ok(None) => {}
                Err(error) => tracing::warn!(%error, "the read replica failed; reading from the primary"),
            }
        }
        self.primary.list(owner, query).await
    }
}

impl Listed {
    /// The answer: made of the page by the first who asks.
    ///
    /// # Errors
    /// What making it fails with; the next who asks tries again.
    pub fn answer(&self, make: impl FnOnce(&Page) -> Result<Bytes>) -> Result<Answer> {
        if let Some(answer) = self.answer.get() {
            return Ok(answer.clone());
        }
        let body = make(&self.page)?;
        let tag = etag::of_content(&body)?;
        Ok(self.answer.get_or_init(|| Answer { body, tag }).clone())
    }
}
