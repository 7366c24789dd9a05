//! A run as the planner holds it: its state, what waits to be asked of it, and the turn that is under way.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use crate::core::{Execution, StartedTask};
use crate::model::{Event, EventId, Fault, RunId, Timestamp};
use crate::store::{OpenRow, StoredMessage, TaskKind, TaskRow};

use super::inputs::{Envelope, StartRequest};
use super::registry::Domain;

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Nothing is under way, or an open turn waits for a free connection.
    Open,
    /// A decider thread is at work on its open turn.
    Deciding {
        /// The `DecisionTaskStarted` of the task that is being decided.
        started_event_id: EventId,
    },
    /// Its turn is being committed. The state in memory is ahead of Postgres.
    InFlight,
}

/// A run in memory.
pub struct Slot {
    /// Its domain.
    pub domain: Arc<Domain>,
    /// Its state, with the open turn folded in.
    pub execution: Box<Execution>,
    /// Where it stands.
    pub phase: Phase,
    /// What waits to be asked of it.
    pub mailbox: VecDeque<Envelope>,
    /// The turn that is being built or committed.
    pub turn: Option<Box<OpenTurn>>,
    /// The deadline in its row; none once it is closed.
    pub stored_deadline: Option<Timestamp>,
    /// The deadline that the planner is to ring at.
    pub armed: Option<Timestamp>,
    /// Its events, as far as whoever decides next will want them.
    pub kept: Kept,
    /// Tasks that have a row in Postgres; none when the run was loaded and it is not known.
    pub task_rows: Option<HashSet<EventId>>,
    /// The state is what Postgres has: it was read for what is asked of it right now.
    pub fresh: bool,
    /// A sweep visited it: its row's deadline is to be written even if no event is.
    pub rewrite_deadline: bool,
    /// When it was last used.
    pub used: Instant,
    /// What the cache's total counts it with, in bytes: what is taken off again when it leaves.
    pub counted_bytes: usize,
}

/// Events that are kept of a run for its decider, so that they need not be read.
pub enum Kept {
    /// Those since the last decision that a decider of this process made; the whole history after a load.
    Undecided(Vec<Event>),
    /// All of them, for deciders that poll: as long as there are few.
    Whole(Vec<Event>),
    /// None: they are read when they are wanted.
    Nothing,
}

impl Kept {
    /// Longer histories are read for each decision task.
    const WHOLE_MAX: usize = 64;

    /// Of a run with this history.
    pub fn of(history: Vec<Event>, decided_here: bool) -> Self {
        match history.len() {
            _ if decided_here => Kept::Undecided(history),
            ..=Self::WHOLE_MAX => Kept::Whole(history),
            _ => Kept::Nothing,
        }
    }

    /// The run goes on.
    pub fn add(&mut self, events: &[Event]) {
        match self {
            Kept::Undecided(kept) => kept.extend_from_slice(events),
            Kept::Whole(kept) if kept.len() + events.len() <= Self::WHOLE_MAX => {
                kept.extend_from_slice(events)
            }
            Kept::Whole(_) => *self = Kept::Nothing,
            Kept::Nothing => {}
        }
    }

    /// What a decider of this process is told next.
    pub fn take_undecided(&mut self) -> Vec<Event> {
        match self {
            Kept::Undecided(kept) => std::mem::take(kept),
            Kept::Whole(_) | Kept::Nothing => Vec::new(),
        }
    }

    /// The history up to this event, if all of it is kept.
    pub fn whole(&self, last: EventId) -> Option<Arc<[Event]>> {
        match self {
            Kept::Whole(kept) => Some(
                kept.iter()
                    .take_while(|event| event.id <= last)
                    .cloned()
                    .collect(),
            ),
            Kept::Undecided(_) | Kept::Nothing => None,
        }
    }

    fn len(&self) -> usize {
        match self {
            Kept::Undecided(kept) | Kept::Whole(kept) => kept.len(),
            Kept::Nothing => 0,
        }
    }
}

