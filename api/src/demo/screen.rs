//! Where the demo writes: a terminal, on which what is going on is redrawn in place, or plain lines elsewhere.

use std::io::{self, IsTerminal, Write};

use anyhow::Result;
use crossterm::cursor::MoveToPreviousLine;
use crossterm::queue;
use crossterm::style::Stylize;
use crossterm::terminal::{self, Clear, ClearType, DisableLineWrap, EnableLineWrap};

/// Columns and lines of a terminal that does not say how large it is.
const USUAL_SIZE: (u16, u16) = (80, 24);

/// Standard output.
pub struct Screen {
    is_terminal: bool,
    /// Lines at the bottom that the next drawing replaces.
    live: u16,
}

impl Screen {
    /// The program's standard output.
    pub fn new() -> Self {
        Self {
            is_terminal: io::stdout().is_terminal(),
            live: 0,
        }
    }

    /// Lines can be redrawn.
    pub fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    /// How many lines [`draw`](Self::draw) can show.
    pub fn live_max(&self) -> usize {
        let (_, lines) = terminal::size().unwrap_or(USUAL_SIZE);
        usize::from(lines.saturating_sub(2).max(1))
    }

    /// How long a line of [`draw`](Self::draw) may be.
    pub fn columns(&self) -> usize {
        if self.is_terminal {
            usize::from(terminal::size().unwrap_or(USUAL_SIZE).0)
        } else {
            usize::MAX
        }
    }

    /// Writes a line that stays.
    pub fn line(&mut self, text: &str) -> Result<()> {
        self.draw(&[text.to_owned()], &[])
    }

    /// Writes a headline.
    pub fn heading(&mut self, text: &str) -> Result<()> {
        let text = self.strong(text);
        self.draw(&[String::new(), text], &[])
    }

    /// Writes lines that stay and, below them, on a terminal, lines that the next drawing replaces; these are cut off
    /// where the terminal ends.
    pub fn draw(&mut self, done: &[String], live: &[String]) -> Result<()> {
        let mut frame = Vec::new();
        if self.live > 0 {
            queue!(
                frame,
                MoveToPreviousLine(self.live),
                Clear(ClearType::FromCursorDown)
            )?;
        }
        for line in done {
            writeln!(frame, "{line}")?;
        }
        self.live = 0;
        if self.is_terminal && !live.is_empty() {
            queue!(frame, DisableLineWrap)?;
            for line in live {
                writeln!(frame, "{line}")?;
                self.live += 1;
            }
            queue!(frame, EnableLineWrap)?;
        }
        // One write, so that no half-drawn frame is seen.
        let mut out = io::stdout().lock();
        out.write_all(&frame)?;
        out.flush()?;
        Ok(())
    }

    /// `text`, to be seen first.
    pub fn strong(&self, text: &str) -> String {
        self.styled(text, |text| text.bold().to_string())
    }

    /// `text`, to be seen last.
    pub fn faint(&self, text: &str) -> String {
        self.styled(text, |text| text.dim().to_string())
    }

    /// `text`, as what was looked for.
    pub fn marked(&self, text: &str) -> String {
        self.styled(text, |text| text.black().on_yellow().to_string())
    }

    /// `text`, as something good.
    pub fn good(&self, text: &str) -> String {
        self.styled(text, |text| text.green().to_string())
    }

    /// `text`, as something to look at.
    pub fn odd(&self, text: &str) -> String {
        self.styled(text, |text| text.yellow().to_string())
    }

    /// `text`, as something bad.
    pub fn bad(&self, text: &str) -> String {
        self.styled(text, |text| text.red().to_string())
    }

    fn styled(&self, text: &str, style: impl Fn(&str) -> String) -> String {
        if self.is_terminal {
            style(text)
        } else {
            text.to_owned()
        }
    }
}
