//! Recorded histories: kept as files, replayed for ever.

use serde::{Deserialize, Serialize};

use crate::model::{Event, EventAttributes, EventId, Text, Timestamp, WorkflowExecution};

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