/// A turn: what one run will contribute to a commit.
#[derive(Default)]
pub struct OpenTurn {
    /// Its events, folded into the state already.
    pub events: Vec<Event>,
    /// Set when the run begins with it.
    pub opens: Option<(OpenRow, StartRequest)>,
    /// What was asked, with the answer to give once it is durable.
    pub asked: Vec<(Envelope, Result<(), Fault>)>,
    /// What is to be asked once it is durable, because the answer must not rest on a stale state.
    pub deferred: Vec<Envelope>,
    /// Decisions that deciders of this process made in it; bounded.
    pub decisions: u32,
    /// A connection is free for it: what is asked from now on joins the next turn.
    pub sealed: bool,
    /// Messages to other runs, once it is put together.
    pub messages: Vec<StoredMessage>,
    /// The run that continues this one, once it is put together.
    pub successor: Option<(Execution, Vec<Event>)>,
}

impl OpenTurn {
    /// Most turns have no more events.
    const USUAL_EVENTS: usize = 8;

    /// One that nothing has joined yet.
    pub fn boxed() -> Box<Self> {
        Box::new(OpenTurn {
            events: Vec::with_capacity(Self::USUAL_EVENTS),
            ..OpenTurn::default()
        })
    }
}

impl Slot {
    /// A run that begins here, or was read from Postgres.
    pub fn new(domain: Arc<Domain>, execution: Execution, kept: Kept) -> Self {
        Slot {
            domain,
            execution: Box::new(execution),
            phase: Phase::Open,
            mailbox: VecDeque::new(),
            turn: None,
            stored_deadline: None,
            armed: None,
            kept,
            task_rows: Some(HashSet::new()),
            fresh: false,
            rewrite_deadline: false,
            used: Instant::now(),
            counted_bytes: 0,
        }
    }

    /// The run.
    pub fn run(&self) -> RunId {
        self.execution.id.run_id
    }

    /// The activity tasks that these events scheduled and that wait for a worker.
    pub fn waiting_activities(&self, events: &[Event]) -> Vec<TaskRow> {
        let waiting = |event: &Event| {
            let activity = self.execution.waiting_activity(event.id)?;
            Some(TaskRow {
                kind: TaskKind::Activity,
                scheduled_event_id: event.id,
                domain: self.domain.record.id,
                task_list: activity.scheduled.task_list.name.clone(),
                priority: activity.scheduled.task_priority.unwrap_or_default(),
                scheduled_at: activity.scheduled_at,
            })
        };
        events.iter().filter_map(waiting).collect()
    }

    /// The decision task that a decider may take.
    pub fn waiting_decision(&self) -> Option<TaskRow> {
        waiting_decision(&self.execution, self.domain.record.id)
    }

    /// The attempt at a task that is in somebody's hands.
    pub fn started(&self, kind: TaskKind, scheduled_event_id: EventId) -> Option<&StartedTask> {
        let execution = &self.execution;
        match kind {
            TaskKind::Activity => execution.activities.get(&scheduled_event_id)?.started(),
            TaskKind::Decision => execution.decisions.started.as_ref(),
        }
        .filter(|started| started.scheduled_event_id == scheduled_event_id)
    }

    /// Whether nothing is under way and nothing waits.
    pub fn is_idle(&self) -> bool {
        self.phase == Phase::Open && self.turn.is_none() && self.mailbox.is_empty()
    }

    /// Whether it may be asked something now.
    pub fn may_move(&self) -> bool {
        self.phase == Phase::Open && !self.turn.as_ref().is_some_and(|turn| turn.sealed)
    }

    /// Roughly what the run takes in memory, in bytes, with what its decider in this process keeps of it. Measured on
    /// 100,000 runs that wait.
    pub fn bytes(&self) -> usize {
        const SLOT: usize = 1_600;
        const LIVE: usize = 2_100;
        const OPEN_THING: usize = 400;
        const EVENT: usize = 350;
        let execution = &self.execution;
        let things = execution.activities.len() + execution.timers.len() + execution.children.len();
        let live = match self.kept {
            Kept::Undecided(_) => LIVE,
            Kept::Whole(_) | Kept::Nothing => 0,
        };
        SLOT + live + things * OPEN_THING + self.kept.len() * EVENT
    }
}

/// The decision task of a run in this domain that a decider may take.
pub fn waiting_decision(execution: &Execution, domain: i32) -> Option<TaskRow> {
    let decision = execution.deliverable_decision()?;
    Some(TaskRow {
        kind: TaskKind::Decision,
        scheduled_event_id: decision.scheduled_event_id,
        domain,
        task_list: decision.task_list.name.clone(),
        priority: decision.priority,
        scheduled_at: decision.scheduled_at,
    })
}
