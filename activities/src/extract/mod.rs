//! Text and pictures out of documents that strangers upload.
//!
//! No parser is trusted: files of a few kilobytes abort, hang or exhaust the memory of every PDF engine and image
//! decoder. So whatever looks inside a document runs in a **child process** (this program, executed again) that
//! limits its own memory, time and files before it opens the input. The parent reads a bounded stream of messages
//! and turns every way in which a child can end into a typed [`ExtractError`].
//!
//! - [`Extractor`] is the parent's side: one call a document, any number of attempts behind it.
//! - [`run_child_if_asked`] is the child's side: the first line of every `main` whose program is handed to
//!   [`Extractor::new`].
//! - [`sniff`] tells a document's kind by its content and is safe in any process.

mod attempt;
mod child;
mod degraded;
mod error;
mod extractor;
mod kind;
mod limits;
mod model;
mod pdf_chain;
mod protocol;
mod quality;
mod sniff;

pub use child::run_child_if_asked;
pub use error::ExtractError;
pub use extractor::Extractor;
pub use kind::DocumentKind;
pub use limits::Limits;
pub use model::{Extraction, Page, PageSource, Progress, Thumbnail};
pub use sniff::{SNIFF_BYTES, sniff};
