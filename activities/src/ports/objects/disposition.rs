//! The `Content-Disposition` of a download, made from a name that a user chose.

use std::fmt::Write as _;

/// Most bytes of a file name, as file systems limit it.
const NAME_BYTES_MAX: usize = 200;
/// What a file is called if nothing is left of its name.
const NAME_FALLBACK: &str = "document";

/// `attachment` with the file name, once in ASCII for old clients and, if that loses something,
/// once in full (RFC 6266, RFC 8187).
pub(super) fn attachment(file_name: &str) -> String {
    let name = harmless(file_name);
    let ascii: String = name
        .chars()
        .map(|c| if is_quotable(c) { c } else { '_' })
        .collect();
    let mut header = format!("attachment; filename=\"{ascii}\"");
    if ascii != name {
        header.push_str("; filename*=UTF-8''");
        header.push_str(&percent_encoded(&name));
    }
    header
}

/// Drops what could mislead a person or a file system: path separators, control characters, and
/// the marks that turn the direction of writing, with which `fdp.exe` passes for `exe.pdf`.
fn harmless(file_name: &str) -> String {
    let last_segment = file_name.rsplit(['/', '\\']).next().unwrap_or_default();
    let mut name = String::new();
    for c in last_segment
        .chars()
        .filter(|c| !c.is_control() && !is_invisible(*c))
    {
        if name.len() + c.len_utf8() > NAME_BYTES_MAX {
            break;
        }
        name.push(c);
    }
    let name = name.trim().trim_start_matches('.');
    if name.is_empty() {
        NAME_FALLBACK.to_owned()
    } else {
        name.to_owned()
    }
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// A percent sign is left out because some browsers decode it in the plain form.
fn is_quotable(c: char) -> bool {
    (c.is_ascii_graphic() || c == ' ') && !matches!(c, '"' | '\\' | '%')
}

fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() * 3);
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(byte.into()),
            _ => {
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_headers() {
        let cases = [
            ("report.pdf", "attachment; filename=\"report.pdf\""),
            ("../../etc/passwd", "attachment; filename=\"passwd\""),
            ("C:\\temp\\a.txt", "attachment; filename=\"a.txt\""),
            ("", "attachment; filename=\"document\""),
            ("..", "attachment; filename=\"document\""),
            (
                "a\r\nSet-Cookie: x=1",
                "attachment; filename=\"aSet-Cookie: x=1\"",
            ),
            (
                "a\"; filename=\"b",
                "attachment; filename=\"a_; filename=_b\"; filename*=UTF-8''a%22%3B%20filename%3D%22b",
            ),
            (
                "Übung €.pdf",
                "attachment; filename=\"_bung _.pdf\"; filename*=UTF-8''%C3%9Cbung%20%E2%82%AC.pdf",
            ),
            ("\u{202e}fdp.exe", "attachment; filename=\"fdp.exe\""),
        ];
        for (name, header) in cases {
            assert_eq!(attachment(name), header, "for {name:?}");
        }
    }

    #[test]
    fn long_names_are_cut_at_a_character() {
        let header = attachment(&"é".repeat(500));
        assert!(header.contains(&"%C3%A9".repeat(NAME_BYTES_MAX / 2)));
        assert!(!header.contains(&"%C3%A9".repeat(NAME_BYTES_MAX / 2 + 1)));
    }
}
