//! The runs of a test and the messages between them, under the engine's own rules.

use std::collections::{BTreeMap, HashMap, VecDeque};

use uuid::Uuid;

use crate::core::{self, ActivityState, Command, Execution, NewRun, Rules};
use crate::model::{
    DomainTypes, Event, EventAttributes, EventId, Fault, Limits, Message, Recipient, RunId,
    StartChildWorkflowExecutionFailedCause, Text, Timestamp, WorkflowExecution, WorkflowExecutionStarted,
};

use super::activities::Answer;

/// 2026-01-01T00:00:00Z: when every test begins.
const BEGINNING: Timestamp = Timestamp(1_767_225_600_000);

/// See the module.
pub(super) struct World {
    pub(super) domain: Text,
    pub(super) now: Timestamp,
    pub(super) limits: Limits,
    pub(super) types: DomainTypes,
    /// In the order in which they began.
    pub(super) runs: BTreeMap<RunId, Run>,
    open: HashMap<Text, RunId>,
    /// The first run of a workflow id that was started last, and the runs that continue it.
    latest: HashMap<Text, RunId>,
    posts: VecDeque<Post>,
    runs_begun: u64,
}

/// One run.
pub(super) struct Run {
    pub(super) execution: Execution,
    pub(super) history: Vec<Event>,
}

struct Post {
    source: RunId,
    to: Recipient,
    message: Message,
}

impl World {
    pub(super) fn new() -> Self {
        World {
            domain: "test".into(),
            now: BEGINNING,
            // A workflow that never ends is ended, so that its test ends too.
            limits: Limits {
                terminate_at_history_limit: true,
                ..Limits::default()
            },
            types: DomainTypes::default(),
            runs: BTreeMap::new(),
            open: HashMap::new(),
            latest: HashMap::new(),
            posts: VecDeque::new(),
            runs_begun: 0,
        }
    }

    /// A new run id: the same in every run of a test, and later ones are greater.
    pub(super) fn next_run_id(&mut self) -> RunId {
        self.runs_begun += 1;
        RunId(Uuid::from_u64_pair(0x0194_1f29_7c00_7000, self.runs_begun))
    }

    pub(super) fn start(&mut self, workflow_id: Text, new: &NewRun) -> Result<RunId, Fault> {
        let rules = Rules {
            limits: &self.limits,
            types: &self.types,
        };
        let started = core::start(new, &rules)?;
        if self.open.contains_key(&workflow_id) {
            return Err(Fault::already_started());
        }
        let run_id = self.next_run_id();
        self.begin(WorkflowExecution { workflow_id, run_id }, started);
        Ok(run_id)
    }

    fn begin(&mut self, id: WorkflowExecution, started: WorkflowExecutionStarted) {
        let (execution, events) = core::begin(self.domain.clone(), id.clone(), started, self.now);
        self.open.insert(id.workflow_id.clone(), id.run_id);
        self.latest.insert(id.workflow_id, id.run_id);
        self.runs.insert(
            id.run_id,
            Run {
                execution,
                history: Vec::new(),
            },
        );
        self.record(id.run_id, events);
    }

    /// Applies a command to a run.
    pub(super) fn command(&mut self, run_id: RunId, command: &Command) -> Result<(), Fault> {
        let rules = Rules {
            limits: &self.limits,
            types: &self.types,
        };
        let run = self
            .runs
            .get_mut(&run_id)
            .ok_or_else(|| Fault::unknown_run("", run_id))?;
        let events = core::step(&mut run.execution, command, &rules, self.now)?;
        self.record(run_id, events);
        Ok(())
    }

    fn record(&mut self, run_id: RunId, events: Vec<Event>) {
        let Some(run) = self.runs.get_mut(&run_id) else {
            return;
        };
        let mut successor = None;
        for event in &events {
            let posts = core::messages(&run.execution, event);
            let posts = posts.into_iter().map(|(to, message)| Post {
                source: run_id,
                to,
                message,
            });
            self.posts.extend(posts);
            if let EventAttributes::WorkflowExecutionContinuedAsNew(continued) = &event.attributes {
                successor = Some(core::successor(&run.execution, continued));
            }
        }
        run.history.extend(events);
        let workflow_id = run.execution.id.workflow_id.clone();
        if !run.execution.is_open() && self.open.get(&workflow_id) == Some(&run_id) {
            self.open.remove(&workflow_id);
        }
        if let Some((id, started)) = successor {
            self.begin(id, started);
        }
    }

