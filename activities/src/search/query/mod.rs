//! What can be asked, and how a question is refused.
//!
//! | written | finds documents |
//! |---|---|
//! | `annual report` | with both words, in any case, accents ignored |
//! | `"annual report"` | with the words side by side |
//! | `annual OR yearly` | with either; `AND` binds closer and may be left out |
//! | `report -draft`, `report NOT draft` | without the second word |
//! | `rep*`, `"annual rep"*` | with a word that begins so |
//! | `(a OR b) c` | grouped |
//! | `title:report`, `tag:tax`, `type:pdf` | with the word in the title, with the tag, of the type |
//! | `created:2024-03`, `created:2024-01..2024-06` | uploaded then; also `modified:` |
//! | `before:2024`, `after:2024-03-18` | uploaded before it began, after it ended |
//!
//! Words are looked for in title, file name, tags and, in [`Scope::FullText`], the text. When nothing matches, words of five letters and more
//! are tried again with one typing error forgiven and words of titles are completed; [`Hits::approximate`] says so.
//! Whatever is not in this table is refused, with its place, and never ignored.
//!
//! [`Hits::approximate`]: super::Hits::approximate

mod compile;
mod dates;
mod parse;
mod syntax;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub(super) use compile::{Looseness, cards, passages};
pub use parse::QueryError;
pub(super) use parse::parse;
pub(super) use syntax::{Node, Phrase};

use super::limits::{FILTER_VALUES_MAX, PAGE_HITS_MAX, PAGE_OFFSET_MAX};

/// A question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Query {
    /// Whose documents are searched: nobody else's are ever found.
    pub owner: Uuid,
    /// What the user typed. May be empty if a filter is set.
    pub text: String,
    /// What is searched.
    pub scope: Scope,
    /// What the user ticked.
    #[serde(default)]
    pub filters: Filters,
    /// Which part of the result is wanted.
    #[serde(default)]
    pub page: Page,
}

/// What is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Titles, file names, tags, types and dates: what a free account may search.
    NamesAndTags,
    /// The text of the documents too.
    FullText,
}

/// Conditions besides the text; all that are set must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Filters {
    /// Any of these types; none means all.
    pub kinds: Vec<String>,
    /// Every one of these tags.
    pub tags: Vec<String>,
    /// Uploaded at or after.
    pub created_from: Option<DateTime<Utc>>,
    /// Uploaded before.
    pub created_until: Option<DateTime<Utc>>,
}

impl Filters {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A part of the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Page {
    /// Hits to skip, at most [`PAGE_OFFSET_MAX`].
    pub offset: usize,
    /// Hits to return, from 1 to [`PAGE_HITS_MAX`].
    pub limit: usize,
}

impl Default for Page {
    fn default() -> Self {
        Self { offset: 0, limit: 20 }
    }
}

impl Query {
    /// Checks everything but the syntax and parses the rest. None stands for all documents that pass the filters.
    pub(super) fn checked(&self) -> Result<Option<Node>, QueryError> {
        if !(1..=PAGE_HITS_MAX).contains(&self.page.limit) || self.page.offset > PAGE_OFFSET_MAX {
            return Err(QueryError::PageOutOfRange {
                hits_max: PAGE_HITS_MAX,
                offset_max: PAGE_OFFSET_MAX,
            });
        }
        if self.filters.kinds.len() > FILTER_VALUES_MAX || self.filters.tags.len() > FILTER_VALUES_MAX {
            return Err(QueryError::TooManyFilters {
                max: FILTER_VALUES_MAX,
            });
        }
        match parse(&self.text) {
            Ok(node) => Ok(Some(node)),
            Err(QueryError::Empty) if !self.filters.is_empty() => Ok(None),
            Err(error) => Err(error),
        }
    }
}
