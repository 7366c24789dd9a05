//! Every limit of the full-text index.

/// Characters of a query.
pub const QUERY_CHARS_MAX: usize = 1_000;
/// Words of a query, counted as the index splits them.
pub const QUERY_WORDS_MAX: usize = 64;
/// Parentheses and negations within each other in a query.
pub const QUERY_DEPTH_MAX: usize = 16;
/// Letters before the star of a prefix.
pub const PREFIX_CHARS_MIN: usize = 2;
/// Words of the index that the last word of a quoted prefix (`"annual rep"*`) may stand for.
pub const PHRASE_PREFIX_EXPANSIONS_MAX: u32 = 10_000;
/// Letters of the shortest word that is searched with a typing error forgiven.
pub const TYPO_CHARS_MIN: usize = 5;
/// Letters of the shortest word that is completed in titles when nothing matches it exactly.
pub const COMPLETION_CHARS_MIN: usize = 3;
/// Hits of one page of results.
pub const PAGE_HITS_MAX: usize = 100;
/// Hits that can be skipped.
pub const PAGE_OFFSET_MAX: usize = 10_000;
/// Values of each facet.
pub const FACET_VALUES_MAX: u32 = 50;
/// Values of each filter of a query.
pub const FILTER_VALUES_MAX: usize = 50;
/// Searches at the same time; more of them wait.
pub const SEARCHES_AT_ONCE_MAX: usize = 16;

/// Characters of a title or file name that are indexed.
pub const TITLE_CHARS_MAX: usize = 500;
/// Tags of a document that are indexed.
pub const TAGS_MAX: usize = 50;
/// Characters of a tag that are indexed.
pub const TAG_CHARS_MAX: usize = 100;
/// Pages of a document that are indexed.
pub const PAGES_MAX: usize = 10_000;
/// Text of a document that is indexed, in bytes of UTF-8.
pub const TEXT_BYTES_MAX: usize = 16 << 20;
/// Text of one passage, the stretch of a page that snippets are cut from, in bytes.
pub const PASSAGE_BYTES_MAX: usize = 8 << 10;
/// Bytes of a word; a longer one is not indexed.
pub const WORD_BYTES_MAX: usize = 100;
/// Characters of a snippet.
pub const SNIPPET_CHARS_MAX: usize = 240;

/// Changes that wait for the writer; more of them wait to be queued.
pub const CHANGES_QUEUED_MAX: usize = 16;
/// Changes committed at once.
pub const BATCH_CHANGES_MAX: usize = 256;
/// Text committed at once, in bytes; the change that exceeds it is the last of its batch.
pub const BATCH_BYTES_MAX: usize = 32 << 20;
/// Memory of the writer before it spills to disk, in bytes.
pub const WRITER_MEMORY_BYTES: usize = 64 << 20;
/// Entries of a part of the index that counts as small: eight parts of a like size become one, and all small ones are of
/// a like size. A larger bound would have every few changes write thousands of entries anew.
pub const SMALL_PART_ENTRIES: u32 = 100;
