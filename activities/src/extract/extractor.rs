//! The parent's side: which children to run for a document, and what their reports add up to.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use tokio::{fs::File, io::AsyncReadExt};

use super::{
    DocumentKind, ExtractError, Extraction, Limits, Progress, SNIFF_BYTES, Thumbnail, attempt, degraded,
    pdf_chain,
    protocol::{Message, Request, Task},
    sniff,
};

/// The language that OCR expects unless told otherwise, in tesseract's terms.
const DEFAULT_LANGUAGES: &str = "eng";

/// Reads documents in child processes.
#[derive(Debug, Clone)]
pub struct Extractor {
    program: PathBuf,
    limits: Limits,
    languages: String,
}

impl Extractor {
    /// `program` is executed for every attempt and must call [`run_child_if_asked`](super::run_child_if_asked) first
    /// thing in its `main`; usually it is the running program itself.
    pub fn new(program: PathBuf, limits: Limits) -> Self {
        Self {
            program,
            limits,
            languages: DEFAULT_LANGUAGES.into(),
        }
    }

    /// Sets the languages that OCR expects, in tesseract's terms (`eng`, `deu+fra`).
    #[must_use]
    pub fn with_languages(mut self, languages: impl Into<String>) -> Self {
        self.languages = languages.into();
        self
    }

    /// What the document is, by its content. Runs a child only when the first bytes do not tell.
    ///
    /// # Errors
    /// When the file cannot be read, is empty or too large, or when the child fails.
    pub async fn identify(&self, file: &Path) -> Result<DocumentKind, ExtractError> {
        let kind = self.open(file).await?;
        if !matches!(kind, DocumentKind::Zip | DocumentKind::Ole) {
            return Ok(kind);
        }
        let mut identified = kind;
        self.attempt(Task::Identify, file, self.limits.attempt(), |message| {
            if let Message::Kind(kind) = message {
                identified = kind;
            }
        })
        .await?;
        Ok(identified)
    }

    /// The text of the document. `progress` is called for every page that is done.
    ///
    /// # Errors
    /// Every way in which a document can be unreadable; what can be read in part is no error but
    /// [`Extraction::degraded`].
    pub async fn extract(
        &self,
        file: &Path,
        progress: impl Fn(Progress) + Send + Sync,
    ) -> Result<Extraction, ExtractError> {
        match self.open(file).await? {
            DocumentKind::Pdf => pdf_chain::extract(self, file, &progress).await,
            kind if kind.has_text() || matches!(kind, DocumentKind::Zip | DocumentKind::Ole) => {
                self.read(kind, file, &progress).await
            }
            kind => Err(ExtractError::Unsupported(kind.to_string())),
        }
    }

    /// A small picture of the first page; `None` for documents that have no look of their own, like plain text.
    ///
    /// # Errors
    /// When the document can be drawn by its kind, but not this one.
    pub async fn thumbnail(&self, file: &Path) -> Result<Option<Thumbnail>, ExtractError> {
        if !self.open(file).await?.is_drawable() {
            return Ok(None);
        }
        let mut drawn = None;
        self.attempt(Task::Thumbnail, file, self.limits.attempt(), |message| {
            if let Message::Thumbnail {
                png_base64,
                width,
                height,
            } = message
            {
                drawn = BASE64_STANDARD
                    .decode(png_base64)
                    .ok()
                    .map(|png| Thumbnail { png, width, height });
            }
        })
        .await?;
        drawn
            .map(Some)
            .ok_or_else(|| ExtractError::Crashed("no picture came out".into()))
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Runs one child; see [`attempt::attempt`].
    pub(super) async fn attempt(
        &self,
        task: Task,
        file: &Path,
        wall: Duration,
        on_message: impl FnMut(Message),
    ) -> Result<bool, ExtractError> {
        let request = Request {
            task,
            limits: self.limits.clone(),
            languages: self.languages.clone(),
        };
        attempt::attempt(&self.program, &request, file, wall, on_message).await
    }

    /// Checks the file's size and sniffs at its head.
    async fn open(&self, file: &Path) -> Result<DocumentKind, ExtractError> {
        let open = File::open(file).await.map_err(ExtractError::unavailable)?;
        let size = open.metadata().await.map_err(ExtractError::unavailable)?.len();
        if size == 0 {
            return Err(ExtractError::Empty);
        }
        if size > self.limits.input_bytes {
            return Err(ExtractError::too_large(
                "bytes in the file",
                self.limits.input_bytes,
            ));
        }
        let mut head = Vec::with_capacity(SNIFF_BYTES);
        open.take(SNIFF_BYTES as u64)
            .read_to_end(&mut head)
            .await
            .map_err(ExtractError::unavailable)?;
        Ok(sniff(&head))
    }

    /// Reads anything but a PDF: one attempt gives all there is.
    async fn read(
        &self,
        kind: DocumentKind,
        file: &Path,
        progress: &(impl Fn(Progress) + Sync),
    ) -> Result<Extraction, ExtractError> {
        let mut extraction = Extraction {
            kind,
            pages: Vec::new(),
            degraded: None,
            truncated: false,
        };
        let mut total = 0;
        let wall = if kind.is_image() {
            self.limits.document()
        } else {
            self.limits.attempt()
        };
        let end = self.attempt(Task::Read, file, wall, |message| match message {
            Message::Kind(kind) => extraction.kind = kind,
            Message::Total(pages) => total = pages,
            Message::Page(page) => {
                extraction.pages.push(page);
                let done = u32::try_from(extraction.pages.len()).unwrap_or(u32::MAX);
                progress(Progress {
                    done,
                    total: total.max(done),
                });
            }
            Message::Thumbnail { .. } | Message::Done { .. } | Message::Failed(_) => {}
        });
        extraction.truncated = end.await?;
        extraction.degraded = degraded::reason(extraction.kind, &extraction.pages);
        Ok(extraction)
    }
}
