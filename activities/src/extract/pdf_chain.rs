//! The way through a PDF: engine after engine until every page has good text, OCR for the pages that have none.
//!
//! Each engine runs in a child of its own, so that one which crashes or hangs costs its own pages only: what it
//! reported before is kept, and the next engine is asked for the rest.

use std::{
    collections::BTreeMap,
    path::Path,
    time::{Duration, Instant},
};

use futures::{StreamExt, stream};

use super::{
    DocumentKind, ExtractError, Extraction, Extractor, Page, PageSource, Progress, degraded,
    protocol::{Message, PdfEngine, Task},
    quality,
};

/// In the order in which they are asked.
const ENGINES: [PdfEngine; 3] = [PdfEngine::PdfExtract, PdfEngine::PdfOxide, PdfEngine::Pdftotext];

pub(super) async fn extract(
    extractor: &Extractor,
    file: &Path,
    progress: &(impl Fn(Progress) + Sync),
) -> Result<Extraction, ExtractError> {
    let mut chain = Chain {
        extractor,
        file,
        deadline: Instant::now() + extractor.limits().document(),
        book: Book::new(extractor.limits().pages),
    };
    chain.read_text_layer(progress).await?;
    let shortfall = chain.read_pictures(progress).await?;
    Ok(chain.book.into_extraction(shortfall))
}

struct Chain<'a> {
    extractor: &'a Extractor,
    file: &'a Path,
    deadline: Instant,
    book: Book,
}

impl Chain<'_> {
    async fn read_text_layer(&mut self, progress: &(impl Fn(Progress) + Sync)) -> Result<(), ExtractError> {
        let mut failure = None;
        for engine in ENGINES {
            let pages = self.book.wanting(quality::GOOD);
            if pages.as_ref().is_some_and(Vec::is_empty) {
                break;
            }
            let Some(wall) = self.time_left() else { break };
            let book = &mut self.book;
            let end = self
                .extractor
                .attempt(Task::PdfText { engine, pages }, self.file, wall, |message| {
                    book.note(message);
                    progress(book.progress());
                });
            match end.await {
                // Pages that no longer fit are not asked of the next engine.
                Ok(true) => self.book.cut_off(),
                Ok(false) => {}
                Err(ExtractError::Encrypted) => return Err(ExtractError::Encrypted),
                Err(error @ ExtractError::Unavailable(_))
                    if failure.is_none() && self.book.total.is_none() =>
                {
                    failure = Some(error)
                }
                Err(error) => {
                    tracing::debug!(?engine, %error, "a PDF engine gave up");
                    if !error.is_retryable() {
                        failure = Some(error);
                    }
                }
            }
        }
        match (self.book.total, failure) {
            (None, failure) => Err(failure.unwrap_or(ExtractError::TimedOut)),
            (Some(0), _) => Err(ExtractError::Corrupt("it has no pages".into())),
            (Some(_), _) => Ok(()),
        }
    }

    /// Reads the pages that still have no good text with OCR. Returns why some could not be, if so.
    async fn read_pictures(
        &mut self,
        progress: &(impl Fn(Progress) + Sync),
    ) -> Result<Option<String>, ExtractError> {
        let limits = self.extractor.limits();
        let mut pages = self.book.wanting(quality::LEGIBLE).unwrap_or_default();
        let beyond = pages.split_off(pages.len().min(limits.ocr_pages as usize)).len();
        let mut shortfall = (beyond > 0).then(|| {
            format!(
                "{beyond} pages are beyond the limit of {} for OCR",
                limits.ocr_pages
            )
        });

        let chain = &*self;
        let mut attempts = stream::iter(pages)
            .map(|page| chain.read_picture(page))
            .buffer_unordered(limits.ocr_parallel.max(1));
        let mut read = Vec::new();
        let settled = chain.book.progress();
        while let Some((page, result)) = attempts.next().await {
            match result {
                Ok(page) => read.push(page),
                Err(ExtractError::Unavailable(cause)) => {
                    shortfall = Some(format!("OCR is not available: {cause}"));
                    break;
                }
                Err(error) => {
                    tracing::debug!(page, %error, "a page could not be read by OCR");
                    shortfall = Some(format!("page {page}: {error}"));
                }
            }
            let done = settled
                .done
                .saturating_add(u32::try_from(read.len()).unwrap_or(u32::MAX));
            progress(Progress {
                done: done.min(settled.total),
                total: settled.total,
            });
        }
        drop(attempts);
        read.into_iter().for_each(|page| self.book.offer(page));
        Ok(shortfall)
    }

    async fn read_picture(&self, number: u32) -> (u32, Result<Page, ExtractError>) {
        let Some(wall) = self.time_left() else {
            return (number, Err(ExtractError::TimedOut));
        };
        let mut read = None;
        let end = self
            .extractor
            .attempt(Task::PdfOcr { page: number }, self.file, wall, |message| {
                if let Message::Page(page) = message {
                    read = Some(page);
                }
            });
        let end = end.await;
        let missing = || ExtractError::Crashed("no page came out".into());
        (
            number,
            end.and_then(|_| read.filter(|page| page.number == number).ok_or_else(missing)),
        )
    }

    /// The time for the next attempt, `None` when the document has used up all of its own.
    fn time_left(&self) -> Option<Duration> {
        let left = self.deadline.checked_duration_since(Instant::now())?;
        Some(left.min(self.extractor.limits().attempt()))
    }
}

