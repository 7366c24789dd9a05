//! Generated command sequences, for property tests of the core and of whatever carries commands to it.
//!
//! A [`Move`] names what is open by its rank ("complete the second started activity"), so that a script makes sense
//! whatever its earlier moves led to and still shrinks well. [`play`] turns a script into commands and what the core
//! answers; another carrier is given the same commands at the same times and must answer the same.

mod registered;
mod strategies;

pub use registered::{limits, types};
pub use strategies::scripts;

use uuid::Uuid;

use crate::model::{
    ChildOutcome, ChildPolicy, Event, Fault, Message, RunId, StartChildWorkflowExecutionFailedCause, Text,
    Timestamp, WorkflowExecution, WorkflowExecutionTerminatedCause, WorkflowType,
};

use super::{
    ActivityState, Command, Completion, Execution, NewRun, OpenActivity, Rules, StartedTask, begin, start,
    step,
};

/// When every generated run starts.
pub const EPOCH: Timestamp = Timestamp(1_700_000_000_000);

/// A run's life: how it starts and what happens then.
#[derive(Clone, Debug)]
pub struct Script {
    /// The request that starts it.
    pub new: NewRun,
    /// What happens, each after some milliseconds.
    pub moves: Vec<(i64, Move)>,
}

/// What happens next, in terms of what is open then. A rank counts modulo the number of open things.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "each is named after the command that it becomes")]
pub enum Move {
    Signal,
    RequestCancel,
    Terminate(Option<ChildPolicy>),
    TakeDecision,
    Decide(Completion),
    TakeActivity(usize),
    CompleteActivity(usize),
    FailActivity(usize),
    CancelActivity(usize),
    FireDue,
    ChildStarted(usize),
    ChildStartFailed(usize),
    ChildClosed(usize, ChildOutcome),
    SignalAnswered(usize, bool),
    CancelAnswered(usize, bool),
    ExternalSignal,
    ExternalCancel,
    PolicyCancel,
    PolicyTerminate,
    /// An answer to an attempt at an activity that was never made.
    StaleActivity(usize),
    /// An answer to an attempt at a decision that was never made.
    StaleDecision,
}

/// A command that was given, and the answer.
#[derive(Clone, Debug)]
pub struct Played {
    /// The command.
    pub command: Command,
    /// When it was given.
    pub now: Timestamp,
    /// Its events, or the refusal.
    pub outcome: Result<Vec<Event>, Fault>,
}

/// Plays a script on the core alone: the run's state at the end, its first two events and every command after.
///
/// # Errors
/// When the start is refused.
pub fn play(
    script: &Script,
    rules: &Rules<'_>,
    id: WorkflowExecution,
) -> Result<(Execution, Vec<Event>, Vec<Played>), Fault> {
    let started = start(&script.new, rules)?;
    let (mut execution, first) = begin(name("domain"), id, started, EPOCH);
    let mut now = EPOCH;
    let mut played = Vec::with_capacity(script.moves.len());
    for (pause, next) in &script.moves {
        now = now.plus_millis(*pause);
        let Some(command) = next.command(&execution) else {
            continue;
        };
        let outcome = step(&mut execution, &command, rules, now);
        played.push(Played {
            command,
            now,
            outcome,
        });
    }
    Ok((execution, first, played))
}

/// Another run, which scripts speak for.
pub fn other_run() -> WorkflowExecution {
    WorkflowExecution {
        workflow_id: name("other"),
        run_id: RunId(Uuid::from_u128(77)),
    }
}

impl Move {
    /// The command that this move is in the present state; `None` when there is nothing for it to act on.
    pub fn command(&self, execution: &Execution) -> Option<Command> {
        let command = match self {
            Move::Signal => Command::Signal {
                signal_name: name("signal"),
                input: None,
            },
            Move::RequestCancel => Command::RequestCancel,
            Move::Terminate(child_policy) => Command::Terminate {
                reason: Some(name("enough")),
                details: None,
                child_policy: *child_policy,
                cause: WorkflowExecutionTerminatedCause::OperatorInitiated,
            },
            Move::TakeDecision => Command::StartDecisionTask {
                scheduled_event_id: execution.decisions.waiting.as_ref()?.scheduled_event_id,
                identity: Some(name("decider")),
            },
            Move::Decide(completion) => {
                let task = execution.decisions.started.as_ref()?;
                Command::CompleteDecisionTask {
                    scheduled_event_id: task.scheduled_event_id,
                    started_event_id: task.started_event_id,
                    completion: completion.clone(),
                    successor: RunId(Uuid::from_u128(78)),
                }
            }
            Move::FireDue => Command::FireDue,
            Move::TakeActivity(_)
            | Move::CompleteActivity(_)
            | Move::FailActivity(_)
            | Move::CancelActivity(_)
            | Move::StaleActivity(_) => self.activity_command(execution)?,
            Move::StaleDecision => Command::CompleteDecisionTask {
                scheduled_event_id: execution.decisions.started.as_ref()?.scheduled_event_id,
                started_event_id: execution.next_event_id,
                completion: Completion::default(),
                successor: RunId(Uuid::from_u128(78)),
            },
            Move::ChildStarted(_)
            | Move::ChildStartFailed(_)
            | Move::ChildClosed(..)
            | Move::SignalAnswered(..)
            | Move::CancelAnswered(..)
            | Move::ExternalSignal
            | Move::ExternalCancel
            | Move::PolicyCancel
            | Move::PolicyTerminate => Command::Deliver {
                source: other_run().run_id,
                message: self.message(execution)?,
            },
        };
        Some(command)
    }

