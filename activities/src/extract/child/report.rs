//! What a child says, as lines of JSON on the pipe to its parent.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    os::fd::AsFd,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use nix::unistd::dup2_stdout;

use super::super::{DocumentKind, ExtractError, Limits, Page, PageSource, Thumbnail, protocol::Message};

/// The pipe to the parent, and how much may still be said.
pub(super) struct Report {
    pipe: File,
    text_left: usize,
    max_pages: u32,
    truncated: bool,
}

impl Report {
    /// Takes standard output for the messages and leaves `/dev/null` in its place, for libraries like to print.
    pub(super) fn on_stdout(limits: &Limits) -> io::Result<Self> {
        let pipe = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        dup2_stdout(OpenOptions::new().write(true).open("/dev/null")?)?;
        let text_left = usize::try_from(limits.text_bytes).unwrap_or(usize::MAX);
        Ok(Self {
            pipe,
            text_left,
            max_pages: limits.pages,
            truncated: false,
        })
    }

    /// The same pipe for the thread that works; this one then only ends the report.
    pub(super) fn handle(&self) -> io::Result<Self> {
        Ok(Self {
            pipe: self.pipe.try_clone()?,
            ..*self
        })
    }

    pub(super) fn kind(&mut self, kind: DocumentKind) {
        self.send(&Message::Kind(kind));
    }

    /// Says how many pages there are. Returns how many of them may be read.
    pub(super) fn total(&mut self, pages: usize) -> u32 {
        let allowed = u32::try_from(pages).unwrap_or(u32::MAX).min(self.max_pages);
        self.truncated |= pages > allowed as usize;
        self.send(&Message::Total(allowed));
        allowed
    }

    /// Reports a page with text from the document itself. Returns whether another one may follow.
    pub(super) fn text(&mut self, number: u32, text: String) -> bool {
        self.page(Page {
            number,
            text,
            source: PageSource::TextLayer,
            confidence: None,
        })
    }

    /// Reports a page. Returns whether another one may follow.
    pub(super) fn page(&mut self, mut page: Page) -> bool {
        if page.number > self.max_pages {
            self.truncated = true;
            return false;
        }
        page.text = clean(&page.text);
        if page.text.len() > self.text_left {
            page.text.truncate(page.text.floor_char_boundary(self.text_left));
            self.truncated = true;
            self.text_left = 0;
        }
        self.text_left -= self.text_left.min(page.text.len());
        if page.text.is_empty() && page.source == PageSource::TextLayer {
            page.source = PageSource::Nothing;
        }
        self.send(&Message::Page(page));
        self.text_left > 0
    }

    pub(super) fn thumbnail(&mut self, thumbnail: &Thumbnail) -> Result<(), ExtractError> {
        let Thumbnail { png, width, height } = thumbnail;
        self.send(&Message::Thumbnail {
            png_base64: BASE64_STANDARD.encode(png),
            width: *width,
            height: *height,
        });
        Ok(())
    }

    /// Whether anything was cut off.
    pub(super) fn is_truncated(&self) -> bool {
        self.truncated
    }

    /// Says how it ended: with what was cut off, or why not.
    pub(super) fn end(&mut self, result: Result<bool, ExtractError>) {
        self.send(&result.map_or_else(Message::Failed, |truncated| Message::Done { truncated }));
    }

    fn send(&mut self, message: &Message) {
        let sent = serde_json::to_vec(message)
            .map_err(io::Error::from)
            .and_then(|mut line| {
                line.push(b'\n');
                self.pipe.write_all(&line)
            });
        if sent.is_err() {
            // Nobody listens any more.
            std::process::exit(1);
        }
    }
}

/// Removes what is no text (controls, byte order marks, soft hyphens) and the white space that layout leaves behind.
fn clean(text: &str) -> String {
    let mut lines = Vec::new();
    let mut empty = 0;
    for line in text.split(['\n', '\r', '\u{c}', '\u{b}', '\u{85}', '\u{2028}', '\u{2029}']) {
        let line: String = line
            .chars()
            .filter(|&c| {
                c == '\t' || !(c.is_control() || matches!(c, '\u{FEFF}' | '\u{AD}' | '\u{FFFE}' | '\u{FFFF}'))
            })
            .collect();
        let line = line.trim_end();
        empty = if line.is_empty() { empty + 1 } else { 0 };
        // One empty line separates paragraphs; more of them say nothing.
        if empty <= 1 {
            lines.push(line.to_owned());
        }
    }
    lines.join("\n").trim_matches(['\n', ' ', '\t']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn text_is_cleaned() {
        assert_eq!(
            clean("\u{feff}one\0 \r\n\r\n\n\n  two\u{c}\tthree\u{1b}[0m  \n"),
            "one\n\n  two\n\tthree[0m"
        );
    }
}
