//! What parent and child say to each other: one request as an argument, then lines of JSON on standard output.

use serde::{Deserialize, Serialize};

use super::{DocumentKind, ExtractError, Limits, Page};

/// The first argument of a program that is to be a child; the request and the file's path follow.
pub(super) const CHILD_ARGUMENT: &str = "__extract";

/// What a child is to do.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Request {
    pub task: Task,
    pub limits: Limits,
    /// Tesseract's names of the languages, joined by `+`.
    pub languages: String,
}

/// One attempt at one piece of work.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Task {
    /// Tell the kind of document.
    Identify,
    /// Tell the kind and read the text, of anything but PDF.
    Read,
    /// Read the text of a PDF with one engine: the pages named, or all when `None`.
    PdfText {
        engine: PdfEngine,
        pages: Option<Vec<u32>>,
    },
    /// Draw one page of a PDF and read it with OCR.
    PdfOcr { page: u32 },
    /// Draw the first page.
    Thumbnail,
}

/// The readers of a PDF's text layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum PdfEngine {
    PdfExtract,
    PdfOxide,
    Pdftotext,
}

/// What a child reports. The last message is `Done` or `Failed`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Message {
    Kind(DocumentKind),
    /// How many pages the document has.
    Total(u32),
    Page(Page),
    Thumbnail {
        png_base64: String,
        width: u32,
        height: u32,
    },
    Done {
        truncated: bool,
    },
    Failed(ExtractError),
}
