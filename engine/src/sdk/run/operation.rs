//! Operations: what a workflow has under way, and the future that waits for one.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use crate::model::{
    ActivityTaskTimeoutType, Data, Decision, EventId, RequestCancelExternalWorkflowExecutionFailedCause,
    ScheduleActivityTaskFailedCause, SignalExternalWorkflowExecutionFailedCause,
    StartChildWorkflowExecutionFailedCause, StartTimerFailedCause, Text, WorkflowExecution,
};

use super::scope::ScopeId;
use super::state::{Command, Shared, State};

/// Numbers the operations of a run in the order in which they began.
pub(super) type OperationId = u64;

/// How an operation ended.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::sdk) enum Outcome {
    /// An activity or child, with its result.
    Completed(Option<Data>),
    /// An activity or child, with its failure.
    Failed {
        reason: Option<Text>,
        details: Option<Data>,
    },
    /// An activity.
    TimedOut {
        kind: ActivityTaskTimeoutType,
        details: Option<Data>,
    },
    /// A child.
    ChildTimedOut,
    /// A child.
    Terminated,
    /// It was given up, or its scope was cancelled.
    Cancelled,
    /// A timer fired; a signal or cancel request was delivered.
    Done,
    /// The engine would not.
    Refused(Refusal),
}

/// Why the engine would not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::sdk) enum Refusal {
    Activity(ScheduleActivityTaskFailedCause),
    Timer(StartTimerFailedCause),
    Child(StartChildWorkflowExecutionFailedCause),
    Signal(SignalExternalWorkflowExecutionFailedCause),
    Cancel(RequestCancelExternalWorkflowExecutionFailedCause),
}

/// What is to be done, by which decision, and how it is undone.
pub(in crate::sdk) struct Operate {
    pub(in crate::sdk) scope: ScopeId,
    pub(in crate::sdk) decision: Decision,
    /// The decision that asks for it to be given up.
    pub(in crate::sdk) cancel: Option<Decision>,
    /// Whether dropping its future gives it up.
    pub(in crate::sdk) cancel_on_drop: bool,
}

/// Something under way.
#[derive(Debug)]
pub(super) struct Operation {
    scope: ScopeId,
    cancel: Option<Decision>,
    cancel_on_drop: bool,
    /// Its decision left with an answered task.
    pub(super) sent: bool,
    cancel_decided: bool,
    /// Nobody waits for it any more.
    abandoned: bool,
    /// No further event comes of it.
    ended: bool,
    /// A child's run, once it began.
    begun: Option<WorkflowExecution>,
    outcome: Option<Outcome>,
    waiting: Option<Waker>,
}

impl State {
    fn begin(&mut self, operate: Operate) -> Option<OperationId> {
        if self.scopes.is_cancelled(operate.scope) {
            return None;
        }
        self.next_operation += 1;
        let id = self.next_operation;
        self.command(Command {
            decision: operate.decision,
            begins: Some(id),
            cancels: None,
        });
        let operation = Operation {
            scope: operate.scope,
            cancel: operate.cancel,
            cancel_on_drop: operate.cancel_on_drop,
            sent: false,
            cancel_decided: false,
            abandoned: false,
            ended: false,
            begun: None,
            outcome: None,
            waiting: None,
        };
        self.operations.insert(id, Box::new(operation));
        Some(id)
    }

    fn poll(&mut self, id: OperationId, waker: &Waker) -> Poll<Outcome> {
        let Some(operation) = self.operations.get_mut(&id) else {
            return Poll::Ready(Outcome::Cancelled);
        };
        let Some(outcome) = operation.outcome.take() else {
            operation.waiting = Some(waker.clone());
            return Poll::Pending;
        };
        operation.abandoned = true;
        self.sweep(id);
        Poll::Ready(outcome)
    }

    fn poll_begun(&mut self, id: OperationId, waker: &Waker) -> Poll<Result<WorkflowExecution, Outcome>> {
        match self
            .operations
            .get(&id)
            .and_then(|operation| operation.begun.clone())
        {
            Some(begun) => Poll::Ready(Ok(begun)),
            None => self.poll(id, waker).map(Err),
        }
    }

    fn abandon(&mut self, id: OperationId) {
        if self.discarded {
            return;
        }
        let Some(operation) = self.operations.get_mut(&id) else {
            return;
        };
        operation.abandoned = true;
        if operation.cancel_on_drop {
            self.cancel(id);
        }
        self.sweep(id);
    }

