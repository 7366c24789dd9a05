//! What an extraction gives.

use serde::{Deserialize, Serialize};

use super::DocumentKind;

/// The text of a document, page by page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Extraction {
    /// What the document is, by its content.
    pub kind: DocumentKind,
    /// Every page in order, also those without text. Slides, sheets and chapters count as pages; a document
    /// without any of these is one page.
    pub pages: Vec<Page>,
    /// Which pages have no text and why, in words; `None` when none is missing. Its code is [`Self::DEGRADED_CODE`].
    pub degraded: Option<String>,
    /// Whether text or pages beyond the limits were cut off.
    pub truncated: bool,
}

impl Extraction {
    /// The stable name of the reason for which a document counts as read in part.
    pub const DEGRADED_CODE: &'static str = "pages_without_text";

    /// Whether any page has text.
    pub fn has_text(&self) -> bool {
        self.pages.iter().any(|page| !page.text.is_empty())
    }
}

/// One page of a document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Page {
    /// Counted from 1.
    pub number: u32,
    /// UTF-8 without control characters other than line feed and tab.
    pub text: String,
    /// Where the text comes from.
    pub source: PageSource,
    /// How sure OCR is of the text, 0 to 100; `None` for text that did not need OCR.
    pub confidence: Option<u8>,
}

/// Where a page's text comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PageSource {
    /// From the document itself.
    TextLayer,
    /// Read from the picture of the page.
    Ocr,
    /// The page is an empty sheet.
    Blank,
    /// There may be something to read, but no text was found.
    Nothing,
}

/// How far an extraction is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Pages that are done.
    pub done: u32,
    /// Pages that the document has, as far as known.
    pub total: u32,
}

/// A small picture of a document's first page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thumbnail {
    /// The picture as PNG.
    pub png: Vec<u8>,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}
