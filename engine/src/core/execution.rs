//! The state of a run: the fold of its history.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::model::{
    ActivityTaskScheduled, CloseStatus, Data, EventId, Fault, Identity, RunId, RunName,
    StartChildWorkflowExecutionInitiated, TaskList, TaskPriority, Text, Timeout, Timestamp,
    WorkflowExecution, WorkflowExecutionStarted,
};

/// One run, as its history leaves it.
#[derive(Clone, Debug, PartialEq)]
pub struct Execution {
    /// The domain it lives in.
    pub domain: Text,
    /// Its workflow id and run id.
    pub id: WorkflowExecution,
    /// Its first event: type, task list, timeouts, tags, parent.
    pub started: Arc<WorkflowExecutionStarted>,
    /// When it began.
    pub started_at: Timestamp,
    /// The id that its next event gets.
    pub next_event_id: EventId,
    /// The time of its last event; no later event is earlier.
    pub last_event_at: Timestamp,
    /// How and when it ended, once it has.
    pub closed: Option<Closed>,
    /// Whether a cancellation was requested (SWF answers false again once the run is closed).
    pub cancel_requested: bool,
    /// Its decision tasks.
    pub decisions: DecisionTasks,
    /// Open activity tasks by their `ActivityTaskScheduled`. Kept after the close: SWF counts them on. Boxed: a map keeps
    /// room for eleven, and most runs have one or two.
    pub activities: BTreeMap<EventId, Box<OpenActivity>>,
    /// Running timers by their `TimerStarted`.
    pub timers: BTreeMap<EventId, OpenTimer>,
    /// Initiated and open children by their `StartChildWorkflowExecutionInitiated`.
    pub children: BTreeMap<EventId, OpenChild>,
    /// Signals under way to other runs, by their `...Initiated`.
    pub external_signals: BTreeMap<EventId, OpenExternal>,
    /// Cancel requests under way to other runs, by their `...Initiated`.
    pub external_cancels: BTreeMap<EventId, OpenExternal>,
    /// Open activity ids, to their `ActivityTaskScheduled`.
    pub activity_ids: HashMap<Text, EventId>,
    /// Running timer ids, to their `TimerStarted`.
    pub timer_ids: HashMap<Text, EventId>,
    /// The decider's last `executionContext`.
    pub latest_execution_context: Option<Data>,
    /// When an activity task was last scheduled.
    pub latest_activity_task_at: Option<Timestamp>,
    /// Every clock that runs: one entry per thing, its earliest deadline. Derived from the above, kept for speed.
    pub(super) clocks: BTreeSet<(Timestamp, EventId)>,
}

/// The parent of a child run.
#[derive(Clone, Debug, PartialEq)]
pub struct Parent {
    /// The parent's run.
    pub execution: WorkflowExecution,
    /// The parent's `StartChildWorkflowExecutionInitiated`.
    pub initiated_event_id: EventId,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed {
    /// How.
    pub status: CloseStatus,
    /// When.
    pub at: Timestamp,
}

/// At most one decision task waits and at most one is started.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DecisionTasks {
    /// Scheduled, not started. Handed to no poller while another is started.
    pub waiting: Option<WaitingDecision>,
    /// Handed out, not answered.
    pub started: Option<StartedTask>,
    /// The `DecisionTaskStarted` of the last completed task (`previousStartedEventId`); 0 before the first.
    pub previous_started_event_id: EventId,
    /// A task list that took the place of the original one.
    pub sticky: Option<StickyTaskList>,
}

/// A decision task that waits to be taken.
#[derive(Clone, Debug, PartialEq)]
pub struct WaitingDecision {
    /// Its `DecisionTaskScheduled`.
    pub scheduled_event_id: EventId,
    /// When it was scheduled.
    pub scheduled_at: Timestamp,
    /// Where it waits.
    pub task_list: TaskList,
    /// Its priority.
    pub priority: TaskPriority,
    /// Only on a temporary task list.
    pub schedule_to_start_timeout: Option<Timeout>,
}

/// A task in the hands of a decider or worker.
#[derive(Clone, Debug, PartialEq)]
pub struct StartedTask {
    /// The task's `...Scheduled`.
    pub scheduled_event_id: EventId,
    /// The task's `...Started`.
    pub started_event_id: EventId,
    /// When it was handed out.
    pub started_at: Timestamp,
    /// To whom.
    pub identity: Option<Identity>,
}

/// `RespondDecisionTaskCompleted` may name a task list for later decision tasks.
#[derive(Clone, Debug, PartialEq)]
pub struct StickyTaskList {
    /// The list.
    pub task_list: TaskList,
    /// If set, the override is dropped when a task on it is not taken in this time or is not answered in time.
    pub schedule_to_start_timeout: Option<Timeout>,
}

