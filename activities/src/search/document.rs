//! A document as it is put into the index.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tantivy::TantivyDocument;
use uuid::Uuid;

use super::limits::{PAGES_MAX, PASSAGE_BYTES_MAX, TAG_CHARS_MAX, TAGS_MAX, TEXT_BYTES_MAX, TITLE_CHARS_MAX};
use super::schema::Fields;
use super::words::{fold, normalise};

/// Everything by which a document can be found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexedDocument {
    /// The document's id; putting it again replaces what is there.
    pub document: Uuid,
    /// The only one who finds it.
    pub owner: Uuid,
    /// Its title; indexed up to [`TITLE_CHARS_MAX`] characters.
    pub title: String,
    /// The name of the file that was uploaded.
    pub file_name: String,
    /// Its tags; indexed up to [`TAGS_MAX`].
    pub tags: Vec<String>,
    /// Its type, such as `pdf`.
    pub kind: String,
    /// When it was uploaded.
    pub created: DateTime<Utc>,
    /// When its content or its metadata last changed.
    pub modified: DateTime<Utc>,
    /// Size of the file, in bytes.
    pub size: u64,
    /// Its text; empty for the documents of free accounts. Indexed up to [`PAGES_MAX`] pages and [`TEXT_BYTES_MAX`] bytes.
    pub pages: Vec<PageText>,
}

/// The text of one page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageText {
    /// The page's number, from 1; slides and sheets are pages too.
    pub number: u32,
    /// What is written there.
    pub text: String,
}

/// What became of a document that was put.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Indexed {
    /// Pages whose text can be found.
    pub pages: u32,
    /// Whether a limit left part of the document out.
    pub truncated: bool,
}

/// A document ready to be written.
#[derive(Debug)]
pub(super) struct Entries {
    pub(super) document: Uuid,
    pub(super) entries: Vec<TantivyDocument>,
    /// Bytes of text in the entries.
    pub(super) bytes: usize,
    pub(super) outcome: Indexed,
}

impl IndexedDocument {
    /// The card and the passages of this document, its limits applied.
    pub(super) fn into_entries(self, fields: &Fields) -> Entries {
        let mut truncated = self.tags.len() > TAGS_MAX || self.pages.len() > PAGES_MAX;
        let mut card = TantivyDocument::default();
        card.add_text(fields.document, self.document.to_string());
        card.add_text(fields.owner, self.owner.to_string());
        card.add_text(
            fields.title,
            first_chars(&normalise(&self.title), TITLE_CHARS_MAX, &mut truncated),
        );
        card.add_text(
            fields.file_name,
            first_chars(&normalise(&self.file_name), TITLE_CHARS_MAX, &mut truncated),
        );
        card.add_text(fields.kind, fold(&self.kind));
        card.add_i64(fields.created, self.created.timestamp());
        card.add_i64(fields.modified, self.modified.timestamp());
        card.add_u64(fields.size, self.size);
        for tag in self.tags.iter().take(TAGS_MAX) {
            let tag = normalise(tag);
            let tag = first_chars(tag.trim(), TAG_CHARS_MAX, &mut truncated);
            card.add_text(fields.tag, fold(tag));
            card.add_text(fields.tag_words, tag);
            card.add_text(fields.tag_label, tag);
        }

        let mut passages = Vec::new();
        let mut bytes_left = TEXT_BYTES_MAX;
        let mut pages = 0;
        for page in self.pages.into_iter().take(PAGES_MAX) {
            let text = normalise(&page.text);
            let text = first_bytes(&text, bytes_left, &mut truncated);
            bytes_left -= text.len();
            if text.trim().is_empty() {
                continue;
            }
            pages += 1;
            card.add_text(fields.body, text);
            for part in split_passages(text) {
                let mut passage = TantivyDocument::default();
                passage.add_text(fields.passage_of, self.document.to_string());
                passage.add_text(fields.passage_owner, self.owner.to_string());
                passage.add_u64(fields.page, u64::from(page.number));
                passage.add_text(fields.text, part);
                passages.push(passage);
            }
        }
        passages.push(card);
        let outcome = Indexed { pages, truncated };
        Entries {
            document: self.document,
            entries: passages,
            bytes: TEXT_BYTES_MAX - bytes_left,
            outcome,
        }
    }
}

fn first_chars<'a>(text: &'a str, chars_max: usize, truncated: &mut bool) -> &'a str {
    match text.char_indices().nth(chars_max) {
        Some((end, _)) => {
            *truncated = true;
            &text[..end]
        }
        None => text,
    }
}

fn first_bytes<'a>(text: &'a str, bytes_max: usize, truncated: &mut bool) -> &'a str {
    if text.len() > bytes_max {
        *truncated = true;
    }
    &text[..text.floor_char_boundary(bytes_max)]
}

/// Cuts a page into passages at white space, or anywhere where there is none.
fn split_passages(mut text: &str) -> Vec<&str> {
    let mut passages = Vec::new();
    while text.len() > PASSAGE_BYTES_MAX {
        let limit = text.floor_char_boundary(PASSAGE_BYTES_MAX);
        let end = text[..limit]
            .rfind(char::is_whitespace)
            .filter(|end| *end > 0)
            .unwrap_or(limit);
        let (passage, rest) = text.split_at(end);
        passages.push(passage);
        text = rest;
    }
    passages.push(text);
    passages
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn passages_are_the_whole_page(text in "(\\PC{0,40}[ \n]?){0,900}") {
            let passages = split_passages(&text);
            prop_assert_eq!(passages.concat(), text.as_str());
            prop_assert!(passages.iter().all(|passage| passage.len() <= PASSAGE_BYTES_MAX));
        }
    }

    #[test]
    fn limits_cut_between_characters() {
        let mut truncated = false;
        assert_eq!(first_chars("äöü", 3, &mut truncated), "äöü");
        assert!(!truncated);
        assert_eq!(first_chars("äöü", 2, &mut truncated), "äö");
        assert!(truncated);
        assert_eq!(first_bytes("äöü", 3, &mut truncated), "ä");
    }
}
