//! Several runs that start, signal, cancel and end each other, with a queue of messages between them.

use std::collections::{BTreeMap, HashMap, VecDeque};

use proptest::collection::vec;
use proptest::prelude::*;

use super::run::{new_run, run_id, text};
use crate::core::generate::{self, EPOCH, Move, Script};
use crate::core::{Command, Execution, Rules, begin, messages, start, step, successor};
use crate::model::{
    ChildPolicy, DomainTypes, Event, EventAttributes, Limits, Message, Recipient, RunId,
    StartChildWorkflowExecutionFailedCause, Text, Timestamp, WorkflowExecution, WorkflowExecutionStarted,
};

proptest! {
    /// Messages of one run arrive in order, those of different runs in any. Whenever all have arrived, nobody
    /// waits for an answer, parents and children know of each other, and no child outlives a policy of `TERMINATE`;
    /// this holds until the clocks have ended the last run.
    #[test]
    fn runs_agree_about_each_other(script in generate::scripts(120), picks in vec(any::<usize>(), 120)) {
        let mut world = World::new();
        world.play(&script, &picks);
        world.check();
        while world.ring_next() {
            world.check();
        }
    }
}

struct World {
    limits: Limits,
    types: DomainTypes,
    runs: BTreeMap<RunId, Execution>,
    ends: HashMap<RunId, Event>,
    open: HashMap<Text, RunId>,
    sent: BTreeMap<RunId, VecDeque<(Recipient, Message)>>,
    now: Timestamp,
    last_run: u128,
}

impl World {
    fn new() -> World {
        let mut world = World {
            limits: generate::limits(),
            types: generate::types(),
            runs: BTreeMap::new(),
            ends: HashMap::new(),
            open: HashMap::new(),
            sent: BTreeMap::new(),
            now: EPOCH,
            last_run: 0,
        };
        for workflow_id in ["id0", "id1"] {
            let rules = Rules {
                limits: &world.limits,
                types: &world.types,
            };
            let started = start(&new_run(), &rules).unwrap();
            let id = WorkflowExecution {
                workflow_id: text(workflow_id),
                run_id: world.fresh(),
            };
            world.begin(id, started);
        }
        world
    }

    fn play(&mut self, script: &Script, picks: &[usize]) {
        for ((pause, next), pick) in script.moves.iter().zip(picks) {
            self.now = self.now.plus_millis(*pause);
            for _ in 0..pick % 4 {
                self.deliver_one(*pick / 4);
            }
            let run = *self.runs.keys().nth(pick % self.runs.len()).unwrap();
            self.give(run, next);
        }
    }

    /// Messages come from the runs themselves here, not from the script.
    fn give(&mut self, run: RunId, next: &Move) {
        let Some(mut command) = next.command(&self.runs[&run]) else {
            return;
        };
        match &mut command {
            Command::Deliver { .. } => return,
            Command::CompleteDecisionTask { successor, .. } => *successor = self.fresh(),
            _ => {}
        }
        // Refusals are as good as answers here.
        let _ = self.step(run, &command);
    }

    fn fresh(&mut self) -> RunId {
        self.last_run += 1;
        run_id("", self.last_run).run_id
    }

    fn begin(&mut self, id: WorkflowExecution, started: WorkflowExecutionStarted) {
        let run = id.run_id;
        let (execution, events) = begin(text("domain"), id.clone(), started, self.now);
        assert!(
            self.open.insert(id.workflow_id, run).is_none(),
            "one open run a workflow id"
        );
        self.runs.insert(run, execution);
        self.send(run, &events);
    }

    fn step(&mut self, run: RunId, command: &Command) -> bool {
        let rules = Rules {
            limits: &self.limits,
            types: &self.types,
        };
        let execution = self.runs.get_mut(&run).unwrap();
        let Ok(events) = step(execution, command, &rules, self.now) else {
            return false;
        };
        self.send(run, &events);
        let execution = &self.runs[&run];
        if let Some(last) = events.last().filter(|_| !execution.is_open()) {
            self.open.remove(&execution.id.workflow_id);
            if let EventAttributes::WorkflowExecutionContinuedAsNew(continued) = &last.attributes {
                let (id, started) = successor(execution, continued);
                self.begin(id, started);
            }
            self.ends.insert(run, last.clone());
        }
        true
    }

    fn send(&mut self, run: RunId, events: &[Event]) {
        let execution = &self.runs[&run];
        let sent = events.iter().flat_map(|event| messages(execution, event));
        self.sent.entry(run).or_default().extend(sent);
    }

