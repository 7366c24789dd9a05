//! The text layer of PDFs, by the engines that are libraries.
//!
//! An engine that panics on a page loses that page only: the parent asks the next engine for what is not reported.

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

use pdf_extract::{
    Document, Error as LopdfError, OutputError, PlainTextOutput, encryption::DecryptionError, output_doc_page,
};
use pdf_oxide::PdfDocument;

use super::{ExtractError, Report};

pub(super) fn with_pdf_extract(
    file: &Path,
    pages: Option<&[u32]>,
    report: &mut Report,
) -> Result<(), ExtractError> {
    let bytes = fs::read(file).map_err(ExtractError::reading)?;
    let mut document = Document::load_mem(&bytes).map_err(lopdf_error)?;
    // Loading has tried the empty password already, which most documents with restrictions have.
    if document.is_encrypted() {
        document.decrypt("").map_err(lopdf_error)?;
    }
    let count = document.get_pages().len();
    read_pages(count, pages, report, |number| {
        let mut text = String::new();
        match output_doc_page(&document, &mut PlainTextOutput::new(&mut text), number) {
            Ok(()) => Some(text),
            Err(OutputError::FormatError(_) | OutputError::IoError(_) | OutputError::PdfError(_)) => None,
        }
    })
}

pub(super) fn with_pdf_oxide(
    file: &Path,
    pages: Option<&[u32]>,
    report: &mut Report,
) -> Result<(), ExtractError> {
    let bytes = fs::read(file).map_err(ExtractError::reading)?;
    let document = PdfDocument::from_bytes(bytes).map_err(oxide_error)?;
    // Without this it gives empty text for a document that is locked.
    if document.is_encrypted() && !document.authenticate(b"").map_err(oxide_error)? {
        return Err(ExtractError::Encrypted);
    }
    let count = document.page_count().map_err(oxide_error)?;
    read_pages(count, pages, report, |number| {
        document.extract_text(number as usize - 1).ok()
    })
}

fn read_pages(
    count: usize,
    wanted: Option<&[u32]>,
    report: &mut Report,
    read: impl Fn(u32) -> Option<String>,
) -> Result<(), ExtractError> {
    let allowed = report.total(count);
    let is_wanted = |number: &u32| wanted.is_none_or(|wanted| wanted.binary_search(number).is_ok());
    for number in (1..=allowed).filter(is_wanted) {
        if let Ok(Some(text)) = catch_unwind(AssertUnwindSafe(|| read(number)))
            && !report.text(number, text)
        {
            break;
        }
    }
    Ok(())
}

fn lopdf_error(error: LopdfError) -> ExtractError {
    match error {
        LopdfError::InvalidPassword | LopdfError::Decryption(DecryptionError::IncorrectPassword) => {
            ExtractError::Encrypted
        }
        error => ExtractError::corrupt(error),
    }
}

fn oxide_error(error: pdf_oxide::Error) -> ExtractError {
    match error {
        pdf_oxide::Error::EncryptedPdf => ExtractError::Encrypted,
        error => ExtractError::corrupt(error),
    }
}
