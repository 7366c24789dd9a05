//! One command under way: each event is folded as it is recorded, so that later moves see what earlier ones did.

use crate::model::{
    ChildPolicy, Event, EventAttributes, EventId, Timestamp, WorkflowExecutionTerminated,
    WorkflowExecutionTerminatedCause,
};

use super::{Execution, Rules, fold};

/// Records the events of one command. What can be refused is refused before the first event is recorded, because
/// there is no way back.
pub(super) struct Turn<'a> {
    pub(super) execution: &'a mut Execution,
    pub(super) rules: Rules<'a>,
    events: Vec<Event>,
    at: Timestamp,
}

impl<'a> Turn<'a> {
    /// Begins a turn. All its events get one time: `now`, or that of the run's last event if that is later.
    pub(super) fn new(execution: &'a mut Execution, rules: Rules<'a>, now: Timestamp) -> Self {
        let at = now.max(execution.last_event_at);
        Turn {
            execution,
            rules,
            events: Vec::new(),
            at,
        }
    }

    /// Records and folds an event.
    pub(super) fn record(&mut self, attributes: impl Into<EventAttributes>) -> EventId {
        let id = self.execution.next_event_id;
        let event = Event {
            id,
            at: self.at,
            attributes: attributes.into(),
        };
        fold(self.execution, &event);
        self.events.push(event);
        id
    }

    /// Records an event that calls for a decision: a decision task follows directly unless one waits already.
    pub(super) fn record_and_call(&mut self, attributes: impl Into<EventAttributes>) -> EventId {
        let id = self.record(attributes);
        self.call_for_decision();
        id
    }

    /// How many events this turn has recorded.
    pub(super) fn len(&self) -> usize {
        self.events.len()
    }

    /// Ends the turn; a run whose history has grown beyond the limit is ended with it.
    pub(super) fn finish(mut self) -> Vec<Event> {
        let limits = self.rules.limits;
        let recorded = self.execution.next_event_id - 1;
        if limits.terminate_at_history_limit && recorded > limits.history_events && self.execution.is_open() {
            let child_policy: ChildPolicy = self.execution.started.child_policy;
            self.record(WorkflowExecutionTerminated {
                child_policy,
                reason: None,
                details: None,
                cause: Some(WorkflowExecutionTerminatedCause::EventLimitExceeded),
            });
        }
        self.events
    }
}