    /// The workers of these attempts live. An attempt that is over is refused, and that is all.
    pub(super) fn heartbeat<'a>(&mut self, answers: impl Iterator<Item = &'a Answer>) {
        for answer in answers {
            if let Some(run) = self.runs.get_mut(&answer.run_id) {
                let (scheduled, started) = (answer.scheduled_event_id, answer.started_event_id);
                let _over = core::heartbeat(&mut run.execution, scheduled, started, None, self.now);
            }
        }
    }

    /// Delivers the oldest message, if there is one.
    pub(super) fn deliver(&mut self) -> bool {
        let Some(Post { source, to, message }) = self.posts.pop_front() else {
            return false;
        };
        if let Message::StartChild(child) = message {
            let initiated_event_id = child.started.parent_initiated_event_id;
            if self.open.contains_key(&child.workflow_id) {
                let cause = StartChildWorkflowExecutionFailedCause::WorkflowAlreadyRunning;
                self.tell(
                    source,
                    source,
                    Message::ChildStartFailed {
                        initiated_event_id,
                        cause,
                    },
                );
            } else {
                let run_id = self.next_run_id();
                self.begin(
                    WorkflowExecution {
                        workflow_id: child.workflow_id,
                        run_id,
                    },
                    child.started,
                );
            }
            return true;
        }
        let unanswered = no_answer(&message);
        let taken = self
            .find(&to, source)
            .is_some_and(|target| self.tell(target, source, message));
        if let Some(answer) = unanswered.filter(|_| !taken) {
            self.tell(source, source, answer);
        }
        true
    }

    /// Whether the run took the message.
    fn tell(&mut self, target: RunId, source: RunId, message: Message) -> bool {
        self.command(target, &Command::Deliver { source, message })
            .is_ok()
    }

    fn find(&self, to: &Recipient, source: RunId) -> Option<RunId> {
        match to {
            Recipient::Run(execution) => Some(execution.run_id),
            Recipient::Workflow(workflow_id) | Recipient::NewRun(workflow_id) => {
                self.open.get(workflow_id).copied()
            }
            Recipient::ChildOfSource(workflow_id) => self.open.get(workflow_id).copied().filter(|run_id| {
                let parent = self.runs[run_id].execution.parent();
                parent.is_some_and(|parent| parent.execution.run_id == source)
            }),
        }
    }

    /// The run of a workflow id that began last.
    pub(super) fn latest(&self, workflow_id: &str) -> Option<RunId> {
        self.latest.get(workflow_id).copied()
    }

    /// The open run of a workflow id.
    pub(super) fn open(&self, workflow_id: &str) -> Result<RunId, Fault> {
        self.open
            .get(workflow_id)
            .copied()
            .ok_or_else(|| Fault::unknown_workflow(workflow_id))
    }

    /// A run that has something to decide.
    pub(super) fn undecided(&self) -> Option<(RunId, EventId)> {
        self.open_runs().find_map(|(run_id, run)| {
            let task = run.execution.deliverable_decision()?;
            Some((run_id, task.scheduled_event_id))
        })
    }

    /// An activity that nobody does yet.
    pub(super) fn waiting_activity(&self) -> Option<(RunId, EventId)> {
        self.open_runs().find_map(|(run_id, run)| {
            let mut activities = run.execution.activities.iter();
            let (id, _) =
                activities.find(|(_, activity)| matches!(activity.state, ActivityState::Waiting))?;
            Some((run_id, *id))
        })
    }

    /// The run whose clock rings next, and when.
    pub(super) fn next_deadline(&self) -> Option<(Timestamp, RunId)> {
        self.open_runs()
            .filter_map(|(run_id, run)| Some((run.execution.next_deadline()?, run_id)))
            .min()
    }

    /// Whether the clock of the whole run is all that still runs in it.
    pub(super) fn only_its_timeout_is_left(&self, run_id: RunId) -> bool {
        let execution = &self.runs[&run_id].execution;
        let timeout = execution.started.execution_start_to_close_timeout;
        let end = timeout.and_then(|timeout| execution.started_at.after(timeout));
        execution.next_deadline() == end
    }

    /// The runs that go on.
    pub(super) fn open_runs(&self) -> impl Iterator<Item = (RunId, &Run)> {
        let open = self.runs.iter().filter(|(_, run)| run.execution.is_open());
        open.map(|(run_id, run)| (*run_id, run))
    }
}

/// What the sender of a message is told when nobody takes it.
fn no_answer(message: &Message) -> Option<Message> {
    match *message {
        Message::Signal {
            initiated_event_id, ..
        } => Some(Message::SignalAnswer {
            initiated_event_id,
            taken_by: None,
        }),
        Message::RequestCancel {
            initiated_event_id, ..
        } if initiated_event_id != 0 => Some(Message::CancelAnswer {
            initiated_event_id,
            taken_by: None,
        }),
        _ => None,
    }
}