    /// Delivers the oldest message of one of the runs that have any; false when none has.
    fn deliver_one(&mut self, pick: usize) -> bool {
        let mut queues: Vec<_> = self
            .sent
            .iter_mut()
            .filter(|(_, queue)| !queue.is_empty())
            .collect();
        if queues.is_empty() {
            return false;
        }
        let which = pick % queues.len();
        let (source, queue) = &mut queues[which];
        let (source, (recipient, message)) = (**source, queue.pop_front().unwrap());
        self.route(source, recipient, message);
        true
    }

    fn route(&mut self, source: RunId, recipient: Recipient, message: Message) {
        let target = match &recipient {
            Recipient::NewRun(workflow_id) => return self.start_child(source, workflow_id, message),
            Recipient::Run(execution) => Some(execution.run_id),
            Recipient::Workflow(workflow_id) => self.open.get(workflow_id).copied(),
            Recipient::ChildOfSource(workflow_id) => self.open.get(workflow_id).copied().filter(|run| {
                self.runs[run]
                    .parent()
                    .is_some_and(|parent| parent.execution.run_id == source)
            }),
        };
        let deliver = Command::Deliver {
            source,
            message: message.clone(),
        };
        if !target.is_some_and(|target| self.step(target, &deliver)) {
            self.answer_for_nobody(message);
        }
    }

    fn start_child(&mut self, source: RunId, workflow_id: &Text, message: Message) {
        let Message::StartChild(child) = message else {
            panic!("only a child is a new run")
        };
        if self.open.contains_key(workflow_id) {
            let failed = Message::ChildStartFailed {
                initiated_event_id: child.started.parent_initiated_event_id,
                cause: StartChildWorkflowExecutionFailedCause::WorkflowAlreadyRunning,
            };
            self.step(
                source,
                &Command::Deliver {
                    source,
                    message: failed,
                },
            );
        } else {
            let id = WorkflowExecution {
                workflow_id: child.workflow_id,
                run_id: self.fresh(),
            };
            self.begin(id, child.started);
        }
    }

    fn answer_for_nobody(&mut self, message: Message) {
        let (source, answer) = match message {
            Message::Signal {
                source,
                initiated_event_id,
                ..
            } => (
                source.run_id,
                Message::SignalAnswer {
                    initiated_event_id,
                    taken_by: None,
                },
            ),
            Message::RequestCancel {
                source,
                initiated_event_id,
            } => (
                source.run_id,
                Message::CancelAnswer {
                    initiated_event_id,
                    taken_by: None,
                },
            ),
            _ => return,
        };
        self.step(
            source,
            &Command::Deliver {
                source,
                message: answer,
            },
        );
    }

    /// Lets time pass until the next clock of any run rings; false when all runs have ended.
    fn ring_next(&mut self) -> bool {
        let next = self
            .runs
            .values()
            .filter_map(|run| Some((run.next_deadline()?, run.id.run_id)))
            .min();
        let Some((deadline, run)) = next else { return false };
        self.now = self.now.max(deadline);
        self.step(run, &Command::FireDue)
    }

    fn check(&mut self) {
        while self.deliver_one(0) {}
        for execution in self.runs.values().filter(|execution| execution.is_open()) {
            assert!(execution.external_signals.is_empty(), "every signal is answered");
            assert!(
                execution.external_cancels.is_empty(),
                "every cancel request is answered"
            );
            for (initiated, child) in &execution.children {
                let run = self
                    .open
                    .get(&child.initiated.workflow_id)
                    .map(|run| &self.runs[run]);
                let parent = run.and_then(Execution::parent).expect("an open child is there");
                assert_eq!(parent.execution, execution.id);
                assert_eq!(parent.initiated_event_id, *initiated);
                assert!(child.started.is_some(), "and its parent knows that it began");
            }
            if let Some(parent) = execution.parent() {
                self.check_parent(&parent.execution, parent.initiated_event_id);
            }
        }
    }

    fn check_parent(&self, parent: &WorkflowExecution, initiated: u64) {
        let parent = &self.runs[&parent.run_id];
        if parent.is_open() {
            assert!(
                parent.children.contains_key(&initiated),
                "an open parent knows its child"
            );
        }
        let policy = match self.ends.get(&parent.id.run_id).map(|end| &end.attributes) {
            Some(EventAttributes::WorkflowExecutionTerminated(end)) => end.child_policy,
            Some(EventAttributes::WorkflowExecutionTimedOut(end)) => end.child_policy,
            _ => return,
        };
        assert_ne!(policy, ChildPolicy::Terminate, "no child outlives this policy");
    }
}
