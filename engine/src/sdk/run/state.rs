//! What a run's future and its executor share.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use serde::{Deserialize, Serialize};

use crate::model::{
    Data, Decision, Event, EventAttributes, EventId, RecordMarker, Text, Timestamp, WorkflowExecution,
    WorkflowExecutionStarted,
};

use super::super::random::SplitMix64;
use super::error::Nondeterminism;
use super::operation::{Operation, OperationId};
use super::scope::{ScopeId, Scopes};

/// The marker of a side effect.
pub(in crate::sdk) const SIDE_EFFECT_MARKER: &str = "apus.side_effect";

/// The marker of a patch; its details are the patch's id.
pub(in crate::sdk) const PATCH_MARKER: &str = "apus.patch";

/// The details of a side effect's marker.
#[derive(Serialize, Deserialize)]
pub(in crate::sdk) struct SideEffect<T> {
    /// What the workflow calls it.
    pub(in crate::sdk) name: String,
    /// What came out.
    pub(in crate::sdk) value: T,
}

/// A run's state, shared between its future and its executor. One thread uses it, so the lock is never waited for.
#[derive(Clone)]
pub(in crate::sdk) struct Shared(Arc<Mutex<State>>);

impl Shared {
    pub(super) fn new(state: State) -> Self {
        Shared(Arc::new(Mutex::new(state)))
    }

    /// The state. A panic of workflow code is caught by the executor, which gives the run up: nothing is half done.
    pub(in crate::sdk) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A decision of the task at hand.
#[derive(Clone, Debug)]
pub(super) struct Command {
    pub(super) decision: Decision,
    /// The operation that it begins.
    pub(super) begins: Option<OperationId>,
    /// The operation that it cancels.
    pub(super) cancels: Option<OperationId>,
}

/// The signals of one name.
#[derive(Default)]
pub(super) struct Inbox {
    pub(super) queue: VecDeque<Option<Data>>,
    pub(super) waiting: Vec<Waker>,
}

/// See the module.
pub(in crate::sdk) struct State {
    pub(in crate::sdk) domain: Text,
    pub(in crate::sdk) execution: WorkflowExecution,
    pub(in crate::sdk) started: WorkflowExecutionStarted,
    /// When the decision task at hand was started.
    pub(in crate::sdk) now: Timestamp,
    pub(in crate::sdk) random: SplitMix64,
    /// The longest payload.
    pub(in crate::sdk) data_chars: usize,
    /// Whether the task at hand was decided before.
    pub(in crate::sdk) replaying: bool,
    /// For the completion of the task at hand.
    pub(in crate::sdk) execution_context: Option<Data>,
    /// What does not fit the history, found while the future ran.
    pub(in crate::sdk) misfit: Option<Nondeterminism>,
    pub(super) scopes: Scopes,
    pub(super) inboxes: BTreeMap<Text, Inbox>,
    /// Boxed: a map keeps room for eleven, and most runs have one or two.
    pub(super) operations: BTreeMap<OperationId, Box<Operation>>,
    /// The event that stands for an operation, to the operation.
    pub(super) by_event: foldhash::HashMap<EventId, OperationId>,
    pub(super) commands: Vec<Command>,
    /// To be woken before the future is polled.
    pub(super) woken: Vec<Waker>,
    /// The future is being dropped with the run: what it drops is no decision.
    pub(super) discarded: bool,
    pub(super) next_operation: OperationId,
    next_number: u64,
    patches: HashMap<Text, bool>,
    /// The markers that the task at hand left in the history, when it is replayed.
    side_effects: VecDeque<(EventId, Data)>,
    recorded_patches: Vec<Data>,
    task_completed: EventId,
}

impl State {
    pub(super) fn new(
        domain: Text,
        execution: WorkflowExecution,
        started: WorkflowExecutionStarted,
        data_chars: usize,
    ) -> Self {
        State {
            random: SplitMix64::from_run(execution.run_id),
            domain,
            execution,
            started,
            now: Timestamp::default(),
            data_chars,
            replaying: false,
            execution_context: None,
            misfit: None,
            scopes: Scopes::new(),
            inboxes: BTreeMap::new(),
            operations: BTreeMap::new(),
            by_event: HashMap::default(),
            commands: Vec::new(),
            woken: Vec::new(),
            discarded: false,
            next_operation: 0,
            next_number: 0,
            patches: HashMap::new(),
            side_effects: VecDeque::new(),
            recorded_patches: Vec::new(),
            task_completed: 0,
        }
    }

