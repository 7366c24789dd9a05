//! A run to try things on, and short names for what is tried.

use crate::core::generate::{EPOCH, types};
use crate::core::{Command, Completion, Execution, NewRun, Rules, begin, messages, start, step};
use crate::model::{
    ActivityType, CompleteWorkflowExecution, ContinueAsNewWorkflowExecution, Decision, DomainTypes, Event,
    EventId, Fault, Limits, Message, Recipient, RunId, ScheduleActivityTask, StartChildWorkflowExecution,
    StartTimer, Text, Timeout, Timestamp, WorkflowExecution, WorkflowType,
};

/// A run with its whole history. Types and their defaults are those of [`crate::core::generate::types`].
pub(super) struct Run {
    pub(super) execution: Execution,
    pub(super) history: Vec<Event>,
    pub(super) limits: Limits,
    pub(super) types: DomainTypes,
    pub(super) now: Timestamp,
}

impl Run {
    /// A run of the type with defaults.
    pub(super) fn new() -> Run {
        Run::of(&new_run())
    }

    /// A run that was asked for like this.
    pub(super) fn of(new: &NewRun) -> Run {
        let (limits, types) = (Limits::default(), types());
        let started = start(
            new,
            &Rules {
                limits: &limits,
                types: &types,
            },
        )
        .unwrap();
        let (execution, history) = begin(text("domain"), run_id("workflow", 1), started, EPOCH);
        Run {
            execution,
            history,
            limits,
            types,
            now: EPOCH,
        }
    }

    /// A run that is the child of `parent`, by its event 5.
    pub(super) fn child_of(parent: &WorkflowExecution) -> Run {
        let mut run = Run::new();
        let mut started = (*run.execution.started).clone();
        started.parent_workflow_execution = Some(parent.clone());
        started.parent_initiated_event_id = 5;
        (run.execution, run.history) = begin(text("domain"), run_id("child", 9), started, EPOCH);
        run
    }

    /// Gives a command now.
    pub(super) fn give(&mut self, command: Command) -> Result<Vec<Event>, Fault> {
        let rules = Rules {
            limits: &self.limits,
            types: &self.types,
        };
        let before = self.execution.clone();
        let outcome = step(&mut self.execution, &command, &rules, self.now);
        match &outcome {
            Ok(events) => self.history.extend(events.iter().cloned()),
            Err(_) => assert_eq!(self.execution, before, "a refused command changes nothing"),
        }
        outcome
    }

    /// Lets time pass until so many milliseconds after the start, and fires what is due then.
    pub(super) fn fire_at(&mut self, millis: i64) {
        self.now = EPOCH.plus_millis(millis);
        self.give(Command::FireDue).unwrap();
    }

    /// A decider takes the waiting decision task.
    pub(super) fn take_decision(&mut self) -> Result<Vec<Event>, Fault> {
        let waiting = self.execution.decisions.waiting.as_ref().unwrap();
        let scheduled_event_id = waiting.scheduled_event_id;
        self.give(Command::StartDecisionTask {
            scheduled_event_id,
            identity: None,
        })
    }

    /// The decider that has the decision task, or takes it now, decides this.
    pub(super) fn decide<const N: usize>(&mut self, decisions: [Decision; N]) {
        self.answer(Completion {
            decisions: decisions.into(),
            ..Completion::default()
        })
        .unwrap();
    }

    /// As [`Run::decide`], with all that an answer may say.
    pub(super) fn answer(&mut self, completion: Completion) -> Result<Vec<Event>, Fault> {
        if self.execution.decisions.started.is_none() {
            self.take_decision().unwrap();
        }
        let task = self.execution.decisions.started.clone().unwrap();
        self.give(Command::CompleteDecisionTask {
            scheduled_event_id: task.scheduled_event_id,
            started_event_id: task.started_event_id,
            completion,
            successor: RunId(uuid::Uuid::from_u128(2)),
        })
    }

    /// A worker takes a waiting activity task.
    pub(super) fn take_activity(&mut self, scheduled_event_id: EventId) {
        self.give(Command::StartActivityTask {
            scheduled_event_id,
            identity: None,
        })
        .unwrap();
    }

    /// The worker that has an activity task is done with it.
    pub(super) fn complete_activity(&mut self, scheduled_event_id: EventId, started_event_id: EventId) {
        let result = Some(text("result"));
        self.give(Command::CompleteActivityTask {
            scheduled_event_id,
            started_event_id,
            result,
        })
        .unwrap();
    }

    /// A caller sends a signal.
    pub(super) fn signal(&mut self) {
        self.give(Command::Signal {
            signal_name: text("signal"),
            input: None,
        })
        .unwrap();
    }

