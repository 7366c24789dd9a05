//! Internet messages: the header that a reader sees, the text, the names of attachments.

use std::{fmt::Write as _, fs, path::Path};

use mail_parser::{Address, MessageParser, MimeHeaders, PartType};

use super::{ExtractError, Report, html};

pub(super) fn read(file: &Path, report: &mut Report) -> Result<(), ExtractError> {
    let bytes = fs::read(file).map_err(ExtractError::reading)?;
    report.total(1);
    report.text(1, to_text(&bytes)?);
    Ok(())
}

fn to_text(bytes: &[u8]) -> Result<String, ExtractError> {
    let message = MessageParser::default()
        .parse(bytes)
        .ok_or_else(|| ExtractError::Corrupt("it is no message".into()))?;
    let mut text = String::new();
    let mut line = |name: &str, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{name}: {value}");
        }
    };
    line("Subject", message.subject().map(str::to_owned));
    line("From", message.from().map(addresses));
    line("To", message.to().map(addresses));
    line("Cc", message.cc().map(addresses));
    line("Date", message.date().map(|date| date.to_rfc3339()));
    for part in message.text_bodies() {
        text.push('\n');
        match &part.body {
            PartType::Text(body) => text.push_str(body),
            PartType::Html(body) => text.push_str(&html::to_text(body)?),
            _ => {}
        }
    }
    for attachment in message.attachments() {
        if let Some(name) = attachment.attachment_name() {
            let _ = write!(text, "\nAttachment: {name}");
        }
    }
    Ok(text)
}

fn addresses(address: &Address<'_>) -> String {
    let all = address
        .iter()
        .map(|address| match (address.name(), address.address()) {
            (Some(name), Some(address)) => format!("{name} <{address}>"),
            (name, address) => name.or(address).unwrap_or_default().to_owned(),
        });
    all.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::to_text;

    #[test]
    fn what_a_reader_sees_is_there() {
        let message = "From: =?utf-8?q?J=C3=B6rg?= <joerg@example.org>\r\nTo: ann@example.org\r\nSubject: =?iso-8859-1?Q?Pr=FCfung?=\r\n\
            Date: Tue, 3 Mar 2026 10:00:00 +0100\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
            --b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p>The <b>caf=C3=A9</b> is shut</p>\r\n\
            --b\r\nContent-Type: application/pdf; name=\"bill.pdf\"\r\nContent-Disposition: attachment; filename=\"bill.pdf\"\r\n\r\n%PDF\r\n--b--\r\n";
        let text = to_text(message.as_bytes()).unwrap();
        for seen in [
            "Prüfung",
            "Jörg <joerg@example.org>",
            "2026-03-03T10:00:00+01:00",
            "The café is shut",
            "Attachment: bill.pdf",
        ] {
            assert!(text.contains(seen), "{seen} in {text}");
        }
    }
}
