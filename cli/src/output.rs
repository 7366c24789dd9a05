//! Standard output: tables for people, JSON for programs, and quiet when nobody reads any more.

use std::io::{self, IsTerminal, Write};

use chrono::{DateTime, SecondsFormat, Utc};
use clap::ValueEnum;
use comfy_table::{Table, presets};
use serde_json::Value;

use crate::duration;
use crate::failure::Failure;

/// How results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people; may change
    Table,
    /// For programs; stays: the members are those of SWF's API
    Json,
}

/// How times are written in tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Times {
    /// `3m 12s ago`
    Relative,
    /// `2026-01-31T12:00:00Z`
    Iso,
}

/// Where and how results go.
pub struct Output {
    /// How.
    pub format: Format,
    times: Times,
    colours: bool,
    now: DateTime<Utc>,
}

impl Output {
    /// Standard output. Colours only on a terminal, and not where `NO_COLOR` is set.
    pub fn new(format: Format, times: Times) -> Self {
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Output {
            format,
            times,
            colours: !no_colour && io::stdout().is_terminal(),
            now: Utc::now(),
        }
    }

    /// Writes JSON.
    pub fn json(&self, value: &Value) -> Result<(), Failure> {
        self.line(&format!("{value:#}"))
    }

    /// Writes a line.
    pub fn line(&self, line: &str) -> Result<(), Failure> {
        let mut stdout = io::stdout().lock();
        match writeln!(stdout, "{line}").and_then(|()| stdout.flush()) {
            Ok(()) => Ok(()),
            // The reader has seen enough, as `head` has: that is no failure.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
            Err(error) => Err(Failure::Io("cannot write the result".to_owned(), error)),
        }
    }

    /// Writes rows under their headings, one line each.
    pub fn table(&self, headings: &[&str], rows: Vec<Vec<String>>) -> Result<(), Failure> {
        let mut table = Table::new();
        table.load_preset(presets::NOTHING);
        if !headings.is_empty() {
            table.set_header(headings);
        }
        table.add_rows(rows);
        for column in table.column_iter_mut() {
            column.set_padding((0, 2));
        }
        for line in table.lines() {
            self.line(line.trim_end())?;
        }
        Ok(())
    }

    /// A status, coloured on a terminal.
    pub fn status(&self, status: &str) -> String {
        let colour = match status {
            "OPEN" => 36,
            "COMPLETED" => 32,
            "FAILED" | "TIMED_OUT" => 31,
            _ => 33,
        };
        if self.colours {
            format!("\u{1b}[{colour}m{status}\u{1b}[0m")
        } else {
            status.to_owned()
        }
    }

    /// A point in time, given as seconds since the epoch.
    pub fn time(&self, seconds: f64) -> String {
        match self.times {
            Times::Relative => {
                let ago = self.now.timestamp_millis() as f64 / 1000.0 - seconds;
                format!("{} ago", duration::text(ago))
            }
            Times::Iso => iso(seconds),
        }
    }

    /// Whether times are written as dates.
    pub fn iso_times(&self) -> bool {
        self.times == Times::Iso
    }
}

fn iso(seconds: f64) -> String {
    match DateTime::from_timestamp_millis((seconds * 1000.0).round() as i64) {
        Some(time) => time.to_rfc3339_opts(SecondsFormat::Millis, true),
        None => seconds.to_string(),
    }
}