    fn activity_command(&self, execution: &Execution) -> Option<Command> {
        let (Move::TakeActivity(rank)
        | Move::CompleteActivity(rank)
        | Move::FailActivity(rank)
        | Move::CancelActivity(rank)
        | Move::StaleActivity(rank)) = *self
        else {
            return None;
        };
        let any = nth(execution.activities.keys(), rank).copied();
        let task = started(execution, rank);
        let command = match self {
            Move::TakeActivity(_) => Command::StartActivityTask {
                scheduled_event_id: any?,
                identity: Some(name("worker")),
            },
            Move::StaleActivity(_) => Command::CompleteActivityTask {
                scheduled_event_id: any?,
                started_event_id: execution.next_event_id,
                result: None,
            },
            Move::FailActivity(_) => Command::FailActivityTask {
                scheduled_event_id: task?.scheduled_event_id,
                started_event_id: task?.started_event_id,
                reason: Some(name("broken")),
                details: None,
            },
            Move::CancelActivity(_) => Command::CancelActivityTask {
                scheduled_event_id: task?.scheduled_event_id,
                started_event_id: task?.started_event_id,
                details: None,
            },
            _ => Command::CompleteActivityTask {
                scheduled_event_id: task?.scheduled_event_id,
                started_event_id: task?.started_event_id,
                result: None,
            },
        };
        Some(command)
    }

    fn message(&self, execution: &Execution) -> Option<Message> {
        let message = match self {
            Move::ChildStarted(rank) => Message::ChildStarted {
                initiated_event_id: *nth(execution.children.keys(), *rank)?,
                execution: other_run(),
            },
            Move::ChildStartFailed(rank) => Message::ChildStartFailed {
                initiated_event_id: *nth(execution.children.keys(), *rank)?,
                cause: StartChildWorkflowExecutionFailedCause::WorkflowAlreadyRunning,
            },
            Move::ChildClosed(rank, outcome) => Message::ChildClosed {
                initiated_event_id: *nth(execution.children.keys(), *rank)?,
                execution: other_run(),
                workflow_type: WorkflowType::new("workflow", "1"),
                outcome: outcome.clone(),
            },
            Move::SignalAnswered(rank, taken) => Message::SignalAnswer {
                initiated_event_id: *nth(execution.external_signals.keys(), *rank)?,
                taken_by: taken.then(other_run),
            },
            Move::CancelAnswered(rank, taken) => Message::CancelAnswer {
                initiated_event_id: *nth(execution.external_cancels.keys(), *rank)?,
                taken_by: taken.then(other_run),
            },
            Move::ExternalSignal => Message::Signal {
                signal_name: name("signal"),
                input: Some(name("input")),
                source: other_run(),
                initiated_event_id: 5,
            },
            Move::ExternalCancel => Message::RequestCancel {
                source: other_run(),
                initiated_event_id: 5,
            },
            Move::PolicyCancel => Message::RequestCancel {
                source: other_run(),
                initiated_event_id: 0,
            },
            Move::PolicyTerminate => Message::Terminate,
            _ => return None,
        };
        Some(message)
    }
}

fn nth<T>(mut open: impl ExactSizeIterator<Item = T>, rank: usize) -> Option<T> {
    let count = open.len();
    if count == 0 { None } else { open.nth(rank % count) }
}

fn started(execution: &Execution, rank: usize) -> Option<&StartedTask> {
    let open: Vec<_> = execution
        .activities
        .values()
        .filter_map(|activity| task_of(activity))
        .collect();
    nth(open.into_iter(), rank)
}

fn task_of(activity: &OpenActivity) -> Option<&StartedTask> {
    match &activity.state {
        ActivityState::Waiting => None,
        ActivityState::Started { task, .. } => Some(task),
    }
}

fn name(text: &'static str) -> Text {
    Text::from(text)
}
