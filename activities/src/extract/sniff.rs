//! What a document is, by its first bytes. Names and declared types are never asked: they are often wrong.

use super::DocumentKind;

/// How many of the first bytes [`sniff`] looks at. Fewer are fine when the document is shorter.
pub const SNIFF_BYTES: usize = 8192;

/// A PDF may have other bytes in front of its header, up to this position.
const PDF_HEADER_WITHIN: usize = 1024;
/// The local file header of a zip entry.
const ZIP_ENTRY: &[u8] = b"PK\x03\x04";
const ZIP_NAME_LENGTH_AT: usize = 26;
const ZIP_NAME_AT: usize = 30;

/// Tells a document's kind by its first [`SNIFF_BYTES`].
///
/// [`DocumentKind::Zip`] and [`DocumentKind::Ole`] are containers whose directory was not among these bytes; only
/// [`Extractor::identify`](super::Extractor::identify) looks further.
pub fn sniff(head: &[u8]) -> DocumentKind {
    let head = &head[..head.len().min(SNIFF_BYTES)];
    if head.starts_with(b"%PDF-") {
        return DocumentKind::Pdf;
    }
    if head.starts_with(ZIP_ENTRY) {
        return sniff_zip(head);
    }
    if head.starts_with(b"{\\rtf") {
        return DocumentKind::Rtf;
    }
    match infer::get(head).map(|kind| kind.mime_type()) {
        Some("image/png") => DocumentKind::Png,
        Some("image/jpeg") => DocumentKind::Jpeg,
        Some("image/tiff") => DocumentKind::Tiff,
        Some("image/gif") => DocumentKind::Gif,
        Some("image/webp") => DocumentKind::Webp,
        // Its mark is two letters, with which a text can start.
        Some("image/bmp") if !is_text(head) => DocumentKind::Bmp,
        Some("application/x-ole-storage" | "application/msword" | "application/vnd.ms-excel") => {
            DocumentKind::Ole
        }
        _ => sniff_text(head),
    }
}

/// The kind of an office document or book, by the names in its zip directory.
pub(super) fn kind_of_names<'a>(names: impl IntoIterator<Item = &'a str>) -> DocumentKind {
    for name in names {
        match name {
            "word/document.xml" => return DocumentKind::Docx,
            "xl/workbook.xml" | "xl/workbook.bin" => return DocumentKind::Xlsx,
            "ppt/presentation.xml" => return DocumentKind::Pptx,
            "META-INF/container.xml" => return DocumentKind::Epub,
            _ => {}
        }
    }
    DocumentKind::Zip
}

/// The kind that a container's `mimetype` entry names.
pub(super) fn kind_of_mimetype(mimetype: &[u8]) -> Option<DocumentKind> {
    let kind = match mimetype.trim_ascii() {
        b"application/epub+zip" => DocumentKind::Epub,
        b"application/vnd.oasis.opendocument.text" | b"application/vnd.oasis.opendocument.text-template" => {
            DocumentKind::Odt
        }
        b"application/vnd.oasis.opendocument.spreadsheet" => DocumentKind::Ods,
        b"application/vnd.oasis.opendocument.presentation" => DocumentKind::Odp,
        _ => return None,
    };
    Some(kind)
}

fn sniff_zip(head: &[u8]) -> DocumentKind {
    let names: Vec<&str> = (0..head.len())
        .filter(|&at| head[at..].starts_with(ZIP_ENTRY))
        .filter_map(|at| zip_name(&head[at..]))
        .collect();
    // OpenDocument and EPUB: the first entry is called `mimetype` and stored as it is.
    if names.first() == Some(&"mimetype") {
        let value = &head[ZIP_NAME_AT + "mimetype".len()..];
        let end = value
            .windows(2)
            .position(|window| window == b"PK")
            .unwrap_or(value.len());
        if let Some(kind) = kind_of_mimetype(&value[..end]) {
            return kind;
        }
    }
    kind_of_names(names)
}

fn zip_name(entry: &[u8]) -> Option<&str> {
    let length = entry.get(ZIP_NAME_LENGTH_AT..ZIP_NAME_LENGTH_AT + 2)?;
    let length = usize::from(u16::from_le_bytes([length[0], length[1]]));
    std::str::from_utf8(entry.get(ZIP_NAME_AT..ZIP_NAME_AT + length)?).ok()
}

