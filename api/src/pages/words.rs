//! Figures, times and kinds of documents as people read them.

use chrono::{DateTime, Utc};
use maud::{Markup, html};

/// Bytes, in decimal units.
pub fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if bytes < 1_000 {
        return format!("{bytes} B");
    }
    #[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
    let mut value = bytes as f64 / 1_000.0;
    let mut unit = 0;
    while value >= 999.95 && unit + 1 < UNITS.len() {
        value /= 1_000.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

/// A number of things: `1 document`, `2 documents`.
pub fn count(number: impl Into<u64>, thing: &str) -> String {
    match number.into() {
        1 => format!("1 {thing}"),
        number => format!("{number} {thing}s"),
    }
}

/// A message with a capital letter at its beginning.
pub fn sentence(message: &str) -> String {
    let mut chars = message.chars();
    let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}", chars.as_str())
}

/// A moment, in UTC until the script makes it the reader's time.
pub fn moment(at: DateTime<Utc>) -> Markup {
    html! { time datetime=(at.to_rfc3339()) { (at.format("%Y-%m-%d %H:%M UTC")) } }
}

/// A day.
pub fn day(at: DateTime<Utc>) -> Markup {
    html! { time datetime=(at.to_rfc3339()) data-day { (at.format("%Y-%m-%d")) } }
}

/// How a kind of document is called and drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// As the catalog and the index have it.
    pub code: &'static str,
    /// What it is called in a list of kinds.
    pub name: &'static str,
    /// What fits on a small picture.
    pub label: &'static str,
    /// Kinds that look alike.
    pub family: &'static str,
}

/// Kinds that one can look for, in the order in which they are offered.
pub const KINDS: [Kind; 19] = [
    kind("pdf", "PDF", "PDF", "pdf"),
    kind("docx", "Word", "DOCX", "words"),
    kind("xlsx", "Excel", "XLSX", "sheet"),
    kind("pptx", "PowerPoint", "PPTX", "slides"),
    kind("text", "Plain text", "TXT", "text"),
    kind("html", "Web page", "HTML", "text"),
    kind("eml", "Mail", "MAIL", "text"),
    kind("rtf", "Rich text", "RTF", "words"),
    kind("jpeg", "JPEG picture", "JPEG", "image"),
    kind("png", "PNG picture", "PNG", "image"),
    kind("tiff", "TIFF picture", "TIFF", "image"),
    kind("gif", "GIF picture", "GIF", "image"),
    kind("webp", "WebP picture", "WEBP", "image"),
    kind("bmp", "BMP picture", "BMP", "image"),
    kind("odt", "OpenDocument text", "ODT", "words"),
    kind("ods", "OpenDocument sheet", "ODS", "sheet"),
    kind("odp", "OpenDocument slides", "ODP", "slides"),
    kind("epub", "E-book", "EPUB", "words"),
    kind("zip", "Zip archive", "ZIP", "other"),
];

/// Kinds that are shown and that nobody looks for by name.
const OLD_OFFICE: [Kind; 2] = [
    kind("xls", "Excel 97-2003", "XLS", "sheet"),
    kind("ole", "Office 97-2003", "OLE", "words"),
];

const OTHER: Kind = kind("unknown", "Other", "FILE", "other");

impl Kind {
    /// The kind with this code; [`OTHER`] while it is not known.
    pub fn of(code: Option<&str>) -> Self {
        let known = KINDS.iter().chain(&OLD_OFFICE);
        known
            .copied()
            .find(|kind| Some(kind.code) == code)
            .unwrap_or(OTHER)
    }
}

const fn kind(code: &'static str, name: &'static str, label: &'static str, family: &'static str) -> Kind {
    Kind {
        code,
        name,
        label,
        family,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_read_well_at_every_size() {
        let shown = [0, 999, 1_000, 999_949, 999_950, 5_000_000_000, 20_000_000_000_000].map(bytes);
        assert_eq!(
            shown,
            [
                "0 B", "999 B", "1.0 kB", "999.9 kB", "1.0 MB", "5.0 GB", "20.0 TB"
            ]
        );
    }

    #[test]
    fn kinds_that_nobody_has_heard_of_are_files() {
        assert_eq!(Kind::of(Some("pdf")).name, "PDF");
        assert_eq!(Kind::of(Some("xls")).family, "sheet");
        assert_eq!(Kind::of(Some("hologram")), OTHER);
        assert_eq!(Kind::of(None), OTHER);
    }
}
