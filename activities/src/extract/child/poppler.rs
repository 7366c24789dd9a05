//! PDFs by poppler's programs: the text layer as a last resort, and pictures of pages.

use std::{
    io::{self, Read},
    path::Path,
    process::{Command, Stdio},
};

use image::{DynamicImage, GrayImage, RgbImage};

use super::{ExtractError, Limits, Report};

/// Sharp enough for OCR of print, small enough to be quick.
const DOTS_PER_INCH: f64 = 300.0;
/// Posters are drawn coarser than [`DOTS_PER_INCH`] so that they have no more pixels: A4 at 600 dots per inch.
const MAX_PIXELS: f64 = 35e6;
/// No side of a picture is longer, which bounds strips that are wide and flat. Tesseract takes 32767.
const MAX_SIDE: f64 = 16_000.0;
const POINTS_PER_INCH: f64 = 72.0;
/// More than the header of a portable pixmap and its pixels.
const MAX_PICTURE_BYTES: u64 = 3 * MAX_PIXELS as u64 + 1024;
const MAX_MESSAGE_BYTES: u64 = 64 << 10;
/// A pixmap's header: magic number, width, height, greatest value.
const PIXMAP_FIELDS: usize = 4;

/// A page as a picture.
pub(super) struct Drawn {
    pub image: DynamicImage,
    pub dots_per_inch: u32,
}

/// Reads the text layer with pdftotext, which ends each page with a form feed.
pub(super) fn text(
    file: &Path,
    pages: Option<&[u32]>,
    limits: &Limits,
    report: &mut Report,
) -> Result<(), ExtractError> {
    // A page has a few kilobytes of text; what is asked for may be the last ones of a large document.
    let output = run(
        "pdftotext",
        &["-enc", "UTF-8"],
        file,
        Some("-"),
        limits.output_bytes(),
    )?;
    let text = String::from_utf8_lossy(&output);
    let texts: Vec<&str> = text.split_terminator('\u{c}').collect();
    let allowed = report.total(texts.len());
    for (number, text) in (1..=allowed).zip(texts) {
        let is_wanted = pages.is_none_or(|pages| pages.binary_search(&number).is_ok());
        if is_wanted && !report.text(number, text.to_owned()) {
            break;
        }
    }
    Ok(())
}

/// Draws a page in grey for OCR.
pub(super) fn draw(file: &Path, page: u32) -> Result<Drawn, ExtractError> {
    let number = page.to_string();
    let info = run(
        "pdfinfo",
        &["-f", &number, "-l", &number],
        file,
        None,
        MAX_MESSAGE_BYTES,
    )?;
    let (width, height) = page_size(&String::from_utf8_lossy(&info))
        .ok_or_else(|| ExtractError::Corrupt(format!("page {page} has no size")))?;
    let by_area = (MAX_PIXELS / (width * height)).sqrt() * POINTS_PER_INCH;
    let by_side = MAX_SIDE / width.max(height) * POINTS_PER_INCH;
    let dots_per_inch = DOTS_PER_INCH.min(by_area).min(by_side).floor().max(1.0) as u32;
    let resolution = dots_per_inch.to_string();
    let pixmap = run(
        "pdftoppm",
        &["-f", &number, "-l", &number, "-r", &resolution, "-gray"],
        file,
        None,
        MAX_PICTURE_BYTES,
    )?;
    Ok(Drawn {
        image: parse_pixmap(&pixmap)?,
        dots_per_inch,
    })
}

/// Draws the first page in colour, its longer side `pixels` long.
pub(super) fn draw_small(file: &Path, pixels: u32) -> Result<DynamicImage, ExtractError> {
    let pixmap = run(
        "pdftoppm",
        &["-f", "1", "-l", "1", "-scale-to", &pixels.to_string()],
        file,
        None,
        MAX_PICTURE_BYTES,
    )?;
    parse_pixmap(&pixmap)
}

