//! The engine of a test.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::core::Command;
use crate::model::{Event, Fault, RunId, Text, Timestamp, WorkflowExecutionTerminatedCause};

use super::super::client::{Close, new_run};
use super::super::run::WorkflowDecider;
use super::super::{Activities, Activity, ActivityError, RunFailure, Workflow, Workflows, payload};
use super::activities::{Answers, Attempt, Disturbance, Performer, registered};
use super::steps::after;
use super::turbulence::Turbulence;
use super::world::World;
use super::{Recording, Stuck};

type Plan = Box<dyn FnOnce(&mut TestEngine)>;

/// An engine in memory, on virtual time. Everything happens in one thread, in an order that does not change.
///
/// Activities begin as soon as they are scheduled and take no time, unless a stub says so. Real activities run on a
/// tokio runtime of the engine's own, so a test that uses them must not be on one itself.
pub struct TestEngine {
    pub(super) world: World,
    pub(super) workflows: Workflows,
    pub(super) decider: WorkflowDecider,
    pub(super) performer: Performer,
    pub(super) answers: Answers,
    pub(super) plans: BTreeMap<(Timestamp, u64), Plan>,
    pub(super) sequence: u64,
    pub(super) turbulence: Option<Turbulence>,
}

impl TestEngine {
    /// An engine that decides these workflows.
    pub fn new(workflows: Workflows) -> Self {
        let mut world = World::new();
        for (of, defaults) in workflows.registrations() {
            world.types.workflows.insert(of, registered(defaults));
        }
        TestEngine {
            world,
            decider: WorkflowDecider::new(workflows.clone()),
            workflows,
            performer: Performer::new(),
            answers: Answers::new(),
            plans: BTreeMap::new(),
            sequence: 0,
            turbulence: None,
        }
    }

    /// Does these activities really.
    pub fn activities(mut self, activities: Activities) -> Self {
        self.performer.use_real(activities, &mut self.world);
        self
    }

    /// Has an activity done by a function of its input and the number of the attempt, in no time.
    pub fn stub<A: Activity>(
        self,
        stub: impl Fn(A, u32) -> Result<A::Output, ActivityError> + Send + Sync + 'static,
    ) -> Self {
        self.stub_taking(Duration::ZERO, stub)
    }

    /// Has an activity done by a function, in so much virtual time.
    pub fn stub_taking<A: Activity>(
        mut self,
        takes: Duration,
        stub: impl Fn(A, u32) -> Result<A::Output, ActivityError> + Send + Sync + 'static,
    ) -> Self {
        self.performer.use_stub(&mut self.world, takes, stub);
        self
    }

    /// Lets something go wrong with the activities.
    pub fn disturb(mut self, disturbance: Disturbance) -> Self {
        self.performer.disturbance = disturbance;
        self
    }

    /// Lets decisions race with other events, be lost and be replayed, as this seed draws it.
    pub fn turbulent(mut self, seed: u64) -> Self {
        self.turbulence = Some(Turbulence::new(seed));
        self
    }

    /// Starts a workflow and runs it to its end.
    ///
    /// # Errors
    /// How it ended without a result.
    ///
    /// # Panics
    /// When it can't go on: see [`TestEngine::run_until_closed`].
    pub fn run<W: Workflow>(&mut self, workflow_id: &str, input: &W) -> Result<W::Output, RunFailure> {
        self.start(workflow_id, input)?;
        self.result::<W>(workflow_id)
    }

    /// Starts a workflow; nothing of it happens yet.
    ///
    /// # Errors
    /// As a client's start.
    pub fn start<W: Workflow>(&mut self, workflow_id: &str, input: &W) -> Result<RunId, RunFailure> {
        let new = new_run(input, W::options(), Vec::new(), self.world.limits.data_chars)?;
        Ok(self.world.start(workflow_id.into(), &new)?)
    }

    /// Runs until the workflow and all that continues it has ended.
    ///
    /// # Errors
    /// How it ended without a result.
    ///
    /// # Panics
    /// When it can't go on: see [`TestEngine::run_until_closed`].
    pub fn result<W: Workflow>(&mut self, workflow_id: &str) -> Result<W::Output, RunFailure> {
        if let Err(stuck) = self.run_until_closed(workflow_id) {
            panic!("{stuck}");
        }
        match self
            .history(workflow_id)
            .last()
            .map(|event| Close::of(&event.attributes))
        {
            Some(Close::Result(result)) => Ok(payload::read("the workflow's result", result.as_ref())?),
            Some(Close::Failure(failure)) => Err(failure),
            Some(Close::ContinuedAs(_)) | None => Err(Fault::unknown_workflow(workflow_id).into()),
        }
    }

