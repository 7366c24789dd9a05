//! `docstore extract`: what DocStore would read in a file, without a server.

use std::path::PathBuf;

use clap::Args;
use docstore_activities::extract::{ExtractError, Extraction, Extractor, Limits, PageSource};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::{Failure, output};
use crate::engine::reader_program;

/// Reads a file.
#[derive(Args)]
pub struct Extract {
    /// The file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Write what was found as JSON: the kind, every page with its text and where it comes from, what is missing
    #[arg(long)]
    json: bool,
    /// The languages that OCR expects, in tesseract's terms, such as deu+fra
    #[arg(long, value_name = "LANGUAGES", default_value = "eng")]
    languages: String,
}

impl Extract {
    pub(super) async fn run(self) -> Result<(), Failure> {
        if !self.file.is_file() {
            return Err(Failure::NotFound(format!("{} is no file", self.file.display())));
        }
        let extractor =
            Extractor::new(reader_program(None)?, Limits::default()).with_languages(self.languages);
        let bar = ProgressBar::no_length().with_style(style());
        let extracted = extractor
            .extract(&self.file, |progress| {
                bar.set_length(progress.total.into());
                bar.set_position(progress.done.into());
            })
            .await;
        bar.finish_and_clear();
        match extracted {
            Ok(extraction) if self.json => output::json(&extraction),
            Ok(extraction) => show(&extraction),
            Err(error) => {
                if self.json {
                    output::json(&json!({ "error": error.code(), "message": error.to_string() }))?;
                }
                Err(unreadable(&error))
            }
        }
    }
}

fn unreadable(error: &ExtractError) -> Failure {
    Failure::Processing(format!("{error} ({})", error.code()))
}

fn show(extraction: &Extraction) -> Result<(), Failure> {
    for page in &extraction.pages {
        let source = match page.source {
            PageSource::TextLayer => "",
            PageSource::Ocr => ", by OCR",
            PageSource::Blank => ", blank",
            PageSource::Nothing => ", nothing could be read",
        };
        if extraction.pages.len() > 1 || !source.is_empty() {
            output::line(&format!("--- page {}{source}", page.number))?;
        }
        for line in page.text.lines() {
            output::line(line)?;
        }
    }
    if let Some(missing) = &extraction.degraded {
        eprintln!("{missing}");
    }
    if extraction.truncated {
        eprintln!("the document is long; its end was left out");
    }
    Ok(())
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{wide_bar} {pos}/{len} pages")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}
