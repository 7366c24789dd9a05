//! One live run: its future, fed with the history and compared with it.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Poll, Waker};

use futures::future::BoxFuture;

use crate::core::Completion;
use crate::model::{
    CancelWorkflowExecution, CompleteWorkflowExecution, Data, Decision, Event, EventAttributes, EventId,
    FailWorkflowExecution, Text, WorkflowExecution,
};

use super::super::{WorkflowContext, WorkflowError, Workflows, limits, payload};
use super::alarm::Alarm;
use super::deliver::is_input;
use super::error::{Nondeterminism, RunError};
use super::fit::{CloseRefused, Identity, answers, close_refused};
use super::state::{Command, PATCH_MARKER, Shared, State};

/// A run's future, as the registry makes it.
pub(in crate::sdk) type RunFuture = BoxFuture<'static, Result<Data, WorkflowError>>;

/// One live run.
pub(in crate::sdk) struct Run {
    shared: Shared,
    future: Option<RunFuture>,
    alarm: Alarm,
    /// How the run is to end, once its future is done.
    close: Option<Decision>,
    /// The last event that was fed.
    seen: EventId,
    /// The `DecisionTaskStarted` of the last task that was decided.
    decided: EventId,
    /// The `DecisionTaskCompleted` whose decisions' answers are being compared.
    completed: EventId,
    /// Events that the workflow learns of with the next task.
    inputs: Vec<Event>,
    /// Decisions that the history has not answered yet.
    unanswered: VecDeque<Command>,
    /// Decisions that the engine takes at once.
    decisions_max: usize,
}

impl Run {
    /// A run at its beginning; `events` starts with its first event.
    pub(in crate::sdk) fn new(
        domain: &Text,
        execution: &WorkflowExecution,
        workflows: &Workflows,
        events: &[Event],
    ) -> Result<Self, RunError> {
        let Some(EventAttributes::WorkflowExecutionStarted(started)) =
            events.first().map(|event| &event.attributes)
        else {
            return Err(RunError::NoStart);
        };
        let start = workflows
            .get(&started.workflow_type)
            .ok_or_else(|| RunError::UnknownType(started.workflow_type.clone()))?;
        let (input, limits) = (started.input.clone(), workflows.engine_limits());
        let state = State::new(
            domain.clone(),
            execution.clone(),
            started.clone(),
            limits.data_chars,
        );
        let shared = Shared::new(state);
        let (future, close) = match start(WorkflowContext::new(shared.clone()), input.as_ref()) {
            Ok(future) => (Some(future), None),
            // Nothing that this code can do will make the input readable: waiting for other code helps nobody.
            Err(error) => (None, Some(close_with(Err(error.into())))),
        };
        Ok(Run {
            shared,
            future,
            alarm: Alarm::ringing(),
            close,
            seen: 0,
            decided: 0,
            completed: 0,
            inputs: Vec::new(),
            unanswered: VecDeque::new(),
            decisions_max: limits.decisions,
        })
    }

    /// The `DecisionTaskStarted` of the last task that it decided; 0 before the first.
    pub(in crate::sdk) fn decided(&self) -> EventId {
        self.decided
    }

    /// The names of the signals that it waits for.
    pub(in crate::sdk) fn awaited_signals(&self) -> Vec<Text> {
        self.shared.lock().awaited_signals()
    }

    /// What keeping this run costs, by estimate, in bytes.
    pub(in crate::sdk) fn weight(&self) -> usize {
        let future = self.future.as_deref().map_or(0, size_of_val);
        size_of::<Run>() + future + self.shared.lock().weight()
    }

    /// Feeds events, in order; those that it has seen are skipped. If the last one starts a decision task, the
    /// answer is what this run decides; other tasks must have been decided as the code decides them now.
    pub(in crate::sdk) fn advance(&mut self, events: &[Event]) -> Result<Completion, RunError> {
        for (index, event) in events.iter().enumerate() {
            if event.id <= self.seen {
                continue;
            }
            if event.id != self.seen + 1 {
                return Err(RunError::Gap {
                    expected: self.seen + 1,
                    found: event.id,
                });
            }
            self.seen = event.id;
            match &event.attributes {
                EventAttributes::DecisionTaskStarted(_) => {
                    let following = &events[index + 1..];
                    let answer = answer_to(event.id, following);
                    // A task that nobody answered in time: what it would have told comes with the next one.
                    if answer.is_some() || following.is_empty() {
                        self.decide(event, answer)?;
                    }
                }
                EventAttributes::DecisionTaskCompleted(_) => self.completed = event.id,
                _ => self.take(event)?,
            }
        }
        Ok(Completion {
            decisions: self
                .unanswered
                .iter()
                .map(|command| command.decision.clone())
                .collect(),
            execution_context: self.shared.lock().execution_context.take(),
            ..Completion::default()
        })
    }

    /// The history ended: whatever the code decided must stand in it.
    pub(in crate::sdk) fn expect_answered(&self) -> Result<(), RunError> {
        match self.unanswered.front() {
            Some(command) if self.completed > 0 => Err(self.misfit(
                self.completed,
                "no further decision".to_owned(),
                Identity::of_decision(&command.decision).to_string(),
            )),
            _ => Ok(()),
        }
    }

    /// An event that is not of a decision task.
    fn take(&mut self, event: &Event) -> Result<(), RunError> {
        if answers(&event.attributes).is_some_and(|completed| completed == self.completed) {
            self.compare(event)?;
        }
        if is_input(&event.attributes) {
            self.inputs.push(event.clone());
        }
        Ok(())
    }

