//! An owner's documents: sorted, filtered, a page at a time.
//!
//! A page continues after the last row of the one before it, by key: whatever is added or deleted meanwhile, nothing
//! is shown twice or left out.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use super::{Document, DocumentState};
use crate::catalog::{Catalog, Result};

/// What a list is sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// When the upload was asked for.
    #[default]
    Created,
    /// When something that the user sees last changed.
    Modified,
    /// The title, without regard to case.
    Title,
    /// The size.
    Size,
}

impl Sort {
    /// As the index has it.
    fn expression(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Modified => "modified",
            Self::Title => "lower(title)",
            Self::Size => "coalesce(size, 0)",
        }
    }

    fn key(self, document: &Document) -> CursorKey {
        match self {
            Self::Created => CursorKey::Time(document.created),
            Self::Modified => CursorKey::Time(document.modified),
            Self::Title => CursorKey::Title(document.title.clone()),
            Self::Size => CursorKey::Size(document.size.unwrap_or(0)),
        }
    }
}

/// The place after which a page begins.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Cursor {
    /// The last row's value of what the list is sorted by.
    pub key: CursorKey,
    /// The last row's version.
    pub id: Uuid,
}

/// A value of what a list is sorted by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CursorKey {
    /// Of [`Sort::Created`] and [`Sort::Modified`].
    Time(DateTime<Utc>),
    /// Of [`Sort::Title`].
    Title(String),
    /// Of [`Sort::Size`].
    Size(i64),
}

/// Which documents are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ListQuery {
    /// Those that lie in the trash instead of those that do not.
    pub trashed: bool,
    /// What to sort by.
    pub sort: Sort,
    /// From the greatest to the least.
    pub descending: bool,
    /// Only documents in this state. Without it all but those abandoned or being deleted.
    pub state: Option<DocumentState>,
    /// Only documents of this kind.
    pub kind: Option<String>,
    /// Only documents with this tag.
    pub tag: Option<String>,
    /// Where the page begins.
    pub after: Option<Cursor>,
    /// Documents on a page.
    pub limit: u16,
}

/// A page of a list.
#[derive(Clone, Debug)]
pub struct Page {
    /// The documents, sorted.
    pub documents: Vec<Document>,
    /// Where the next page begins, if there is one.
    pub next: Option<Cursor>,
}

impl Catalog {
    /// A page of the documents of `owner`.
    pub async fn list(&self, owner: Uuid, query: &ListQuery) -> Result<Page> {
        let limit = usize::from(query.limit.max(1));
        let mut sql = statement(owner, query);
        // One more than asked for says whether there is another page.
        sql.push(" LIMIT ").push_bind(i64::from(query.limit.max(1)) + 1);
        let mut documents: Vec<Document> = sql.build_query_as().fetch_all(&self.pool).await?;
        let more = documents.len() > limit;
        documents.truncate(limit);
        let next = documents.last().filter(|_| more).map(|last| Cursor {
            key: query.sort.key(last),
            id: last.version_id,
        });
        Ok(Page { documents, next })
    }
}

impl Catalog {
    /// The same from a database that may lag behind: nothing if it does not know of so many changes of the account.
    pub async fn list_after(&self, owner: Uuid, changes: i64, query: &ListQuery) -> Result<Option<Page>> {
        // Read before the list, which is then no older.
        let known: Option<i64> =
            sqlx::query_scalar("SELECT changes FROM account_usage WHERE account_id = $1")
                .bind(owner)
                .fetch_optional(&self.pool)
                .await?;
        match known {
            Some(known) if known >= changes => self.list(owner, query).await.map(Some),
            _ => Ok(None),
        }
    }
}

fn statement(owner: Uuid, query: &ListQuery) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new("SELECT * FROM documents WHERE owner = ");
    sql.push_bind(owner);
    sql.push(if query.trashed {
        " AND trashed IS NOT NULL"
    } else {
        " AND current AND trashed IS NULL"
    });
    match query.state {
        Some(state) => sql.push(" AND state = ").push_bind(state),
        None => sql.push(" AND state NOT IN ('abandoned', 'deleting')"),
    };
    if let Some(kind) = &query.kind {
        sql.push(" AND kind = ").push_bind(kind.clone());
    }
    if let Some(tag) = &query.tag {
        sql.push(" AND tags @> ARRAY[").push_bind(tag.clone()).push("]");
    }
    let (expression, direction, beyond) = (
        query.sort.expression(),
        if query.descending { "DESC" } else { "ASC" },
        if query.descending { "<" } else { ">" },
    );
    if let Some(cursor) = &query.after {
        sql.push(format_args!(" AND ({expression}, id) {beyond} ("));
        match &cursor.key {
            CursorKey::Time(time) => sql.push_bind(*time),
            CursorKey::Title(title) => sql.push("lower(").push_bind(title.clone()).push(")"),
            CursorKey::Size(size) => sql.push_bind(*size),
        };
        sql.push(", ").push_bind(cursor.id).push(")");
    }
    sql.push(format_args!(" ORDER BY {expression} {direction}, id {direction}"));
    sql
}