    /// Gives an operation up: takes its decision back if it has not left, else asks for its end.
    fn cancel(&mut self, id: OperationId) {
        let Some(operation) = self.operations.get_mut(&id) else {
            return;
        };
        if operation.ended || operation.cancel_decided {
            return;
        }
        operation.cancel_decided = true;
        if operation.outcome.is_none() {
            operation.outcome = Some(Outcome::Cancelled);
            self.woken.extend(operation.waiting.take());
        }
        if !operation.sent {
            operation.ended = true;
            self.commands.retain(|command| command.begins != Some(id));
            self.sweep(id);
        } else if let Some(decision) = operation.cancel.clone() {
            self.command(Command {
                decision,
                begins: None,
                cancels: Some(id),
            });
        }
    }

    /// Cancels a scope, those below it and everything under way in them.
    pub(in crate::sdk) fn cancel_scope(&mut self, scope: ScopeId) {
        let woken = self.scopes.cancel(scope);
        self.woken.extend(woken);
        for inbox in self.inboxes.values_mut() {
            self.woken.append(&mut inbox.waiting);
        }
        let under_way: Vec<_> = self
            .operations
            .iter()
            .filter(|(_, operation)| self.scopes.is_cancelled(operation.scope))
            .map(|(id, _)| *id)
            .collect();
        for id in under_way {
            self.cancel(id);
        }
    }

    /// A child began.
    pub(super) fn begun(&mut self, event: EventId, execution: WorkflowExecution) {
        let id = self.by_event.get(&event);
        if let Some(operation) = id.and_then(|id| self.operations.get_mut(id)) {
            operation.begun = Some(execution);
            self.woken.extend(operation.waiting.take());
        }
    }

    /// The operation that this event stands for has ended.
    pub(super) fn end(&mut self, event: EventId, outcome: Outcome) {
        let Some(id) = self.by_event.remove(&event) else {
            return;
        };
        // What has ended needs no cancelling, and the engine would refuse it.
        self.commands.retain(|command| command.cancels != Some(id));
        let Some(operation) = self.operations.get_mut(&id) else {
            return;
        };
        operation.ended = true;
        if operation.outcome.is_none() {
            operation.outcome = Some(outcome);
            self.woken.extend(operation.waiting.take());
        }
        self.sweep(id);
    }

    /// Forgets an operation that has ended and that nobody waits for.
    fn sweep(&mut self, id: OperationId) {
        if self
            .operations
            .get(&id)
            .is_some_and(|operation| operation.ended && operation.abandoned)
        {
            self.operations.remove(&id);
        }
    }
}

/// An operation that has begun; dropping this abandons it.
pub(in crate::sdk) struct Ongoing {
    shared: Shared,
    id: OperationId,
    finished: bool,
}

impl Drop for Ongoing {
    fn drop(&mut self) {
        if !self.finished {
            self.shared.lock().abandon(self.id);
        }
    }
}

impl Ongoing {
    /// Waits for a child to begin, or to end without having begun.
    pub(in crate::sdk) async fn begun(&mut self) -> Result<WorkflowExecution, Outcome> {
        std::future::poll_fn(|cx| {
            let answer = self.shared.lock().poll_begun(self.id, cx.waker());
            self.finished |= matches!(answer, Poll::Ready(Err(_)));
            answer
        })
        .await
    }
}

impl Future for Ongoing {
    type Output = Outcome;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome> {
        let answer = self.shared.lock().poll(self.id, cx.waker());
        self.finished |= answer.is_ready();
        answer
    }
}

impl Shared {
    /// Begins an operation; `None` if its scope is cancelled.
    pub(in crate::sdk) fn begin(&self, operate: Operate) -> Option<Ongoing> {
        let id = self.lock().begin(operate)?;
        Some(Ongoing {
            shared: self.clone(),
            id,
            finished: false,
        })
    }

    /// Does an operation from begin to end. It begins at once: a future that had it to begin would keep the room for it
    /// as long as it waits.
    pub(in crate::sdk) fn operate(&self, operate: Operate) -> impl Future<Output = Outcome> + use<> {
        let ongoing = self.begin(operate);
        async {
            match ongoing {
                Some(ongoing) => ongoing.await,
                None => Outcome::Cancelled,
            }
        }
    }
}