    /// An event that answers a decision: it must be the next one of the code's.
    fn compare(&mut self, event: &Event) -> Result<(), RunError> {
        let expected = Identity::of_event(&event.attributes);
        let actual = self
            .unanswered
            .front()
            .map(|command| Identity::of_decision(&command.decision));
        if actual != Some(expected) {
            // A patch whose guard has since been removed from the code.
            if matches!(&event.attributes, EventAttributes::MarkerRecorded(marker) if &*marker.marker_name == PATCH_MARKER)
            {
                return Ok(());
            }
            let actual = actual.map_or_else(|| "no further decision".to_owned(), |actual| actual.to_string());
            return Err(self.misfit(event.id, expected.to_string(), actual));
        }
        if let Some(Command {
            begins: Some(operation),
            ..
        }) = self.unanswered.pop_front()
        {
            self.shared.lock().by_event.insert(event.id, operation);
        }
        if let Some(CloseRefused::For(cause)) = close_refused(&event.attributes) {
            let why = format!("the engine refused {expected}: {cause}");
            self.close = Some(close_with(Err(WorkflowError::failed("close_refused", why))));
        }
        Ok(())
    }

    /// A decision task: tells the workflow what has happened, one event at a time, and collects what it decides.
    fn decide(&mut self, task: &Event, answer: Option<&[Event]>) -> Result<(), RunError> {
        self.expect_answered()?;
        self.shared.lock().begin_task(task.at, answer);
        for event in std::mem::take(&mut self.inputs) {
            self.shared.lock().deliver(&event);
            self.run_until_stalled()?;
        }
        let mut state = self.shared.lock();
        if let Some(misfit) = state.misfit.take() {
            return Err(misfit.into());
        }
        let mut commands = std::mem::take(&mut state.commands);
        if commands.len() > self.decisions_max {
            // The engine would refuse them all, at this task and each later one.
            let (count, max) = (commands.len(), self.decisions_max);
            let why = format!("{count} decisions at once, {max} are allowed: begin fewer things at a time");
            self.close = Some(close_with(Err(WorkflowError::failed("too_many_decisions", why))));
            commands.clear();
        }
        if let Some(close) = &self.close {
            // The close stops them anyway, and an answer to them would have to be seen before the run may close.
            commands.retain(|command| !ends_with_the_run(&command.decision));
            commands.push(Command {
                decision: close.clone(),
                begins: None,
                cancels: None,
            });
        }
        for operation in commands.iter().filter_map(|command| command.begins) {
            if let Some(operation) = state.operations.get_mut(&operation) {
                operation.sent = true;
            }
        }
        drop(state);
        self.unanswered = commands.into();
        self.decided = task.id;
        Ok(())
    }

    /// Polls the future until it waits for an event, or is done.
    fn run_until_stalled(&mut self) -> Result<(), RunError> {
        for _ in 0..limits::POLLS_PER_EVENT {
            let woken = std::mem::take(&mut self.shared.lock().woken);
            woken.into_iter().for_each(Waker::wake);
            let Some(future) = &mut self.future else {
                return Ok(());
            };
            if !self.alarm.take() {
                return Ok(());
            }
            match self.alarm.poll(future).map_err(RunError::Panicked)? {
                Poll::Pending => {}
                Poll::Ready(result) => {
                    self.close = Some(close_with(result));
                    self.future = None;
                }
            }
        }
        Err(RunError::Spins)
    }

    fn misfit(&self, event_id: EventId, expected: String, actual: String) -> RunError {
        let execution = self.shared.lock().execution.clone();
        Nondeterminism {
            execution,
            event_id,
            expected,
            actual,
        }
        .into()
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.shared.lock().discarded = true;
        let future = self.future.take();
        if catch_unwind(AssertUnwindSafe(|| drop(future))).is_err() {
            tracing::error!("a workflow's value panicked when it was dropped");
        }
    }
}

/// What follows a decision task from its `DecisionTaskCompleted` on; none if it was not answered before the next one.
fn answer_to(started: EventId, following: &[Event]) -> Option<&[Event]> {
    for (index, event) in following.iter().enumerate() {
        match &event.attributes {
            EventAttributes::DecisionTaskCompleted(completed) if completed.started_event_id == started => {
                return Some(&following[index..]);
            }
            EventAttributes::DecisionTaskStarted(_) => return None,
            _ => {}
        }
    }
    None
}

/// How a workflow's result ends its run.
fn close_with(result: Result<Data, WorkflowError>) -> Decision {
    match result {
        Ok(result) => CompleteWorkflowExecution { result: Some(result) }.into(),
        Err(WorkflowError::Failed { reason, details }) => {
            let reason = payload::plain(&reason, limits::REASON_CHARS);
            let details = payload::plain(&details, limits::MESSAGE_CHARS);
            FailWorkflowExecution {
                reason: Some(reason),
                details: Some(details),
            }
            .into()
        }
        Err(WorkflowError::Cancelled) => CancelWorkflowExecution { details: None }.into(),
        Err(WorkflowError::ContinueAsNew(successor)) => (*successor).into(),
    }
}

fn ends_with_the_run(decision: &Decision) -> bool {
    matches!(
        decision,
        Decision::RequestCancelActivityTask(_) | Decision::CancelTimer(_)
    )
}
