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
use tantivy::directory::{Directory, INDEX_WRITER_LOCK, MmapDirectory};
use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions,
};
use uuid::Uuid;

use super::error::IndexError;
use super::words::{ANALYZER, analyzer};

/// Raised whenever fields or analysis change: what another program wrote is then given up, and indexed anew.
const FORMAT_VERSION: u32 = 1;
/// The name of the field that ties a passage to its document.
pub(super) const PASSAGE_OF: &str = "passage_of";
const FORMAT_FILE: &str = "format-version";
const ID_FILE: &str = "index-id";

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

/// An index that is open.
pub(super) struct Opened {
    pub index: Index,
    pub fields: Fields,
    /// Tells it from every other index, also from one that was in the same directory before.
    pub id: Uuid,
}

/// Opens the index of a directory, or makes a new one in an empty or missing directory. An index of another format is
/// given up for a new one: everything in it can be put there again.
pub(super) fn open(dir: &Path) -> Result<Opened, IndexError> {
    fs::create_dir_all(dir)?;
    if let Some(found) = other_format(dir)? {
        tracing::warn!(
            found,
            expected = FORMAT_VERSION,
            "the search index has another format and is made anew"
        );
        give_up(dir)?;
    }
    let id = identity(dir)?;
    write_once(dir, FORMAT_FILE, &FORMAT_VERSION.to_string())?;
    let (schema, fields) = Fields::build();
    let directory = MmapDirectory::open(dir).map_err(tantivy::TantivyError::from)?;
    let index = Index::open_or_create(directory, schema)?;
    index.tokenizers().register(ANALYZER, analyzer());
    Ok(Opened { index, fields, id })
}

/// The format of what is there, if it is not ours. The version is on disk before the first byte of the index: whatever
/// is found without one was not written here.
fn other_format(dir: &Path) -> Result<Option<String>, IndexError> {
    let Some(found) = read(&dir.join(FORMAT_FILE))? else {
        return match dir.join("meta.json").exists() {
            true => Err(IndexError::Foreign(dir.display().to_string())),
            false => Ok(None),
        };
    };
    let found: String = found.trim().chars().take(20).collect();
    Ok((found != FORMAT_VERSION.to_string()).then_some(found))
}

/// Removes an index that nobody has open. The format's file goes last, so that a removal that breaks off is done again.
fn give_up(dir: &Path) -> Result<(), IndexError> {
    let directory = MmapDirectory::open(dir).map_err(tantivy::TantivyError::from)?;
    let _writer = directory
        .acquire_lock(&INDEX_WRITER_LOCK)
        .map_err(|_| IndexError::Busy)?;
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_name() != FORMAT_FILE && entry.file_type()?.is_file() {
            fs::remove_file(entry.path())?;
        }
    }
    fs::remove_file(dir.join(FORMAT_FILE))?;
    Ok(())
}

/// The id of the index that is there, or of the one that is going to be.
fn identity(dir: &Path) -> Result<Uuid, IndexError> {
    if let Some(text) = read(&dir.join(ID_FILE))?
        && let Ok(id) = Uuid::try_parse(text.trim())
    {
        return Ok(id);
    }
    let id = Uuid::now_v7();
    write_once(dir, ID_FILE, &id.to_string())?;
    Ok(id)
}

fn read(path: &Path) -> Result<Option<String>, IndexError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Writes a small file durably and as a whole.
fn write_once(dir: &Path, name: &str, line: &str) -> Result<(), IndexError> {
    let (path, unfinished) = (dir.join(name), dir.join(format!("{name}.new")));
    if read(&path)?.is_some_and(|found| found.trim() == line) {
        return Ok(());
    }
    let mut file = fs::File::create(&unfinished)?;
    writeln!(file, "{line}")?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    fs::File::open(dir)?.sync_all()?;
    Ok(())
}