fn sniff_text(head: &[u8]) -> DocumentKind {
    if !is_text(head) {
        let start = &head[..head.len().min(PDF_HEADER_WITHIN)];
        let is_pdf = start.windows(5).any(|window| window == b"%PDF-");
        return if is_pdf {
            DocumentKind::Pdf
        } else {
            DocumentKind::Unknown
        };
    }
    // Case does not matter, and bytes above ASCII or between the characters of UTF-16 do not either.
    let ascii: String = head
        .iter()
        .filter(|byte| byte.is_ascii() && **byte != 0)
        .map(|byte| byte.to_ascii_lowercase() as char)
        .collect();
    let text = ascii.trim_start();
    if text.contains("%pdf-1.") && !text.starts_with('<') && text.contains(" obj") {
        return DocumentKind::Pdf;
    }
    let is_xml = text.starts_with("<?xml");
    if ["<!doctype html", "<html", "<head", "<body"]
        .iter()
        .any(|tag| text.starts_with(tag))
        || ((is_xml || text.starts_with("<!--")) && text.contains("<html"))
    {
        return DocumentKind::Html;
    }
    if is_message(text) {
        DocumentKind::Eml
    } else {
        DocumentKind::Text
    }
}

/// Whether text starts with the header of an internet message.
fn is_message(text: &str) -> bool {
    let mut known = 0;
    for line in text.lines().take_while(|line| !line.is_empty()) {
        if line.starts_with([' ', '\t']) || line.starts_with("from ") {
            continue;
        }
        let Some((name, _)) = line.split_once(':') else {
            return known >= 3;
        };
        if name.is_empty()
            || !name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        {
            return known >= 3;
        }
        let usual = [
            "from",
            "to",
            "subject",
            "date",
            "received",
            "message-id",
            "mime-version",
            "return-path",
            "delivered-to",
            "content-type",
        ];
        known += usize::from(usual.contains(&name));
    }
    known >= 3
}

/// Whether the bytes are text in any encoding: no NUL (but between UTF-16 letters), hardly any control characters.
fn is_text(head: &[u8]) -> bool {
    if head.starts_with(&[0xFF, 0xFE]) || head.starts_with(&[0xFE, 0xFF]) || looks_like_utf16(head).is_some()
    {
        return true;
    }
    let controls = head
        .iter()
        .filter(|&&byte| byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0C | 0x1B))
        .count();
    !head.contains(&0) && controls * 100 <= head.len()
}

/// UTF-16 without a mark at its start: Western text has a zero in nearly every other byte.
pub(super) fn looks_like_utf16(head: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    let head = &head[..head.len().min(SNIFF_BYTES) & !1];
    if head.len() < 8 {
        return None;
    }
    let zeros = |offset: usize| {
        head.iter()
            .skip(offset)
            .step_by(2)
            .filter(|&&byte| byte == 0)
            .count()
    };
    let (even, odd, units) = (zeros(0), zeros(1), head.len() / 2);
    match () {
        () if even == 0 && odd * 10 >= units * 7 => Some(encoding_rs::UTF_16LE),
        () if odd == 0 && even * 10 >= units * 7 => Some(encoding_rs::UTF_16BE),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_by_content() {
        let cases: [(&[u8], DocumentKind); 14] = [
            (b"%PDF-1.7\n", DocumentKind::Pdf),
            (b"\x00\x01junk\n%PDF-1.4\n%\xe2\xe3", DocumentKind::Pdf),
            (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", DocumentKind::Png),
            (b"\xff\xd8\xff\xe0\x00\x10JFIF", DocumentKind::Jpeg),
            (b"II*\x00\x08\x00\x00\x00\x0c\x00", DocumentKind::Tiff),
            (b"GIF89a\x01\x00", DocumentKind::Gif),
            (b"RIFF\x24\x00\x00\x00WEBPVP8 ", DocumentKind::Webp),
            (b"  <!DOCTYPE html><html><body>x", DocumentKind::Html),
            (
                b"<?xml version='1.0'?>\n<html xmlns='http://www.w3.org/1999/xhtml'>",
                DocumentKind::Html,
            ),
            (b"{\\rtf1\\ansi hello}", DocumentKind::Rtf),
            (
                b"From: a@b.example\r\nTo: c@d.example\r\nSubject: x\r\n\r\nbody: yes",
                DocumentKind::Eml,
            ),
            (b"Dear: all\nwho: read this", DocumentKind::Text),
            (
                b"BM is short for British Museum, whose catalogue this is.",
                DocumentKind::Text,
            ),
            (b"\x7fELF\x02\x01\x01\x00\x00\x00", DocumentKind::Unknown),
        ];
        for (head, kind) in cases {
            assert_eq!(sniff(head), kind, "{}", String::from_utf8_lossy(head));
        }
    }

    #[test]
    fn text_is_told_in_any_encoding() {
        let utf16: Vec<u8> = "Protokoll der Sitzung"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        for head in [
            &utf16[..],
            b"na\xefve caf\xe9",
            "\u{feff}Grüße".as_bytes(),
            b"\x93\xfa\x96\x7b\x8c\xea",
            b"x",
        ] {
            assert_eq!(sniff(head), DocumentKind::Text);
        }
    }
}
