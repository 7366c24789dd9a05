//! Extraction against real child processes: every format once, then files that are made to break readers.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod formats;
mod hostile;
mod make;
mod pdfs;

use std::path::PathBuf;

use docstore_activities::extract::{ExtractError, Extraction, Extractor, Limits, Progress};
use tempfile::TempDir;

/// An extractor and a place for files.
struct Bench {
    extractor: Extractor,
    folder: TempDir,
}

impl Bench {
    fn new() -> Self {
        Self::with(Limits::default())
    }

    fn with(limits: Limits) -> Self {
        let program = PathBuf::from(env!("CARGO_BIN_EXE_docstore-extract"));
        Self {
            extractor: Extractor::new(program, limits),
            folder: TempDir::new().unwrap(),
        }
    }

    /// A file whose name says nothing about its content.
    fn file(&self, content: &[u8]) -> PathBuf {
        let file = self.folder.path().join("upload.bin");
        std::fs::write(&file, content).unwrap();
        file
    }

    async fn extract(&self, content: &[u8]) -> Result<Extraction, ExtractError> {
        self.extractor
            .extract(&self.file(content), |_: Progress| {})
            .await
    }
}

/// The text of all pages, pages separated by `|`.
fn text(extraction: &Extraction) -> String {
    extraction
        .pages
        .iter()
        .map(|page| page.text.as_str())
        .collect::<Vec<_>>()
        .join("|")
}