/// The pages as far as they are known, each in its best version.
struct Book {
    /// No number beyond this is believed.
    max_pages: u32,
    total: Option<u32>,
    pages: BTreeMap<u32, (f64, Page)>,
    truncated: bool,
}

impl Book {
    fn new(max_pages: u32) -> Self {
        Self {
            max_pages,
            total: None,
            pages: BTreeMap::new(),
            truncated: false,
        }
    }

    fn note(&mut self, message: Message) {
        match message {
            // The first engine that finds pages is believed: the others may take the number from the document.
            Message::Total(total) => {
                self.total = self
                    .total
                    .filter(|&known| known > 0)
                    .or(Some(total.min(self.max_pages)));
            }
            Message::Page(page) if page.number <= self.max_pages => {
                self.total = self
                    .total
                    .max(Some(page.number).filter(|_| !page.text.is_empty()));
                self.offer(page);
            }
            _ => {}
        }
    }

    fn cut_off(&mut self) {
        self.truncated = true;
        self.total = self.pages.last_key_value().map(|(&number, _)| number);
    }

    fn offer(&mut self, page: Page) {
        let score = quality::score(&page.text);
        let best = self.pages.get(&page.number);
        // What is no better than before is dropped, but a page that OCR found blank is known to be so.
        if best.is_none_or(|(best, known)| {
            score > *best || (known.text.is_empty() && page.source == PageSource::Blank)
        }) {
            self.pages.insert(page.number, (score, page));
        }
    }

    /// The pages without text of that quality; `None` for all, as long as their number is unknown.
    fn wanting(&self, quality: f64) -> Option<Vec<u32>> {
        let is_wanting = |number: &u32| self.pages.get(number).is_none_or(|(score, _)| *score < quality);
        self.total.map(|total| (1..=total).filter(is_wanting).collect())
    }

    fn progress(&self) -> Progress {
        let total = self.total.unwrap_or(0);
        let done = total
            - self
                .wanting(quality::LEGIBLE)
                .map_or(total, |pages| u32::try_from(pages.len()).unwrap_or(total));
        Progress { done, total }
    }

    fn into_extraction(mut self, shortfall: Option<String>) -> Extraction {
        let (total, truncated) = (self.total.unwrap_or(0), self.truncated);
        let nothing = |number| Page {
            number,
            text: String::new(),
            source: PageSource::Nothing,
            confidence: None,
        };
        let pages: Vec<Page> = (1..=total)
            .map(|number| {
                self.pages
                    .remove(&number)
                    .map_or_else(|| nothing(number), |(_, page)| page)
            })
            .collect();
        let reasons: Vec<String> = degraded::reason(DocumentKind::Pdf, &pages)
            .into_iter()
            .chain(shortfall)
            .collect();
        let degraded = (!reasons.is_empty()).then(|| reasons.join("; "));
        Extraction {
            kind: DocumentKind::Pdf,
            pages,
            degraded,
            truncated,
        }
    }
}
