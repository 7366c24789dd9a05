//! The child's side: confines itself, does one task, reports, exits.

mod archive;
mod confine;
mod epub;
mod html;
mod image;
mod mail;
mod ocr;
mod office;
mod pdf;
mod poppler;
mod report;
mod sheets;
mod text;
mod thumbnail;
mod tiff;
mod xml;

use std::{
    any::Any,
    ffi::{OsStr, OsString},
    fs::File,
    io::Read,
    path::{Path, PathBuf},
    thread,
};

use report::Report;

use super::{
    DocumentKind, ExtractError, Limits, SNIFF_BYTES,
    protocol::{CHILD_ARGUMENT, PdfEngine, Request, Task},
    sniff,
};

/// Readers recurse as deep as a document nests. What exceeds this stack is an attack.
const STACK_BYTES: usize = 64 << 20;

/// Does a child's work and exits when the program was started as one; returns at once when not.
///
/// Must be the first thing in `main`, before any thread or runtime is started. The program
/// can be started as a child by hand as well; nothing is gained by it.
pub fn run_child_if_asked() {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().as_deref() == Some(OsStr::new(CHILD_ARGUMENT)) {
        std::process::exit(run(arguments));
    }
}

fn run(mut arguments: impl Iterator<Item = OsString>) -> i32 {
    let (Some(request), Some(file)) = (arguments.next(), arguments.next()) else {
        eprintln!("{CHILD_ARGUMENT} takes a request and a file: it is called by the program itself");
        return 2;
    };
    let prepared = serde_json::from_slice::<Request>(request.as_encoded_bytes())
        .map_err(|error| error.to_string())
        .and_then(|request| {
            Ok((
                Report::on_stdout(&request.limits).map_err(|error| error.to_string())?,
                request,
            ))
        });
    let (mut report, request) = match prepared {
        Ok(prepared) => prepared,
        Err(cause) => {
            eprintln!("{CHILD_ARGUMENT}: {cause}");
            return 2;
        }
    };
    let result = confine::confine(&request.limits)
        .map_err(ExtractError::unavailable)
        .and_then(|()| {
            let mut work_report = report.handle().map_err(ExtractError::unavailable)?;
            let work = move || {
                perform(&request, &PathBuf::from(file), &mut work_report).map(|()| work_report.is_truncated())
            };
            let thread = thread::Builder::new()
                .stack_size(STACK_BYTES)
                .spawn(work)
                .map_err(ExtractError::unavailable)?;
            thread.join().unwrap_or_else(|panic| Err(panic_error(&*panic)))
        });
    report.end(result);
    0
}

fn perform(request: &Request, file: &Path, report: &mut Report) -> Result<(), ExtractError> {
    let Request {
        task,
        limits,
        languages,
    } = request;
    match task {
        Task::Identify => {
            report.kind(identify(file)?);
            Ok(())
        }
        Task::Read => read(file, limits, languages, report),
        Task::PdfText {
            engine: PdfEngine::PdfExtract,
            pages,
        } => pdf::with_pdf_extract(file, pages.as_deref(), report),
        Task::PdfText {
            engine: PdfEngine::PdfOxide,
            pages,
        } => pdf::with_pdf_oxide(file, pages.as_deref(), report),
        Task::PdfText {
            engine: PdfEngine::Pdftotext,
            pages,
        } => poppler::text(file, pages.as_deref(), limits, report),
        Task::PdfOcr { page } => {
            let drawn = poppler::draw(file, *page)?;
            let read = ocr::read(&drawn.image.into_luma8(), Some(drawn.dots_per_inch), languages)?;
            report.page(read.into_page(*page));
            Ok(())
        }
        Task::Thumbnail => report.thumbnail(&thumbnail::draw(file, identify(file)?, limits)?),
    }
}

/// The kind of document, with a look into containers.
fn identify(file: &Path) -> Result<DocumentKind, ExtractError> {
    let mut head = Vec::new();
    File::open(file)
        .and_then(|file| file.take(SNIFF_BYTES as u64).read_to_end(&mut head))
        .map_err(ExtractError::reading)?;
    match sniff(&head) {
        DocumentKind::Zip => archive::identify(file),
        DocumentKind::Ole => sheets::identify_ole(file),
        kind => Ok(kind),
    }
}

fn read(file: &Path, limits: &Limits, languages: &str, report: &mut Report) -> Result<(), ExtractError> {
    let kind = identify(file)?;
    report.kind(kind);
    match kind {
        DocumentKind::Text => text::read(file, report),
        DocumentKind::Html => html::read(file, report),
        DocumentKind::Eml => mail::read(file, report),
        DocumentKind::Docx => office::read_docx(&mut archive::Package::open(file, limits)?, report),
        DocumentKind::Pptx => office::read_pptx(&mut archive::Package::open(file, limits)?, report),
        DocumentKind::Odt | DocumentKind::Odp => {
            office::read_opendocument(&mut archive::Package::open(file, limits)?, report)
        }
        DocumentKind::Epub => epub::read(&mut archive::Package::open(file, limits)?, report),
        DocumentKind::Xlsx | DocumentKind::Ods | DocumentKind::Xls => {
            sheets::read(file, kind, limits, report)
        }
        kind if kind.is_image() => image::read(file, kind, limits, languages, report),
        kind => Err(ExtractError::Unsupported(kind.to_string())),
    }
}

/// A panic as an error. Some readers panic when they cannot allocate instead of aborting.
fn panic_error(panic: &(dyn Any + Send)) -> ExtractError {
    let message = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied());
    match message {
        Some(message) if message.contains("AllocError") || message.contains("CapacityOverflow") => {
            ExtractError::OutOfMemory
        }
        message => ExtractError::Crashed(format!(
            "the reader panicked: {}",
            message.unwrap_or("without a message")
        )),
    }
}
