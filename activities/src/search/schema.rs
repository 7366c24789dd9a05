//! The fields of the index and the version of its format.
//!
//! The index holds two sorts of entry. A *card* is one document: owner, title, tags, kind, dates, and its whole text
//! (indexed, not stored), so that `a b` finds a document with `a` on one page and `b` on another. A *passage* is a stretch of one page
//! (indexed and stored): once a document is found, its best passage gives the page number and the snippet. Passages carry neither
//! `owner` nor `document`, so a search, which always asks for an owner, can only ever meet cards.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::Path;

use tantivy::Index;
use tantivy::directory::MmapDirectory;
use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions,
};

use super::error::IndexError;
use super::words::{ANALYZER, analyzer};

/// Raised whenever fields or analysis change: what an older program wrote is then refused, and indexed anew.
const FORMAT_VERSION: u32 = 1;
/// The name of the field that ties a passage to its document.
pub(super) const PASSAGE_OF: &str = "passage_of";
const FORMAT_FILE: &str = "format-version";

/// The fields by name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields {
    /// Card: the document's id.
    pub document: Field,
    /// Card: the owner's id.
    pub owner: Field,
    /// Card: the title.
    pub title: Field,
    /// Card: the name of the file that was uploaded.
    pub file_name: Field,
    /// Card: the words of the tags.
    pub tag_words: Field,
    /// Card: each tag, folded, for filters.
    pub tag: Field,
    /// Card: each tag as it was given, for facets.
    pub tag_label: Field,
    /// Card: the document type.
    pub kind: Field,
    /// Card: seconds since 1970.
    pub created: Field,
    /// Card: seconds since 1970.
    pub modified: Field,
    /// Card: bytes of the file.
    pub size: Field,
    /// Card: the whole text, a value a page.
    pub body: Field,
    /// Passage: the document's id.
    pub passage_of: Field,
    /// Passage: the owner's id, for removal only.
    pub passage_owner: Field,
    /// Passage: the page's number, from 1.
    pub page: Field,
    /// Passage: its text.
    pub text: Field,
}

impl Fields {
    fn build() -> (Schema, Self) {
        let words = |stored: bool| {
            let indexing = TextFieldIndexing::default()
                .set_tokenizer(ANALYZER)
                .set_index_option(IndexRecordOption::WithFreqsAndPositions);
            let options = TextOptions::default().set_indexing_options(indexing);
            if stored { options.set_stored() } else { options }
        };
        let mut schema = Schema::builder();
        let fields = Self {
            document: schema.add_text_field("document", STRING | STORED),
            owner: schema.add_text_field("owner", STRING),
            title: schema.add_text_field("title", words(true)),
            file_name: schema.add_text_field("file_name", words(false)),
            tag_words: schema.add_text_field("tag_words", words(false)),
            tag: schema.add_text_field("tag", STRING),
            tag_label: schema.add_text_field("tag_label", STORED | FAST),
            kind: schema.add_text_field("kind", STRING | STORED | FAST),
            created: schema.add_i64_field("created", INDEXED | STORED | FAST),
            modified: schema.add_i64_field("modified", INDEXED | STORED | FAST),
            size: schema.add_u64_field("size", STORED),
            body: schema.add_text_field("body", words(false)),
            passage_of: schema.add_text_field(PASSAGE_OF, STRING | FAST),
            passage_owner: schema.add_text_field("passage_owner", STRING),
            page: schema.add_u64_field("page", STORED),
            text: schema.add_text_field("text", words(true)),
        };
        (schema.build(), fields)
    }
}

/// Opens the index of a directory, or makes a new one in an empty or missing directory.
pub(super) fn open(dir: &Path) -> Result<(Index, Fields), IndexError> {
    fs::create_dir_all(dir)?;
    check_format(dir)?;
    let (schema, fields) = Fields::build();
    let directory = MmapDirectory::open(dir).map_err(tantivy::TantivyError::from)?;
    let index = Index::open_or_create(directory, schema)?;
    index.tokenizers().register(ANALYZER, analyzer());
    Ok((index, fields))
}

/// The version is on disk before the first byte of the index: whatever is found without one was not written here.
fn check_format(dir: &Path) -> Result<(), IndexError> {
    let path = dir.join(FORMAT_FILE);
    let found = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            if dir.join("meta.json").exists() {
                return Err(IndexError::Format {
                    found: "none".into(),
                    expected: FORMAT_VERSION,
                });
            }
            return write_format(dir, &path);
        }
        Err(error) => return Err(error.into()),
    };
    if found.trim() == FORMAT_VERSION.to_string() {
        return Ok(());
    }
    Err(IndexError::Format {
        found: found.trim().chars().take(20).collect(),
        expected: FORMAT_VERSION,
    })
}

fn write_format(dir: &Path, path: &Path) -> Result<(), IndexError> {
    let unfinished = dir.join(format!("{FORMAT_FILE}.new"));
    let mut file = fs::File::create(&unfinished)?;
    writeln!(file, "{FORMAT_VERSION}")?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    fs::File::open(dir)?.sync_all()?;
    Ok(())
}
