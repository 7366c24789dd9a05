//! Why a test can't go on.

use std::fmt::Write;

use crate::core::{ActivityState, Execution};
use crate::model::Text;

/// A run can't go on, however much time passes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stuck {
    /// Nothing is under way that could end its waiting.
    #[error("workflow {workflow_id} waits for ever: {waits_for}")]
    Waits {
        /// Its workflow id.
        workflow_id: Text,
        /// For what.
        waits_for: String,
    },
    /// Its code can't decide.
    #[error("workflow {workflow_id} can't be decided: {message}")]
    Undecidable {
        /// Its workflow id.
        workflow_id: Text,
        /// Why.
        message: String,
    },
    /// No such workflow was started.
    #[error("no workflow {workflow_id} was started")]
    Unknown {
        /// Its workflow id.
        workflow_id: Text,
    },
}

/// What an open run waits for.
pub(super) fn waits_for(execution: &Execution, signals: &[Text]) -> String {
    let mut text = String::new();
    let mut add = |what: String| {
        let separator = if text.is_empty() { "" } else { ", " };
        write!(text, "{separator}{what}").expect("a string can be written to");
    };
    for name in signals {
        add(format!("signal {name:?}"));
    }
    for activity in execution.activities.values() {
        let state = match activity.state {
            ActivityState::Waiting => "not begun",
            ActivityState::Started { .. } => "never answered",
        };
        let of = &activity.scheduled.activity_type.name;
        add(format!(
            "activity {of} ({}, {state})",
            activity.scheduled.activity_id
        ));
    }
    for child in execution.children.values() {
        add(format!("child {}", child.initiated.workflow_id));
    }
    for timer in execution.timers.values() {
        add(format!("timer {}", timer.timer_id));
    }
    for external in execution
        .external_signals
        .values()
        .chain(execution.external_cancels.values())
    {
        add(format!("an answer from workflow {}", external.workflow_id));
    }
    if text.is_empty() {
        text.push_str("nothing is under way and no signal is awaited; does it wait for a future that is not the context's?");
    }
    text
}
