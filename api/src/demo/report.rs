//! How the demo went: what was counted, and what was not as the samples say.

use std::process::ExitCode;

use anyhow::{Context, Result};
use docstore_activities::catalog::DocumentState;

use super::customer::plan_name;
use super::progress::Ended;
use super::samples::Samples;
use super::screen::Screen;
use super::table::state_name;

/// How the demo went.
#[derive(Default)]
pub struct Report {
    ready: usize,
    degraded: usize,
    failed: usize,
    searches: usize,
    found: usize,
    complaints: Vec<String>,
}

impl Report {
    /// Counts documents, and compares each with what its sample says.
    pub fn documents(&mut self, ended: &[Ended], samples: &Samples) -> Result<()> {
        for Ended { plan, document } in ended {
            match document.state {
                DocumentState::Ready => self.ready += 1,
                DocumentState::ReadyDegraded => self.degraded += 1,
                _ => self.failed += 1,
            }
            let sample = samples.of(*plan).find(|sample| sample.file == document.file_name);
            let sample = sample.with_context(|| format!("{} is no sample", document.file_name))?;
            let reason = document.reason.as_ref().map(|reason| reason.code.as_str());
            let (ended, wanted) = ((document.state, reason), sample.end(*plan));
            if ended != wanted {
                self.complain(format!(
                    "{} in the {} account ended as {} instead of {}",
                    document.file_name,
                    plan_name(*plan),
                    end(ended),
                    end(wanted)
                ));
            }
            let kind = sample.kind.to_string();
            if document.kind.as_ref() != Some(&kind) {
                let found = document.kind.as_deref().unwrap_or("nothing");
                self.complain(format!(
                    "{} was taken for {found} instead of {kind}",
                    document.file_name
                ));
            }
        }
        Ok(())
    }

    /// Counts a search that must find its document.
    pub fn search(&mut self, found: bool, what: impl FnOnce() -> String) {
        self.searches += 1;
        if found {
            self.found += 1;
        } else {
            self.complain(what());
        }
    }

    /// Something is not as it should be.
    pub fn complain(&mut self, what: String) {
        self.complaints.push(what);
    }

    /// Says what was not as it should be.
    pub fn complaints(&self, screen: &mut Screen) -> Result<()> {
        if self.complaints.is_empty() {
            return Ok(());
        }
        screen.heading("Not as it should be")?;
        for complaint in &self.complaints {
            let complaint = screen.bad(complaint);
            screen.line(&format!("  {complaint}"))?;
        }
        Ok(())
    }

    /// All of it in a line.
    pub fn last_line(&self) -> String {
        let Self {
            ready,
            degraded,
            failed,
            searches,
            found,
            ..
        } = self;
        format!(
            "demo: {ready} ready, {degraded} degraded, {failed} failed; {found} of {searches} searches found"
        )
    }

    /// Zero when everything was as it should be.
    pub fn exit_code(&self) -> ExitCode {
        if self.complaints.is_empty() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }
}

fn end((state, reason): (DocumentState, Option<&str>)) -> String {
    match reason {
        Some(reason) => format!("{} ({reason})", state_name(state)),
        None => state_name(state).to_owned(),
    }
}
