//! What one run contributes to a commit.

use crate::model::{CloseStatus, EventId, MessageId, RunId, TaskPriority, Text, Timestamp};

use super::tasks::TaskKind;

/// The move of one run: its events and all that is derived from them. Takes effect whole or not at all.
#[derive(Clone, Debug)]
pub struct Turn {
    /// The run.
    pub run: RunId,
    /// The id of the first event: with the run, the fence.
    pub first_event_id: EventId,
    /// The events, encoded.
    pub events: Vec<u8>,
    /// The run begins with this turn.
    pub opens: Option<OpenRow>,
    /// The run ends with this turn.
    pub closes: Option<CloseRow>,
    /// The run that takes its place under the same workflow id.
    pub successor: Option<SuccessorRow>,
    /// Somebody asks the run to cancel itself.
    pub cancel_requested: bool,
    /// A deadline to write, for a run that stays open.
    pub deadline: Option<Timestamp>,
    /// Tasks that found no poller.
    pub tasks_added: Vec<TaskRow>,
    /// Tasks of earlier turns that wait no longer.
    pub tasks_removed: Vec<EventId>,
    /// Messages to other runs.
    pub messages_sent: Vec<OutboxRow>,
    /// Messages that this turn delivers. If one of them is gone, the turn does not happen.
    pub messages_consumed: Vec<MessageId>,
    /// Activities whose saved heartbeats are no longer needed.
    pub heartbeats_removed: Vec<EventId>,
}

impl Turn {
    /// Events that nothing else follows from.
    pub fn new(run: RunId, first_event_id: EventId, events: Vec<u8>) -> Self {
        Turn {
            run,
            first_event_id,
            events,
            opens: None,
            closes: None,
            successor: None,
            cancel_requested: false,
            deadline: None,
            tasks_added: Vec::new(),
            tasks_removed: Vec::new(),
            messages_sent: Vec::new(),
            messages_consumed: Vec::new(),
            heartbeats_removed: Vec::new(),
        }
    }

    /// Whether all that it writes is its row of history and, at most, that its run begins or ends.
    pub(super) fn is_plain(&self) -> bool {
        // Each field by name: a new one has to be thought of here.
        let Turn {
            run: _,
            first_event_id: _,
            events: _,
            opens: _,
            closes: _,
            successor,
            cancel_requested,
            deadline,
            tasks_added,
            tasks_removed,
            messages_sent,
            messages_consumed,
            heartbeats_removed,
        } = self;
        successor.is_none()
            && !cancel_requested
            && deadline.is_none()
            && tasks_added.is_empty()
            && tasks_removed.is_empty()
            && messages_sent.is_empty()
            && messages_consumed.is_empty()
            && heartbeats_removed.is_empty()
    }
}

/// A new run's row.
#[derive(Clone, Debug)]
pub struct OpenRow {
    /// Its domain.
    pub domain: i32,
    /// Its workflow id.
    pub workflow_id: Text,
    /// Its type.
    pub workflow_type: i32,
    /// When it began.
    pub started_at: Timestamp,
    /// Its first deadline.
    pub deadline: Timestamp,
    /// Its tags.
    pub tags: Option<Vec<String>>,
    /// Its parent.
    pub parent: Option<RunId>,
}

/// How a run ends.
#[derive(Clone, Copy, Debug)]
pub struct CloseRow {
    /// How.
    pub status: CloseStatus,
    /// When.
    pub at: Timestamp,
    /// Whether rows of waiting tasks may be left to remove.
    pub has_open_tasks: bool,
}

/// The first turn of a run that continues another.
#[derive(Clone, Debug)]
pub struct SuccessorRow {
    /// The new run.
    pub run: RunId,
    /// Its first events, encoded.
    pub events: Vec<u8>,
    /// Its row.
    pub row: OpenRow,
    /// Its first decision task, which waits.
    pub task: TaskRow,
}

/// A waiting task's row.
#[derive(Clone, Debug)]
pub struct TaskRow {
    /// Decision or activity.
    pub kind: TaskKind,
    /// Its `...Scheduled`.
    pub scheduled_event_id: EventId,
    /// Its domain.
    pub domain: i32,
    /// Where it waits.
    pub task_list: Text,
    /// Higher first.
    pub priority: TaskPriority,
    /// When it was scheduled.
    pub scheduled_at: Timestamp,
}

/// Names a waiting task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TaskKey {
    /// The run.
    pub run: RunId,
    /// The task's `...Scheduled`.
    pub scheduled_event_id: EventId,
}

/// A message's row.
#[derive(Clone, Debug)]
pub struct OutboxRow {
    /// Its name.
    pub id: MessageId,
    /// The domain it stays in.
    pub domain: i32,
    /// Recipient and message, encoded.
    pub body: Vec<u8>,
    /// Until then the committing node delivers it; then any node may.
    pub claimed_until: Timestamp,
}

/// What became of a turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is durable.
    Committed,
    /// Somebody else moved the run: fold it again.
    Conflict,
    /// Another run of that workflow id is open.
    AlreadyStarted,
    /// Postgres refuses what the turn would write, however often it is tried.
    Refused(String),
    /// These messages were delivered by somebody else.
    MessagesGone(Vec<MessageId>),
}
