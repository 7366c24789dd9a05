//! Standard output: tables for people, the API's own JSON for programs, and quiet when nobody reads any more.

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};

use chrono::{DateTime, Local, Utc};
use comfy_table::{Table, presets};
use serde::Serialize;

use super::Failure;

/// Writes JSON.
pub fn json(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(anyhow::Error::from)?;
    line(&text)
}

/// Writes a line. What others typed must have gone through [`printable`].
pub fn line(line: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match writeln!(stdout, "{line}").and_then(|()| stdout.flush()) {
        Ok(()) => Ok(()),
        // The reader has seen enough, as `head` has: that is no failure.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => Err(Failure::Io("cannot write the result".to_owned(), error)),
    }
}

/// Writes rows under their headings, one line each.
pub fn table(headings: &[&str], rows: Vec<Vec<String>>) -> Result<(), Failure> {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    if !headings.is_empty() {
        table.set_header(headings);
    }
    for row in rows {
        table.add_row(row.iter().map(|cell| printable(cell).into_owned()));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    for text in table.lines() {
        line(text.trim_end())?;
    }
    Ok(())
}

/// Text that others typed or that stands in documents, without what would steer a terminal.
pub fn printable(text: &str) -> Cow<'_, str> {
    if text.chars().any(char::is_control) {
        Cow::Owned(text.replace(char::is_control, "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// Whether standard output shows colours: a terminal does, unless `NO_COLOR` is set.
pub fn has_colours() -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    !refused && io::stdout().is_terminal()
}

/// A point in time where the reader is.
pub fn time(at: DateTime<Utc>) -> String {
    at.with_timezone(&Local).format("%Y-%m-%d %H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn nothing_that_others_typed_steers_the_terminal() {
        assert_eq!(printable("invoice é.pdf"), "invoice é.pdf");
        assert_eq!(printable("a\u{1b}[2Jb\r\n"), "a\u{fffd}[2Jb\u{fffd}\u{fffd}");
    }
}
