//! HTML: what a reader would see. Nothing that the page refers to is fetched.

use std::{fs, path::Path};

use encoding_rs::Encoding;

use super::{ExtractError, Report, text};

/// Lines are wrapped here; wide enough for tables to keep their rows.
const WIDTH: usize = 200;
/// Where a page must name its encoding, in bytes from the start.
const CHARSET_WITHIN: usize = 2048;

pub(super) fn read(file: &Path, report: &mut Report) -> Result<(), ExtractError> {
    let bytes = fs::read(file).map_err(ExtractError::reading)?;
    report.total(1);
    report.text(1, to_text(&text::decode(&bytes, declared_charset(&bytes)))?);
    Ok(())
}

/// The title, then the text, without scripts, styles and markup.
pub(super) fn to_text(html: &str) -> Result<String, ExtractError> {
    let body = render(html)?;
    let title = match title(html) {
        Some(title) => render(title)?,
        None => String::new(),
    };
    let title = title.trim();
    // Most pages repeat their title as the first heading.
    if title.is_empty() || body.trim_start().starts_with(title) {
        Ok(body)
    } else {
        Ok(format!("{title}\n\n{body}"))
    }
}

fn render(html: &str) -> Result<String, ExtractError> {
    html2text::config::plain_no_decorate()
        .no_table_borders()
        .no_link_wrapping()
        .allow_width_overflow()
        .string_from_read(html.as_bytes(), WIDTH)
        .map_err(ExtractError::corrupt)
}

fn title(html: &str) -> Option<&str> {
    let lower = html.to_ascii_lowercase();
    let start = lower.find("<title")?;
    let start = start + lower[start..].find('>')? + 1;
    let end = start + lower[start..].find("</title")?;
    Some(&html[start..end])
}

/// The encoding that a `meta` element or an XML declaration names.
fn declared_charset(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(CHARSET_WITHIN)]).to_ascii_lowercase();
    let name = head
        .split_once("charset=")
        .or_else(|| head.split_once("encoding="))?
        .1
        .trim_start_matches(['"', '\'', ' ']);
    let end = name
        .find(|c: char| !(c.is_ascii_alphanumeric() || "-_:".contains(c)))
        .unwrap_or(name.len());
    Encoding::for_label(&name.as_bytes()[..end])
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn only_what_is_seen_is_kept() {
        let html = "<html><head><title>Price &amp; list</title><style>p{color:red}</style></head><body><h1>Apples</h1>\
            <script>steal()</script><table><tr><td>Boskoop</td><td>4&nbsp;€</td></tr></table><a href='http://x.example/'>order</a></body>";
        let text = to_text(html).unwrap();
        for seen in ["Price & list", "Apples", "Boskoop", "4\u{a0}€", "order"] {
            assert!(text.contains(seen), "{seen} in {text}");
        }
        for unseen in ["steal", "color", "x.example", "─", "│", "---"] {
            assert!(!text.contains(unseen), "{unseen} in {text}");
        }
    }

    #[test]
    fn the_declared_encoding_counts() {
        assert_eq!(
            declared_charset(b"<meta charset=koi8-r>").map(Encoding::name),
            Some("KOI8-R")
        );
        assert_eq!(
            declared_charset(b"<meta content='text/html; charset=windows-1251'>").map(Encoding::name),
            Some("windows-1251")
        );
        assert_eq!(declared_charset(b"<p>no"), None);
    }
}