    /// Runs until the workflow and all that continues it has ended, however much time that takes.
    ///
    /// # Errors
    /// It can't go on: nothing is under way that could end its waiting but its own execution timeout (to see that,
    /// let the time pass with [`TestEngine::run_for`]), or its code can't decide.
    pub fn run_until_closed(&mut self, workflow_id: &str) -> Result<(), Stuck> {
        loop {
            let unknown = || Stuck::Unknown {
                workflow_id: workflow_id.into(),
            };
            let run_id = self.world.latest(workflow_id).ok_or_else(unknown)?;
            if !self.world.runs[&run_id].execution.is_open() {
                return Ok(());
            }
            if self.act()? {
                continue;
            }
            if self.is_stuck(run_id) || !self.pass_time(None)? {
                return Err(self.waits(run_id));
            }
        }
    }

    /// Does all that can be done without time passing.
    ///
    /// # Errors
    /// A workflow's code can't decide.
    pub fn settle(&mut self) -> Result<(), Stuck> {
        while self.act()? {}
        Ok(())
    }

    /// Lets so much time pass, and all that happens in it.
    ///
    /// # Errors
    /// A workflow's code can't decide.
    pub fn run_for(&mut self, duration: Duration) -> Result<(), Stuck> {
        let end = after(self.world.now, duration);
        while self.act()? || self.pass_time(Some(end))? {}
        self.world.now = end;
        Ok(())
    }

    /// Plans something for when so much time has passed, such as a signal or a cancel request.
    pub fn plan(&mut self, delay: Duration, action: impl FnOnce(&mut TestEngine) + 'static) {
        let key = self.key(after(self.world.now, delay));
        self.plans.insert(key, Box::new(action));
    }

    /// Signals the open run of a workflow id.
    ///
    /// # Errors
    /// As a client's signal.
    pub fn signal<T: Serialize>(
        &mut self,
        workflow_id: &str,
        name: &str,
        input: &T,
    ) -> Result<(), RunFailure> {
        let input = Some(payload::write(
            "the signal's input",
            input,
            self.world.limits.data_chars,
        )?);
        let command = Command::Signal {
            signal_name: name.into(),
            input,
        };
        self.command(workflow_id, &command)
    }

    /// Asks the open run of a workflow id to cancel itself.
    ///
    /// # Errors
    /// No run is open.
    pub fn cancel(&mut self, workflow_id: &str) -> Result<(), RunFailure> {
        self.command(workflow_id, &Command::RequestCancel)
    }

    /// Terminates the open run of a workflow id.
    ///
    /// # Errors
    /// No run is open.
    pub fn terminate(&mut self, workflow_id: &str, reason: &str) -> Result<(), RunFailure> {
        let cause = WorkflowExecutionTerminatedCause::OperatorInitiated;
        let reason = Some(reason.into());
        self.command(
            workflow_id,
            &Command::Terminate {
                reason,
                details: None,
                child_policy: None,
                cause,
            },
        )
    }

    fn command(&mut self, workflow_id: &str, command: &Command) -> Result<(), RunFailure> {
        let run_id = self.world.open(workflow_id)?;
        Ok(self.world.command(run_id, command)?)
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.world.now
    }

    /// The history of the run of a workflow id that began last; empty if there is none.
    pub fn history(&self, workflow_id: &str) -> &[Event] {
        self.world
            .latest(workflow_id)
            .map_or(&[], |run_id| &self.world.runs[&run_id].history)
    }

    /// The history of every run of a workflow id, to be kept and replayed; oldest first.
    pub fn recordings(&self, workflow_id: &str) -> Vec<Recording> {
        let runs = self
            .world
            .runs
            .values()
            .filter(|run| &*run.execution.id.workflow_id == workflow_id);
        runs.map(|run| Recording::new(self.world.domain.clone(), run.execution.id.clone(), &run.history))
            .collect()
    }

    /// The workflow ids of all runs, in the order in which they began.
    pub fn workflow_ids(&self) -> Vec<Text> {
        self.world
            .runs
            .values()
            .map(|run| run.execution.id.workflow_id.clone())
            .collect()
    }

    /// The attempts at activities, in order.
    pub fn attempts(&self) -> &[Attempt] {
        &self.performer.attempts
    }

    /// How often activities of that name were attempted.
    pub fn attempts_of<A: Activity>(&self) -> usize {
        self.attempts()
            .iter()
            .filter(|attempt| &*attempt.activity == A::NAME)
            .count()
    }
}
