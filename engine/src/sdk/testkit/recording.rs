//! Recorded histories: kept as files, replayed for ever.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fs, io};

use serde::{Deserialize, Serialize};

use crate::model::{Event, EventAttributes, EventId, Text, Timestamp, WorkflowExecution, WorkflowType};

use super::super::Workflows;
use super::super::run::{Nondeterminism, Run, RunError};

/// The history of a run, in a form to be kept as JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Recording {
    /// The domain of the run.
    pub domain: Text,
    /// The run.
    pub execution: WorkflowExecution,
    events: Vec<RecordedEvent>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct RecordedEvent {
    id: EventId,
    /// Milliseconds since the Unix epoch.
    at: i64,
    event: EventAttributes,
}

impl Recording {
    /// Of these events, from the first on.
    pub fn new(domain: impl Into<Text>, execution: WorkflowExecution, events: &[Event]) -> Self {
        let events = events.iter().map(|event| RecordedEvent {
            id: event.id,
            at: event.at.0,
            event: event.attributes.clone(),
        });
        Recording {
            domain: domain.into(),
            execution,
            events: events.collect(),
        }
    }

    /// Writes it to a file.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        fs::write(path, serde_json::to_string_pretty(self)?)
    }

    /// Reads it from a file.
    ///
    /// # Errors
    /// The file can't be read, or is no recording.
    pub fn read(path: &Path) -> io::Result<Self> {
        Ok(serde_json::from_str(&fs::read_to_string(path)?)?)
    }

    /// The type of the run, if the recording begins with its start.
    pub fn workflow_type(&self) -> Option<WorkflowType> {
        match &self.events.first()?.event {
            EventAttributes::WorkflowExecutionStarted(started) => Some(started.workflow_type.clone()),
            _ => None,
        }
    }

    /// The events.
    pub fn events(&self) -> Vec<Event> {
        let events = self.events.iter().map(|recorded| Event {
            id: recorded.id,
            at: Timestamp(recorded.at),
            attributes: recorded.event.clone(),
        });
        events.collect()
    }
}

/// Why a history can't be replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The code decides otherwise than it did.
    #[error(transparent)]
    Nondeterminism(#[from] Nondeterminism),
    /// The code can't decide: it panics, spins or is not registered, or the history is damaged.
    #[error("{0}")]
    Undecidable(String),
    /// A recording can't be read.
    #[error("the recording can't be read: {0}")]
    Unreadable(#[from] io::Error),
    /// One of several recordings can't be replayed.
    #[error("{}: {error}", path.display())]
    File {
        /// Its file.
        path: PathBuf,
        /// Why.
        error: Box<ReplayError>,
    },
}

/// Replays every recording of a directory (`*.json`); the workflow types that were replayed, so that a test can see
/// that none is missing.
///
/// # Errors
/// The code does not fit a history, or a file can't be read.
pub fn replay_directory(
    workflows: &Workflows,
    directory: &Path,
) -> Result<BTreeSet<WorkflowType>, ReplayError> {
    let mut types = BTreeSet::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let replayed = Recording::read(&path)
            .map_err(ReplayError::from)
            .and_then(|recording| {
                replay(workflows, &recording)?;
                Ok(recording.workflow_type())
            });
        types.extend(replayed.map_err(|error| ReplayError::File {
            path,
            error: Box::new(error),
        })?);
    }
    Ok(types)
}

/// Runs a recorded history through the code as it is now. Open runs are replayed up to their last decision.
///
/// # Errors
/// The code does not fit the history.
pub fn replay(workflows: &Workflows, recording: &Recording) -> Result<(), ReplayError> {
    let events = recording.events();
    let replayed =
        Run::new(&recording.domain, &recording.execution, workflows, &events).and_then(|mut run| {
            run.advance(&events)?;
            let is_answered = !matches!(
                events.last().map(|event| &event.attributes),
                Some(EventAttributes::DecisionTaskStarted(_))
            );
            if is_answered {
                run.expect_answered()
            } else {
                Ok(())
            }
        });
    replayed.map_err(|error| match error {
        RunError::Nondeterminism(nondeterminism) => nondeterminism.into(),
        error => ReplayError::Undecidable(error.to_string()),
    })
}
