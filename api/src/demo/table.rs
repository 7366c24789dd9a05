//! The table of documents: where each stands and what its workflow is doing.
//!
//! On a terminal, documents that are done stand above, each with how it ended, and those under way are redrawn below
//! them, so that the table may be longer than the terminal. Elsewhere every change is a line.

use std::collections::HashMap;

use anyhow::Result;
use docstore_activities::catalog::DocumentState;
use uuid::Uuid;

use super::customer::{Document, plan_name};
use super::screen::Screen;
use crate::routes::accounts::PlanName;

/// Characters of the longest state.
const STATE_WIDTH: usize = 15;
/// Characters of a line before the last column.
const STEPS_AT: usize = 64;

/// A line of the table.
pub struct Row {
    /// Whose document it is.
    pub plan: PlanName,
    /// The document.
    pub document: Document,
    /// What its workflow is doing.
    pub step: String,
}

/// The table.
#[derive(Default)]
pub struct Table {
    /// What was last shown of each document.
    shown: HashMap<Uuid, (DocumentState, String)>,
}

impl Table {
    /// The names of the columns.
    pub fn head(screen: &mut Screen) -> Result<()> {
        let head = columns("account", "document", "kind", "state", "workflow steps");
        let head = screen.faint(&head);
        screen.line(&head)
    }

    /// Shows where the documents stand; `below` is the last line on a terminal.
    pub fn show(&mut self, screen: &mut Screen, rows: &[Row], below: &str) -> Result<()> {
        let changed: Vec<&Row> = rows.iter().filter(|row| self.is_news(row)).collect();
        let (done, open): (Vec<&Row>, Vec<&Row>) =
            changed.into_iter().partition(|row| row.document.state.is_final());
        let mut lines: Vec<String> = Vec::new();
        if !screen.is_terminal() {
            lines.extend(open.iter().map(|row| row.line(screen)));
        }
        lines.extend(done.iter().map(|row| row.line(screen)));
        let live = self.live(screen, rows, below);
        screen.draw(&lines, &live)?;
        for row in rows {
            self.shown
                .insert(row.document.id, (row.document.state, row.step.clone()));
        }
        Ok(())
    }

    fn is_news(&self, row: &Row) -> bool {
        match self.shown.get(&row.document.id) {
            Some((state, _)) if state.is_final() => false,
            Some((state, step)) => (*state, step) != (row.document.state, &row.step),
            None => true,
        }
    }

    /// What is under way, those at work first, as far as there is room.
    fn live(&self, screen: &Screen, rows: &[Row], below: &str) -> Vec<String> {
        let mut open: Vec<&Row> = rows.iter().filter(|row| !row.document.state.is_final()).collect();
        open.sort_by_key(|row| row.step.is_empty() || row.step.ends_with("waits"));
        let room = screen.live_max().saturating_sub(2);
        let mut lines: Vec<String> = open.iter().take(room).map(|row| row.line(screen)).collect();
        if open.len() > room {
            lines.push(screen.faint(&format!("… and {} more", open.len() - room)));
        }
        lines.push(screen.faint(below));
        lines
    }
}

impl Row {
    /// What changes while it is worked on.
    pub fn position(&self) -> (Uuid, DocumentState, u32, String) {
        let document = &self.document;
        (
            document.id,
            document.state,
            document.pages_done,
            self.step.clone(),
        )
    }

    fn line(&self, screen: &Screen) -> String {
        let document = &self.document;
        // Padded before it is coloured: what colours a text has a width to the formatter, too.
        let state = format!("{:<STATE_WIDTH$}", state_name(document.state));
        let state = match document.state {
            DocumentState::Ready => screen.good(&state),
            DocumentState::ReadyDegraded => screen.odd(&state),
            DocumentState::Failed => screen.bad(&state),
            _ => state,
        };
        let kind = document.kind.as_deref().unwrap_or("");
        columns(
            plan_name(self.plan),
            &document.file_name,
            kind,
            &state,
            &self.remark(screen.columns()),
        )
    }

    /// Why it ended as it did, or what is being done, as far as a line of so many characters has room for it.
    fn remark(&self, columns: usize) -> String {
        let remark = match (&self.document.reason, self.document.pages_total) {
            (Some(reason), _) => reason.code.clone(),
            (None, Some(1)) if self.document.state.is_final() => "1 page".to_owned(),
            (None, Some(pages)) if self.document.state.is_final() => format!("{pages} pages"),
            (None, Some(pages)) => format!("{} ({} of {pages} pages)", self.step, self.document.pages_done),
            (None, None) => self.step.clone(),
        };
        let room = columns.saturating_sub(STEPS_AT).max(1);
        match remark.char_indices().nth(room) {
            None => remark,
            Some(_) => remark.chars().take(room - 1).chain(['…']).collect(),
        }
    }
}

/// How a state is written.
pub fn state_name(state: DocumentState) -> &'static str {
    match state {
        DocumentState::AwaitingUpload => "awaiting upload",
        DocumentState::Uploading => "uploading",
        DocumentState::Processing => "processing",
        DocumentState::Ready => "ready",
        DocumentState::ReadyDegraded => "ready, degraded",
        DocumentState::Failed => "failed",
        DocumentState::Abandoned => "abandoned",
        DocumentState::Deleting => "deleting",
    }
}

fn columns(account: &str, document: &str, kind: &str, state: &str, step: &str) -> String {
    format!("{account:<8} {document:<32} {kind:<5} {state:<STATE_WIDTH$} {step}")
        .trim_end()
        .to_owned()
}
