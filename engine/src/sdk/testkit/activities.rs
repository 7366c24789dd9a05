//! How a test's activities are done: really, by a stub, or badly.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::model::{
    ActivityTaskScheduled, ActivityType, Data, RegistrationStatus, Text, Timeout, Timestamp, TypeRecord,
    WorkflowExecution,
};

use super::super::activity::type_of;
use super::super::call::attempt_of;
use super::super::{Activities, Activity, ActivityError, ActivityTask, payload};
use super::world::World;

/// An attempt at an activity, as it was made.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// The workflow id of its run.
    pub workflow_id: Text,
    /// The name of its type.
    pub activity: Text,
    /// 1 for the first.
    pub attempt: u32,
    /// Its input.
    pub input: Option<Data>,
}

/// What goes wrong with the activities of a test.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Disturbance {
    /// Nothing.
    #[default]
    None,
    /// Attempt `n` (from 0, over all runs) fails before it does anything; another may help.
    FailOnce(usize),
    /// The activity of attempt `n` fails for good before it does anything.
    Fail(usize),
    /// Attempt `n` is never made: its worker died, and it times out.
    Lose(usize),
    /// Attempt `n` is made, but its worker dies before it answers, and it times out.
    LoseAnswer(usize),
    /// Every attempt is made twice; the second answer counts.
    Twice,
}

impl fmt::Display for Disturbance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Disturbance::None => f.write_str("no disturbance"),
            Disturbance::FailOnce(n) => write!(f, "attempt {n} fails, another may help"),
            Disturbance::Fail(n) => write!(f, "attempt {n} fails for good"),
            Disturbance::Lose(n) => write!(f, "attempt {n} is lost before it begins"),
            Disturbance::LoseAnswer(n) => write!(f, "the answer of attempt {n} is lost"),
            Disturbance::Twice => f.write_str("every attempt is made twice"),
        }
    }
}

type StubFn = Arc<dyn Fn(Option<&Data>, u32) -> Result<Data, ActivityError> + Send + Sync>;

struct Stub {
    run: StubFn,
    takes: Duration,
}

/// What does the activities of a test.
pub(super) struct Performer {
    activities: Activities,
    stubs: HashMap<ActivityType, Stub>,
    runtime: Option<tokio::runtime::Runtime>,
    pub(super) disturbance: Disturbance,
    pub(super) attempts: Vec<Attempt>,
}

/// What comes of an attempt, and after what time.
pub(super) struct Performed {
    /// `None`: nobody ever answers.
    pub(super) answer: Option<Result<Data, ActivityError>>,
    pub(super) takes: Duration,
}

impl Performer {
    pub(super) fn new() -> Self {
        Performer {
            activities: Activities::new(),
            stubs: HashMap::new(),
            runtime: None,
            disturbance: Disturbance::None,
            attempts: Vec::new(),
        }
    }

    pub(super) fn use_real(&mut self, activities: Activities, world: &mut World) {
        for (of, defaults) in activities.registrations() {
            world.types.activities.insert(of, registered(defaults));
        }
        self.activities = activities;
    }

    pub(super) fn use_stub<A: Activity>(
        &mut self,
        world: &mut World,
        takes: Duration,
        stub: impl Fn(A, u32) -> Result<A::Output, ActivityError> + Send + Sync + 'static,
    ) {
        let limit = world.limits.data_chars;
        let run: StubFn = Arc::new(move |input, attempt| {
            let malformed = |error: super::super::PayloadError| {
                ActivityError::permanent(error.reason(), error.to_string())
            };
            let input = payload::read("the activity's input", input).map_err(malformed)?;
            payload::write("the activity's result", &stub(input, attempt)?, limit).map_err(malformed)
        });
        world
            .types
            .activities
            .insert(type_of::<A>(), registered(A::options().defaults()));
        self.stubs.insert(type_of::<A>(), Stub { run, takes });
    }

    /// Makes an attempt.
    pub(super) fn perform(
        &mut self,
        execution: &WorkflowExecution,
        scheduled: &ActivityTaskScheduled,
        now: Timestamp,
    ) -> Performed {
        let number = self.attempts.len();
        self.attempts.push(Attempt {
            workflow_id: execution.workflow_id.clone(),
            activity: scheduled.activity_type.name.clone(),
            attempt: attempt_of(&scheduled.activity_id),
            input: scheduled.input.clone(),
        });
        let takes = self
            .stubs
            .get(&scheduled.activity_type)
            .map_or(Duration::ZERO, |stub| stub.takes);
        let times_out = scheduled
            .start_to_close_timeout
            .and_then(Timeout::seconds)
            .is_some()
            || scheduled.heartbeat_timeout.and_then(Timeout::seconds).is_some();
        // What has no timeout can't be lost: the engine's user would wait for ever, and so would the test.
        let lost = || (!times_out).then(|| Err(ActivityError::retryable("disturbed", "the worker died")));
        let answer = match self.disturbance {
            Disturbance::FailOnce(n) if n == number => Some(Err(ActivityError::retryable(
                "disturbed",
                "the test lets this attempt fail",
            ))),
            Disturbance::Fail(n) if n == number => Some(Err(ActivityError::permanent(
                "disturbed",
                "the test lets this activity fail",
            ))),
            Disturbance::Lose(n) if n == number => lost(),
            Disturbance::LoseAnswer(n) if n == number => {
                drop(self.run(execution, scheduled, now));
                lost()
            }
            Disturbance::Twice => {
                drop(self.run(execution, scheduled, now));
                Some(self.run(execution, scheduled, now))
            }
            _ => Some(self.run(execution, scheduled, now)),
        };
        Performed { answer, takes }
    }

    fn run(
        &mut self,
        execution: &WorkflowExecution,
        scheduled: &ActivityTaskScheduled,
        now: Timestamp,
    ) -> Result<Data, ActivityError> {
        let of = &scheduled.activity_type;
        if let Some(stub) = self.stubs.get(of) {
            return (stub.run)(scheduled.input.as_ref(), attempt_of(&scheduled.activity_id));
        }
        let (beats, _beaten) = watch::channel(None);
        let deadline = scheduled
            .start_to_close_timeout
            .and_then(|limit| now.after(limit));
        let activity_id = scheduled.activity_id.clone();
        let task = ActivityTask::new(
            execution.clone(),
            activity_id,
            deadline,
            beats,
            CancellationToken::new(),
        );
        let runtime = self.runtime.get_or_insert_with(|| {
            let mut builder = tokio::runtime::Builder::new_current_thread();
            builder
                .enable_all()
                .build()
                .expect("a runtime needs only threads and descriptors")
        });
        runtime.block_on(self.activities.run(of, task, scheduled.input.clone()))
    }
}

/// A type as if it had been registered when the test began.
pub(super) fn registered<D>(defaults: D) -> TypeRecord<D> {
    TypeRecord {
        status: RegistrationStatus::Registered,
        description: None,
        created: Timestamp::default(),
        deprecated: None,
        defaults,
    }
}

/// Answers that are under way, by when they are handed in.
pub(super) type Answers = BTreeMap<(Timestamp, u64), Answer>;

/// An answer that is under way.
pub(super) struct Answer {
    pub(super) run_id: crate::model::RunId,
    pub(super) scheduled_event_id: u64,
    pub(super) started_event_id: u64,
    pub(super) done: Result<Data, ActivityError>,
}
