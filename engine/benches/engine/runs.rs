//! Runs as a node would write them, built by the core.

use apus::core::{self, Command, Completion, Execution, NewRun, Rules};
use apus::model::{
    ActivityType, ActivityTypeDefaults, ChildPolicy, CompleteWorkflowExecution, Decision, DomainTypes, Event,
    Limits, RegistrationStatus, RunId, ScheduleActivityTask, TaskList, Timeout, Timestamp, TypeRecord,
    WorkflowExecution, WorkflowType, WorkflowTypeDefaults,
};
use uuid::Uuid;

/// When every run begins.
pub const EPOCH: Timestamp = Timestamp(1_700_000_000_000);

/// What the core looks up.
pub struct Domain {
    limits: Limits,
    types: DomainTypes,
}

/// A run under way, and what it has written: the events of each turn.
#[derive(Clone)]
pub struct Run {
    /// Its state.
    pub execution: Execution,
    /// Its history, by turns.
    pub turns: Vec<Vec<Event>>,
}

impl Domain {
    /// With a workflow type and an activity type.
    pub fn new() -> Self {
        let mut types = DomainTypes::default();
        let workflow = WorkflowTypeDefaults {
            default_task_start_to_close_timeout: Some(Timeout::Seconds(30)),
            default_execution_start_to_close_timeout: Some(Timeout::Seconds(3_600)),
            default_task_list: Some(TaskList::new("decisions")),
            default_child_policy: Some(ChildPolicy::Terminate),
            ..WorkflowTypeDefaults::default()
        };
        let activity = ActivityTypeDefaults {
            default_task_list: Some(TaskList::new("activities")),
            default_task_start_to_close_timeout: Some(Timeout::Seconds(60)),
            default_task_heartbeat_timeout: Some(Timeout::Seconds(10)),
            default_task_schedule_to_start_timeout: Some(Timeout::None),
            default_task_schedule_to_close_timeout: Some(Timeout::None),
            ..ActivityTypeDefaults::default()
        };
        types.workflows.insert(workflow_type(), registered(workflow));
        types.activities.insert(activity_type(), registered(activity));
        // A run ends itself when its decider has decided all, however long it has become.
        let limits = Limits {
            terminate_at_history_limit: false,
            ..Limits::default()
        };
        Domain { limits, types }
    }

    fn rules(&self) -> Rules<'_> {
        Rules {
            limits: &self.limits,
            types: &self.types,
        }
    }

    /// Begins a run: its first turn is open.
    pub fn begin(&self) -> Run {
        let new = NewRun {
            workflow_type: workflow_type(),
            task_list: None,
            task_priority: None,
            input: Some("{\"number\":1}".into()),
            execution_start_to_close_timeout: None,
            task_start_to_close_timeout: None,
            tag_list: Vec::new(),
            child_policy: None,
            lambda_role: None,
        };
        let id = WorkflowExecution {
            workflow_id: "workflow-1".into(),
            run_id: RunId(Uuid::from_u128(1)),
        };
        let started = core::start(&new, &self.rules()).unwrap();
        let (execution, events) = core::begin("domain".into(), id, started, EPOCH);
        Run {
            execution,
            turns: vec![events],
        }
    }

    /// A run of so many activities in sequence that has one more decision to make.
    pub fn sequence(&self, activities: usize) -> Run {
        let mut run = self.begin();
        for number in 0..activities {
            run.decide(self, vec![schedule(number)]);
            run.take_activity(self);
            run.turns.push(Vec::new());
            run.complete_activity(self);
        }
        run
    }
}

impl Run {
    /// Asks for a move; its events join the open turn.
    fn step(&mut self, domain: &Domain, command: &Command) {
        let events = core::step(&mut self.execution, command, &domain.rules(), EPOCH).unwrap();
        self.turns.last_mut().unwrap().extend(events);
    }

    /// Takes the decision task that waits and answers it.
    pub fn decide(&mut self, domain: &Domain, decisions: Vec<Decision>) {
        let scheduled_event_id = self
            .execution
            .decisions
            .waiting
            .as_ref()
            .unwrap()
            .scheduled_event_id;
        let identity = Some("in-process".into());
        let start = Command::StartDecisionTask {
            scheduled_event_id,
            identity,
        };
        self.step(domain, &start);
        let complete = Command::CompleteDecisionTask {
            scheduled_event_id,
            started_event_id: self
                .execution
                .decisions
                .started
                .as_ref()
                .unwrap()
                .started_event_id,
            completion: Completion {
                decisions,
                ..Completion::default()
            },
            successor: RunId(Uuid::from_u128(2)),
        };
        self.step(domain, &complete);
    }

    /// Hands the first open activity to a worker.
    pub fn take_activity(&mut self, domain: &Domain) {
        let (scheduled_event_id, _) = self.execution.activities.first_key_value().unwrap();
        let start = Command::StartActivityTask {
            scheduled_event_id: *scheduled_event_id,
            identity: Some("worker".into()),
        };
        self.step(domain, &start);
    }

    /// Ends the first open activity.
    pub fn complete_activity(&mut self, domain: &Domain) {
        let (scheduled_event_id, activity) = self.execution.activities.first_key_value().unwrap();
        let complete = Command::CompleteActivityTask {
            scheduled_event_id: *scheduled_event_id,
            started_event_id: activity.started().unwrap().started_event_id,
            result: Some("{\"number\":2}".into()),
        };
        self.step(domain, &complete);
    }

    /// All of its events.
    pub fn history(&self) -> Vec<Event> {
        self.turns.concat()
    }
}

/// The decision to have an activity done.
pub fn schedule(number: usize) -> Decision {
    ScheduleActivityTask {
        input: Some("{\"number\":1}".into()),
        ..ScheduleActivityTask::new(activity_type(), number.to_string())
    }
    .into()
}

/// The decision to end.
pub fn complete() -> Decision {
    CompleteWorkflowExecution {
        result: Some("{\"number\":2}".into()),
    }
    .into()
}

fn workflow_type() -> WorkflowType {
    WorkflowType::new("workflow", "1")
}

fn activity_type() -> ActivityType {
    ActivityType::new("activity", "1")
}

fn registered<D>(defaults: D) -> TypeRecord<D> {
    TypeRecord {
        status: RegistrationStatus::Registered,
        description: None,
        created: EPOCH,
        deprecated: None,
        defaults,
    }
}
