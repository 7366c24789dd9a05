//! Histories written by hand.

use std::sync::Arc;

use uuid::Uuid;

use crate::model::{
    ActivityTaskCompleted, ActivityTaskScheduled, ActivityType, ChildPolicy, Decision, DecisionTaskCompleted,
    DecisionTaskScheduled, DecisionTaskStarted, Event, EventAttributes, EventId, RunId, TaskList, Timestamp,
    WorkflowExecution, WorkflowExecutionSignaled, WorkflowExecutionStarted,
};
use crate::node::{Decided, Decider, DecisionInput};
use crate::sdk::run::WorkflowDecider;
use crate::sdk::workflow::type_of;
use crate::sdk::{Workflow, payload};

/// A history that grows event by event; each is a second later than the one before.
pub(super) struct History {
    pub(super) events: Vec<Event>,
    previous_started: EventId,
    started: EventId,
    completed: EventId,
}

impl History {
    /// 1 WorkflowExecutionStarted, 2 DecisionTaskScheduled, 3 DecisionTaskStarted.
    pub(super) fn of<W: Workflow>(input: &W) -> Self {
        let mut history = History {
            events: Vec::new(),
            previous_started: 0,
            started: 0,
            completed: 0,
        };
        history.push(WorkflowExecutionStarted {
            workflow_type: type_of::<W>(),
            task_list: TaskList::new("workflows"),
            child_policy: ChildPolicy::Terminate,
            execution_start_to_close_timeout: None,
            task_start_to_close_timeout: None,
            input: Some(payload::write("input", input, 1_000).unwrap()),
            tag_list: None,
            task_priority: None,
            lambda_role: None,
            continued_execution_run_id: None,
            parent_workflow_execution: None,
            parent_initiated_event_id: 0,
        });
        history.task();
        history
    }

    pub(super) fn push(&mut self, attributes: impl Into<EventAttributes>) -> EventId {
        let id = self.events.len() as EventId + 1;
        let at = Timestamp(id as i64 * 1_000);
        self.events.push(Event {
            id,
            at,
            attributes: attributes.into(),
        });
        id
    }

    /// DecisionTaskScheduled, DecisionTaskStarted.
    pub(super) fn task(&mut self) {
        let scheduled_event_id = self.push(DecisionTaskScheduled {
            task_list: TaskList::new("workflows"),
            task_priority: None,
            start_to_close_timeout: None,
            schedule_to_start_timeout: None,
        });
        self.started = self.push(DecisionTaskStarted {
            scheduled_event_id,
            identity: None,
        });
    }

    /// DecisionTaskCompleted.
    pub(super) fn complete(&mut self) -> EventId {
        let started_event_id = self.started;
        self.previous_started = self.started;
        self.completed = self.push(DecisionTaskCompleted {
            scheduled_event_id: started_event_id - 1,
            started_event_id,
            execution_context: None,
            task_list: None,
            task_list_schedule_to_start_timeout: None,
        });
        self.completed
    }

    pub(super) fn activity_scheduled(&mut self, name: &str, id: &str) -> EventId {
        self.push(ActivityTaskScheduled {
            activity_type: ActivityType::new(name, "1"),
            activity_id: id.into(),
            task_list: TaskList::new("activities"),
            decision_task_completed_event_id: self.completed,
            input: None,
            control: None,
            task_priority: None,
            schedule_to_start_timeout: None,
            schedule_to_close_timeout: None,
            start_to_close_timeout: None,
            heartbeat_timeout: None,
        })
    }

    pub(super) fn activity_completed(&mut self, scheduled_event_id: EventId, result: &str) -> EventId {
        self.push(ActivityTaskCompleted {
            result: Some(result.into()),
            scheduled_event_id,
            started_event_id: 0,
        })
    }

    pub(super) fn signaled(&mut self, name: &str) -> EventId {
        self.push(WorkflowExecutionSignaled {
            signal_name: name.into(),
            input: None,
            external_workflow_execution: None,
            external_initiated_event_id: 0,
        })
    }

    /// A decision task with all events after `seen`.
    pub(super) fn input(&self, seen: EventId) -> DecisionInput {
        let EventAttributes::WorkflowExecutionStarted(started) = &self.events[0].attributes else {
            panic!("a history begins with its start");
        };
        DecisionInput {
            domain: "test".into(),
            execution: execution(),
            workflow_type: started.workflow_type.clone(),
            events: self
                .events
                .iter()
                .filter(|event| event.id > seen)
                .cloned()
                .collect::<Arc<[_]>>(),
            previous_started_event_id: self.previous_started,
        }
    }

    /// What a decider decides that is told of the events after `seen`.
    pub(super) fn decide(&self, decider: &mut WorkflowDecider, seen: EventId) -> Vec<Decision> {
        match decider.decide(&self.input(seen)) {
            Decided::Completion(completion) => completion.decisions,
            other => panic!("not decided: {other:?}"),
        }
    }
}

pub(super) fn execution() -> WorkflowExecution {
    WorkflowExecution {
        workflow_id: "hand-written".into(),
        run_id: RunId(Uuid::from_u128(7)),
    }
}

/// The names of decisions.
pub(super) fn names(decisions: &[Decision]) -> Vec<&'static str> {
    decisions.iter().map(Decision::name).collect()
}
