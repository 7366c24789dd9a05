//! What reaches the planner: requests, and the results of what it had done elsewhere.

use std::sync::Arc;

use tokio::sync::oneshot;

use crate::core::{Command, NewRun};
use crate::model::{
    Data, Event, EventId, Fault, MessageId, RunId, Text, Timestamp, WorkflowExecution,
    WorkflowExecutionStarted,
};
use crate::store::{ClaimedTask, Outcome, StoreError, StoredMessage, StoredRun};

use super::decider::{Decided, DecisionInput};
use super::matcher::{ListKey, Poller};
use super::registry::Domain;
use super::tasks::Task;

/// Everything that moves the planner.
pub enum Input {
    /// Begin a run.
    Start(StartRequest),
    /// Ask something of a run that the caller names by workflow id, with or without a run id.
    Ask {
        domain: Arc<Domain>,
        workflow_id: Text,
        run: Option<RunId>,
        envelope: Envelope,
    },
    /// Postgres said which run is meant.
    Resolved {
        workflow_id: Text,
        found: Result<Option<RunId>, StoreError>,
        envelope: Envelope,
    },
    /// Ask something of this run.
    Run(RunId, Envelope),
    /// A run was folded from Postgres, with its events.
    Loaded {
        run: RunId,
        /// Of this read.
        number: u64,
        loaded: Result<Option<Box<LoadedRun>>, StoreError>,
    },
    /// A run's history was read for its decider.
    Decide(DecisionInput, EventId),
    /// Decider threads answered.
    Decided(Vec<(RunId, EventId, Decided)>),
    /// Somebody waits for a task.
    Poll(ListKey, Poller),
    /// He waits no longer.
    Withdraw(ListKey, u64),
    /// A started task did not reach its poller.
    GiveBack(ListKey, Box<Task>),
    /// Waiting tasks were claimed in Postgres, where there may be more.
    Claimed {
        list: ListKey,
        tasks: Vec<ClaimedTask>,
        more: bool,
    },
    /// A batch was committed, or the connection was lost and it was looked up.
    Committed {
        connection: usize,
        runs: Vec<RunId>,
        outcomes: Vec<Outcome>,
    },
    /// Messages to deliver.
    Messages(Vec<StoredMessage>),
    /// Runs whose deadline in Postgres has passed, with the deadline that the sweep wrote.
    Due(Vec<(RunId, Timestamp)>),
    /// So many runs are open in the domain, unless Postgres could not say.
    OpenRuns(i32, Option<u64>),
    /// Other nodes left tasks.
    TasksElsewhere,
    /// Tell when a run is closed.
    WaitClosed(WaitClosed),
    /// Postgres has these runs, which are waited for here, as closed.
    ClosedElsewhere(Vec<RunId>),
    /// Answer all polls with nothing from now on.
    DrainPolls,
    /// Finish what is under way and stop.
    Shutdown(oneshot::Sender<()>),
}

/// Somebody wants the last event of a run. When the reply is dropped, it is for Postgres to say what became of the run.
pub struct WaitClosed {
    /// The run's domain.
    pub domain: i32,
    /// The run.
    pub execution: WorkflowExecution,
    /// Postgres had it, open. Otherwise only a run in memory is waited for.
    pub exists: bool,
    /// Gets the event.
    pub reply: oneshot::Sender<Event>,
}

/// A run as Postgres has it, with the domain that it lives in.
pub struct LoadedRun {
    /// Its state and events.
    pub stored: StoredRun,
    /// Its domain.
    pub domain: Arc<Domain>,
}

/// A run to begin.
pub struct StartRequest {
    /// Where.
    pub domain: Arc<Domain>,
    /// Under which workflow id.
    pub workflow_id: Text,
    /// With what.
    pub what: StartWhat,
    /// The message that asks for it, if a parent does.
    pub consumes: Option<MessageId>,
    /// To whom the run id goes.
    pub reply: Option<oneshot::Sender<Result<RunId, Fault>>>,
}

/// A caller's request, to be resolved against the type; or a parent's, resolved already.
pub enum StartWhat {
    /// By a caller.
    New(Box<NewRun>),
    /// By a parent.
    Child {
        parent: WorkflowExecution,
        initiated_event_id: EventId,
        started: Box<WorkflowExecutionStarted>,
    },
}

/// Something asked of a run, and where the answer goes.
pub struct Envelope {
    /// What.
    pub ask: Ask,
    /// The message that asks for it, if another run does.
    pub consumes: Option<MessageId>,
    /// Where the answer goes.
    pub reply: Reply,
    /// The answer is not to be given on a state that may be stale; it was checked already.
    pub verified: bool,
}

/// What can be asked of a run.
pub enum Ask {
    /// Move it.
    Move(Command),
    /// See to what is due; a sweep found it overdue and wrote this deadline meanwhile.
    Sweep { stored: Timestamp },
    /// See whether a decision waits that a decider of this process can make; a row in Postgres says so.
    Look { scheduled_event_id: EventId },
    /// Note a heartbeat; writes no event.
    Heartbeat {
        scheduled_event_id: EventId,
        started_event_id: EventId,
        details: Option<Data>,
    },
}

/// Where an answer goes.
pub enum Reply {
    /// Nowhere.
    Nobody,
    /// To a caller who wants to know that it is done.
    Done(oneshot::Sender<Result<(), Fault>>),
    /// To a worker who wants to know whether to go on.
    Beat(oneshot::Sender<Result<bool, Fault>>),
    /// To a poller of this list: the task that the move starts.
    Task {
        list: ListKey,
        scheduled_event_id: EventId,
        poller: Poller,
    },
}

impl Envelope {
    /// Asks for a move, answering the caller.
    pub fn calling(command: Command, reply: oneshot::Sender<Result<(), Fault>>) -> Self {
        Envelope {
            ask: Ask::Move(command),
            consumes: None,
            reply: Reply::Done(reply),
            verified: false,
        }
    }

    /// Asks for a move, answering nobody.
    pub fn internal(command: Command) -> Self {
        Envelope {
            ask: Ask::Move(command),
            consumes: None,
            reply: Reply::Nobody,
            verified: false,
        }
    }
}