    /// A task begins: `answer` is what followed it in the history, from its `DecisionTaskCompleted` on.
    pub(super) fn begin_task(&mut self, now: Timestamp, answer: Option<&[Event]>) {
        self.now = now;
        self.replaying = answer.is_some();
        self.execution_context = None;
        self.side_effects.clear();
        self.recorded_patches.clear();
        let Some((completed, following)) = answer.and_then(<[Event]>::split_first) else {
            return;
        };
        self.task_completed = completed.id;
        for event in following {
            match &event.attributes {
                EventAttributes::DecisionTaskStarted(_) | EventAttributes::DecisionTaskCompleted(_) => break,
                EventAttributes::MarkerRecorded(marker) => {
                    let details = marker.details.clone().unwrap_or_default();
                    match &*marker.marker_name {
                        SIDE_EFFECT_MARKER => self.side_effects.push_back((event.id, details)),
                        PATCH_MARKER => self.recorded_patches.push(details),
                        _ => {}
                    }
                }
                _ => {}
            }
        }
    }

    /// The next number of this run's sequence, for ids.
    pub(in crate::sdk) fn number(&mut self) -> u64 {
        self.next_number += 1;
        self.next_number
    }

    /// A decision that nothing waits for.
    pub(in crate::sdk) fn decide(&mut self, decision: impl Into<Decision>) {
        self.command(Command {
            decision: decision.into(),
            begins: None,
            cancels: None,
        });
    }

    /// A decision more. Most tasks have one, which is kept until the next task: a vector would make room for four.
    pub(super) fn command(&mut self, command: Command) {
        if self.commands.is_empty() {
            self.commands.reserve_exact(1);
        }
        self.commands.push(command);
    }

    /// The recorded side effect that comes next in the task that is replayed.
    pub(in crate::sdk) fn replayed_side_effect(&mut self) -> Option<(EventId, Data)> {
        self.side_effects.pop_front()
    }

    /// The code does something that is not what the history has. The first misfit counts.
    pub(in crate::sdk) fn misfits(&mut self, event_id: Option<EventId>, expected: String, actual: String) {
        let event_id = event_id.unwrap_or(self.task_completed);
        let execution = self.execution.clone();
        self.misfit.get_or_insert(Nondeterminism {
            execution,
            event_id,
            expected,
            actual,
        });
    }

    /// Whether the run takes the patched path; decided once a run and id.
    pub(in crate::sdk) fn patched(&mut self, id: &str) -> bool {
        if let Some(&patched) = self.patches.get(id) {
            return patched;
        }
        let patched = !self.replaying || self.recorded_patches.iter().any(|recorded| &**recorded == id);
        self.patches.insert(id.into(), patched);
        if patched {
            self.decide(RecordMarker {
                marker_name: PATCH_MARKER.into(),
                details: Some(id.into()),
            });
        }
        patched
    }

    pub(in crate::sdk) fn open_scope(&mut self, parent: Option<ScopeId>) -> ScopeId {
        self.scopes.open(parent)
    }

    pub(in crate::sdk) fn is_cancelled(&self, scope: ScopeId) -> bool {
        self.scopes.is_cancelled(scope)
    }

    pub(in crate::sdk) fn wait_cancelled(&mut self, scope: ScopeId, waker: &Waker) {
        self.scopes.wait(scope, waker);
    }

    /// The next signal of that name, if one has arrived.
    pub(in crate::sdk) fn take_signal(&mut self, name: &Text) -> Option<Option<Data>> {
        self.inboxes.get_mut(name)?.queue.pop_front()
    }

    /// Wakes this waker at the next signal of that name, and when a scope is cancelled.
    pub(in crate::sdk) fn wait_signal(&mut self, name: &Text, waker: &Waker) {
        let inbox = self.inboxes.entry(name.clone()).or_default();
        super::scope::remember(&mut inbox.waiting, waker);
    }

    /// The names of the signals that are waited for.
    pub(super) fn awaited_signals(&self) -> Vec<Text> {
        let awaited = self.inboxes.iter().filter(|(_, inbox)| !inbox.waiting.is_empty());
        awaited.map(|(name, _)| name.clone()).collect()
    }

    /// What this state takes, by estimate, in bytes.
    pub(super) fn weight(&self) -> usize {
        let signals: usize = self
            .inboxes
            .values()
            .flat_map(|inbox| &inbox.queue)
            .map(|input| 16 + input.as_ref().map_or(0, |input| input.len()))
            .sum();
        let operations = self.operations.len() * (size_of::<Operation>() + 64);
        size_of::<State>() + signals + operations + self.started.input.as_ref().map_or(0, |input| input.len())
    }
}