/// An activity task that has not ended.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenActivity {
    /// Its `ActivityTaskScheduled`: what a worker is given.
    pub scheduled: Arc<ActivityTaskScheduled>,
    /// When it was scheduled.
    pub scheduled_at: Timestamp,
    /// Waiting, or in the hands of a worker.
    pub state: ActivityState,
    /// The latest `ActivityTaskCancelRequested`; 0 when there is none.
    pub cancel_requested_event_id: EventId,
}

/// Where an open activity task is.
#[derive(Clone, Debug, PartialEq)]
pub enum ActivityState {
    /// Nobody has taken it.
    Waiting,
    /// A worker has it.
    Started {
        /// Who, since when.
        task: StartedTask,
        /// The last heartbeat, or the start.
        heartbeat_at: Timestamp,
        /// The last heartbeat's details.
        heartbeat_details: Option<Data>,
    },
}

/// A timer that runs.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenTimer {
    /// The decider's id for it.
    pub timer_id: Text,
    /// When it fires.
    pub fires_at: Timestamp,
}

/// A child that was initiated and has not ended.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenChild {
    /// What it was initiated with.
    pub initiated: Arc<StartChildWorkflowExecutionInitiated>,
    /// Its first run and our `ChildWorkflowExecutionStarted`, once it began.
    pub started: Option<(WorkflowExecution, EventId)>,
}

/// A signal or cancel request that is under way to another run.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenExternal {
    /// The workflow id that it goes to.
    pub workflow_id: Text,
    /// The run id that it goes to, if one was named.
    pub run_id: Option<RunName>,
    /// The decider's note.
    pub control: Option<Data>,
    /// The `DecisionTaskCompleted` that decided it.
    pub decision_task_completed_event_id: EventId,
}

/// How many things of each kind are open, as `DescribeWorkflowExecution` has it. Lambda functions are never open here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenCounts {
    /// Activity tasks, waiting or started; after the close those that were open then.
    pub activity_tasks: usize,
    /// 0 or 1, also with one decision task waiting and one started.
    pub decision_tasks: usize,
    /// Timers that run, or ran at the close.
    pub timers: usize,
    /// Children, initiated or begun, that have not ended.
    pub child_workflow_executions: usize,
}

impl Execution {
    /// Whether the run goes on.
    pub fn is_open(&self) -> bool {
        self.closed.is_none()
    }

    /// How the run ended, once it has.
    pub fn close_status(&self) -> Option<CloseStatus> {
        self.closed.map(|closed| closed.status)
    }

    /// The decision task that may be handed to a poller: one that waits while none is started.
    pub fn deliverable_decision(&self) -> Option<&WaitingDecision> {
        match self.decisions.started {
            None => self.decisions.waiting.as_ref(),
            Some(_) => None,
        }
    }

    /// The activity task of this `ActivityTaskScheduled`, if nobody has taken it yet.
    pub fn waiting_activity(&self, scheduled_event_id: EventId) -> Option<&OpenActivity> {
        let activity = self.activities.get(&scheduled_event_id)?;
        (!activity.is_started()).then_some(activity)
    }

    /// How many things of each kind are open.
    pub fn open_counts(&self) -> OpenCounts {
        let decision_open = self.decisions.waiting.is_some() || self.decisions.started.is_some();
        OpenCounts {
            activity_tasks: self.activities.len(),
            decision_tasks: usize::from(decision_open),
            timers: self.timers.len(),
            child_workflow_executions: self.children.len(),
        }
    }

    /// The run that started this one as its child.
    pub fn parent(&self) -> Option<Parent> {
        let execution = self.started.parent_workflow_execution.clone()?;
        Some(Parent {
            execution,
            initiated_event_id: self.started.parent_initiated_event_id,
        })
    }

    pub(super) fn is_child_of(&self, parent: RunId) -> bool {
        let execution = self.started.parent_workflow_execution.as_ref();
        execution.is_some_and(|execution| execution.run_id == parent)
    }

    /// What a command to a closed run is answered.
    pub(super) fn unknown(&self) -> Fault {
        Fault::unknown_run(&self.id.workflow_id, self.id.run_id)
    }
}

impl OpenActivity {
    /// Whether a worker has it.
    pub fn is_started(&self) -> bool {
        self.started().is_some()
    }

    /// The attempt that is in the hands of a worker.
    pub fn started(&self) -> Option<&StartedTask> {
        match &self.state {
            ActivityState::Waiting => None,
            ActivityState::Started { task, .. } => Some(task),
        }
    }

    /// When its heartbeat clock rings, if it has one that runs.
    pub fn heartbeat_deadline(&self) -> Option<Timestamp> {
        let ActivityState::Started { heartbeat_at, .. } = &self.state else {
            return None;
        };
        heartbeat_at.after(self.scheduled.heartbeat_timeout?)
    }
}

impl Execution {
    /// Whether a heartbeat is overdue, as far as this state knows.
    pub fn heartbeat_due(&self, now: Timestamp) -> bool {
        self.activities
            .values()
            .any(|activity| activity.heartbeat_deadline().is_some_and(|at| at <= now))
    }
}