/// Runs one of poppler's programs on the file and reads what it writes, up to a limit.
fn run(
    program: &str,
    options: &[&str],
    file: &Path,
    output: Option<&str>,
    max_bytes: u64,
) -> Result<Vec<u8>, ExtractError> {
    // A path that starts with a dash would be taken for an option.
    let file = std::path::absolute(file).map_err(ExtractError::unavailable)?;
    let mut child = Command::new(program)
        .args(options)
        .arg(file)
        .args(output)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => {
                ExtractError::Unavailable(format!("{program} is missing: install poppler-utils"))
            }
            _ => ExtractError::unavailable(error),
        })?;
    let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(ExtractError::unavailable("a program has no pipes"));
    };
    // Both pipes are emptied at the same time, for a damaged document makes poppler complain at length.
    let complaints = std::thread::spawn(move || {
        let mut complaints = Vec::new();
        let mut stderr = stderr;
        let _ = stderr
            .by_ref()
            .take(MAX_MESSAGE_BYTES)
            .read_to_end(&mut complaints);
        let _ = io::copy(&mut stderr, &mut io::sink());
        String::from_utf8_lossy(&complaints).into_owned()
    });
    let mut bytes = Vec::new();
    stdout
        .take(max_bytes + 1)
        .read_to_end(&mut bytes)
        .map_err(ExtractError::reading)?;
    let status = child.wait().map_err(ExtractError::unavailable)?;
    let complaints = complaints.join().unwrap_or_default();
    if bytes.len() as u64 > max_bytes {
        return Err(ExtractError::too_large(
            format!("bytes from {program}"),
            max_bytes,
        ));
    }
    if complaints.contains("Incorrect password") {
        return Err(ExtractError::Encrypted);
    }
    if !status.success() {
        return Err(ExtractError::Corrupt(format!(
            "{program}: {}",
            complaints.lines().next().unwrap_or("it failed without a word")
        )));
    }
    Ok(bytes)
}

/// The size in points, from a line like `Page    1 size: 595.32 x 841.92 pts (A4)`.
fn page_size(info: &str) -> Option<(f64, f64)> {
    let line = info
        .lines()
        .find(|line| line.starts_with("Page ") && line.contains(" size:"))?;
    let mut words = line.split_once(" size:")?.1.split_whitespace();
    let width: f64 = words.next()?.parse().ok()?;
    let height: f64 = words.nth(1)?.parse().ok()?;
    (width > 0.0 && height > 0.0 && width.is_finite() && height.is_finite()).then_some((width, height))
}

/// A binary portable graymap or pixmap with one byte a sample. Poppler ends in success also when it drew nothing.
fn parse_pixmap(bytes: &[u8]) -> Result<DynamicImage, ExtractError> {
    let nothing = || ExtractError::Corrupt("the page cannot be drawn".into());
    let mut fields = Vec::new();
    let mut rest = bytes;
    while fields.len() < PIXMAP_FIELDS {
        let end = rest
            .iter()
            .position(u8::is_ascii_whitespace)
            .ok_or_else(nothing)?;
        fields.push(std::str::from_utf8(&rest[..end]).map_err(|_| nothing())?);
        rest = &rest[end + 1..];
    }
    let side = |field: &str| {
        field
            .parse::<u32>()
            .ok()
            .filter(|&side| side > 0)
            .ok_or_else(nothing)
    };
    let (width, height) = (side(fields[1])?, side(fields[2])?);
    let image = match fields[0] {
        "P5" => GrayImage::from_raw(width, height, rest.to_vec()).map(DynamicImage::from),
        "P6" => RgbImage::from_raw(width, height, rest.to_vec()).map(DynamicImage::from),
        _ => None,
    };
    image.ok_or_else(nothing)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn pixmaps_are_parsed_or_refused() {
        assert_eq!(parse_pixmap(b"P5\n2 1\n255\n\x00\xff").unwrap().width(), 2);
        assert_eq!(parse_pixmap(b"P6\n1 2\n255\nabcdef").unwrap().height(), 2);
        for bad in [
            &b"P5\n0 0\n255\n"[..],
            b"P5\n2 2\n255\nabc",
            b"P5\n9",
            b"",
            b"P4\n1 1\n255\na",
        ] {
            assert_eq!(parse_pixmap(bad).unwrap_err().code(), "corrupt");
        }
    }

    #[test]
    fn the_size_of_a_page_is_found() {
        let info = "Pages:           3\nPage    2 size: 595.32 x 841.92 pts (A4)\nPage    2 rot:  0\n";
        assert_eq!(page_size(info), Some((595.32, 841.92)));
        assert_eq!(page_size("Page 1 size: 0 x 5 pts"), None);
    }
}