    /// A message arrives from that run.
    pub(super) fn deliver(
        &mut self,
        source: &WorkflowExecution,
        message: Message,
    ) -> Result<Vec<Event>, Fault> {
        self.give(Command::Deliver {
            source: source.run_id,
            message,
        })
    }

    /// What that event means for other runs.
    pub(super) fn messages_of(&self, id: EventId) -> Vec<(Recipient, Message)> {
        messages(&self.execution, self.event(id))
    }

    /// That event.
    pub(super) fn event(&self, id: EventId) -> &Event {
        &self.history[id as usize - 1]
    }

    /// That event's attributes on the wire.
    pub(super) fn attributes(&self, id: EventId) -> serde_json::Value {
        self.event(id).attributes.to_json().unwrap()
    }

    /// The history from an event on must be this, one line an event, and must fold to the state.
    #[track_caller]
    pub(super) fn expect(&self, from: EventId, expected: &str) {
        let written: Vec<String> = self.history[from as usize - 1..].iter().map(line).collect();
        let expected: Vec<&str> = expected
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .collect();
        assert_eq!(written, expected);
        let id = self.execution.id.clone();
        let refolded = Execution::from_history(text("domain"), id, &self.history).unwrap();
        assert_eq!(refolded, self.execution);
    }
}

/// `7 ActivityTaskCompleted sched 5 started 6`: type, ids that point back, and cause or timeout type.
fn line(event: &Event) -> String {
    const POINTERS: [(&str, &str); 6] = [
        ("decisionTaskCompletedEventId", "dec"),
        ("scheduledEventId", "sched"),
        ("initiatedEventId", "init"),
        ("startedEventId", "started"),
        ("latestCancelRequestedEventId", "cancel"),
        ("externalInitiatedEventId", "external"),
    ];
    let attributes = event.attributes.to_json().unwrap();
    let mut line = format!("{} {}", event.id, event.attributes.event_type().name());
    for (member, short) in POINTERS {
        if let Some(id) = attributes.get(member) {
            line.push_str(&format!(" {short} {id}"));
        }
    }
    for member in ["timeoutType", "cause"] {
        if let Some(word) = attributes.get(member).and_then(|word| word.as_str()) {
            line.push_str(&format!(" {word}"));
        }
    }
    line
}

pub(super) fn text(text: &str) -> Text {
    Text::from(text)
}

pub(super) fn run_id(workflow_id: &str, number: u128) -> WorkflowExecution {
    WorkflowExecution {
        workflow_id: text(workflow_id),
        run_id: RunId(uuid::Uuid::from_u128(number)),
    }
}

/// A start that leaves everything to its type.
pub(super) fn new_run() -> NewRun {
    NewRun {
        workflow_type: WorkflowType::new("workflow", "1"),
        task_list: None,
        task_priority: None,
        input: None,
        execution_start_to_close_timeout: None,
        task_start_to_close_timeout: None,
        tag_list: Vec::new(),
        child_policy: None,
        lambda_role: None,
    }
}

/// An activity that leaves everything to its type.
pub(super) fn activity(id: &str) -> ScheduleActivityTask {
    ScheduleActivityTask::new(ActivityType::new("activity", "1"), id)
}

/// An activity without any timeout.
pub(super) fn patient_activity(id: &str) -> ScheduleActivityTask {
    ScheduleActivityTask {
        schedule_to_close_timeout: Some(Timeout::None),
        schedule_to_start_timeout: Some(Timeout::None),
        start_to_close_timeout: Some(Timeout::None),
        heartbeat_timeout: Some(Timeout::None),
        ..activity(id)
    }
}

pub(super) fn timer(id: &str, seconds: u32) -> Decision {
    let start_to_fire_timeout = Timeout::Seconds(seconds);
    StartTimer {
        timer_id: text(id),
        control: None,
        start_to_fire_timeout,
    }
    .into()
}

/// A child that leaves everything to its type.
pub(super) fn child(workflow_id: &str) -> StartChildWorkflowExecution {
    StartChildWorkflowExecution {
        control: Some(text("control")),
        ..StartChildWorkflowExecution::new(WorkflowType::new("workflow", "1"), workflow_id)
    }
}

pub(super) fn complete() -> Decision {
    CompleteWorkflowExecution {
        result: Some(text("result")),
    }
    .into()
}

/// A continuation that leaves everything to the type.
pub(super) fn continue_as_new() -> ContinueAsNewWorkflowExecution {
    ContinueAsNewWorkflowExecution::default()
}
