//! A second opinion: a plain reading of a history that knows nothing of [`super::Execution`].

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    ActivityTaskScheduled, ActivityTaskTimeoutType, DecisionTaskTimeoutType, Event, EventAttributes as E,
    EventId, Timeout, Timestamp, WorkflowExecutionStarted,
};

/// What is open by the events seen so far. Every rule that an event breaks is a panic.
#[derive(Default)]
pub(super) struct Oracle {
    pub(super) last_id: EventId,
    last_at: Timestamp,
    run: Option<(WorkflowExecutionStarted, Timestamp)>,
    waiting: Option<(EventId, Option<Timestamp>)>,
    started: Option<(EventId, EventId, Timestamp)>,
    activities: BTreeMap<EventId, Activity>,
    timers: BTreeMap<EventId, Timestamp>,
    children: BTreeSet<EventId>,
    children_started: BTreeSet<EventId>,
    asked: BTreeSet<EventId>,
    closed: bool,
    owed: bool,
    failed: bool,
}

struct Activity {
    scheduled: ActivityTaskScheduled,
    at: Timestamp,
    started: Option<(EventId, Timestamp)>,
}

impl Oracle {
    /// Takes the events of one command.
    pub(super) fn observe(&mut self, events: &[Event]) {
        self.failed = false;
        for event in events {
            assert_eq!(event.id, self.last_id + 1, "ids are contiguous");
            assert!(event.at >= self.last_at, "timestamps never decrease");
            assert!(!self.closed, "nothing follows the close: {event:?}");
            let is_task = matches!(event.attributes, E::DecisionTaskScheduled(_));
            if self.owed {
                assert!(
                    is_task,
                    "a decision task directly follows what calls for it, not {event:?}"
                );
                assert_eq!(event.at, self.last_at, "at the same time");
            } else if is_task && self.last_id > 0 {
                let last = events.last().map(|last| last.id);
                assert!(
                    self.failed && last == Some(event.id),
                    "nothing calls for {event:?}"
                );
            }
            self.last_id = event.id;
            self.last_at = event.at;
            self.owed = false;
            self.take(event);
        }
        assert!(!self.owed, "what calls for a decision gets a decision task");
        assert!(
            !self.failed || self.closed || self.waiting.is_some(),
            "a failed decision is told"
        );
    }

    fn call(&mut self) {
        self.owed = self.waiting.is_none();
    }

    fn close(&mut self) {
        self.closed = true;
    }

    fn take(&mut self, event: &Event) {
        let (id, at) = (event.id, event.at);
        match &event.attributes {
            E::WorkflowExecutionStarted(e) => {
                assert_eq!(id, 1);
                self.run = Some((e.clone(), at));
                self.call();
            }
            E::WorkflowExecutionTimedOut(_) => {
                let (started, from) = self.run.as_ref().unwrap();
                assert!(at >= after(*from, started.execution_start_to_close_timeout).unwrap());
                self.close();
            }
            E::WorkflowExecutionTerminated(_) => self.close(),
            E::WorkflowExecutionCompleted(_)
            | E::WorkflowExecutionFailed(_)
            | E::WorkflowExecutionCanceled(_)
            | E::WorkflowExecutionContinuedAsNew(_) => {
                assert!(self.waiting.is_none(), "nothing unhandled at the close");
                self.close();
            }
            E::WorkflowExecutionSignaled(_) | E::WorkflowExecutionCancelRequested(_) => self.call(),
            E::DecisionTaskScheduled(_)
            | E::DecisionTaskStarted(_)
            | E::DecisionTaskCompleted(_)
            | E::DecisionTaskTimedOut(_) => self.take_decision_task(event),
            E::ActivityTaskScheduled(_)
            | E::ActivityTaskStarted(_)
            | E::ActivityTaskCompleted(_)
            | E::ActivityTaskFailed(_)
            | E::ActivityTaskTimedOut(_)
            | E::ActivityTaskCanceled(_)
            | E::ActivityTaskCancelRequested(_) => self.take_activity_task(event),
            E::TimerStarted(e) => {
                self.timers
                    .insert(id, after(at, Some(e.start_to_fire_timeout)).unwrap());
            }
            E::TimerFired(e) => {
                let fires_at = self
                    .timers
                    .remove(&e.started_event_id)
                    .expect("a timer ends once");
                assert!(at >= fires_at, "never early");
                self.call();
            }
            E::TimerCanceled(e) => assert!(self.timers.remove(&e.started_event_id).is_some()),
            E::MarkerRecorded(_) => {}
            E::SignalExternalWorkflowExecutionInitiated(_)
            | E::RequestCancelExternalWorkflowExecutionInitiated(_) => assert!(self.asked.insert(id)),
            E::ExternalWorkflowExecutionSignaled(e) => self.answered(e.initiated_event_id),
            E::ExternalWorkflowExecutionCancelRequested(e) => self.answered(e.initiated_event_id),
            E::SignalExternalWorkflowExecutionFailed(e) if e.initiated_event_id == 0 => self.failed = true,
            E::SignalExternalWorkflowExecutionFailed(e) => self.answered(e.initiated_event_id),
            E::RequestCancelExternalWorkflowExecutionFailed(e) if e.initiated_event_id == 0 => {
                self.failed = true
            }
            E::RequestCancelExternalWorkflowExecutionFailed(e) => self.answered(e.initiated_event_id),
            E::StartChildWorkflowExecutionInitiated(_) => assert!(self.children.insert(id)),
            E::StartChildWorkflowExecutionFailed(e) if e.initiated_event_id == 0 => self.failed = true,
            E::StartChildWorkflowExecutionFailed(e) => self.answered_child(e.initiated_event_id, None),
            E::ChildWorkflowExecutionStarted(e) => {
                assert!(self.children.contains(&e.initiated_event_id));
                assert!(self.children_started.insert(id));
                self.call();
            }
            E::ChildWorkflowExecutionCompleted(e) => {
                self.answered_child(e.initiated_event_id, Some(e.started_event_id));
            }
            E::ChildWorkflowExecutionFailed(e) => {
                self.answered_child(e.initiated_event_id, Some(e.started_event_id));
            }
            E::ChildWorkflowExecutionTimedOut(e) => {
                self.answered_child(e.initiated_event_id, Some(e.started_event_id));
            }
            E::ChildWorkflowExecutionCanceled(e) => {
                self.answered_child(e.initiated_event_id, Some(e.started_event_id));
            }
            E::ChildWorkflowExecutionTerminated(e) => {
                self.answered_child(e.initiated_event_id, Some(e.started_event_id));
            }
            E::CompleteWorkflowExecutionFailed(_)
            | E::FailWorkflowExecutionFailed(_)
            | E::CancelWorkflowExecutionFailed(_)
            | E::ContinueAsNewWorkflowExecutionFailed(_)
            | E::ScheduleActivityTaskFailed(_)
            | E::RequestCancelActivityTaskFailed(_)
            | E::RecordMarkerFailed(_)
            | E::StartTimerFailed(_)
            | E::CancelTimerFailed(_)
            | E::ScheduleLambdaFunctionFailed(_) => self.failed = true,
            E::LambdaFunctionScheduled(_)
            | E::LambdaFunctionStarted(_)
            | E::LambdaFunctionCompleted(_)
            | E::LambdaFunctionFailed(_)
            | E::LambdaFunctionTimedOut(_)
            | E::StartLambdaFunctionFailed(_) => panic!("no Lambda function is ever called"),
        }
    }

    fn take_decision_task(&mut self, event: &Event) {
        let (id, at) = (event.id, event.at);
        match &event.attributes {
            E::DecisionTaskScheduled(e) => {
                assert!(self.waiting.is_none(), "at most one decision task waits");
                self.waiting = Some((id, after(at, e.schedule_to_start_timeout)));
            }
            E::DecisionTaskStarted(e) => {
                assert!(self.started.is_none(), "at most one decision task is started");
                let (scheduled, _) = self.waiting.take().unwrap();
                assert_eq!(scheduled, e.scheduled_event_id);
                self.started = Some((scheduled, id, at));
            }
            E::DecisionTaskCompleted(e) => {
                let (scheduled, started, _) = self.started.take().expect("a decision task ends once");
                assert_eq!((scheduled, started), (e.scheduled_event_id, e.started_event_id));
            }
            E::DecisionTaskTimedOut(e) => {
                let (ended, deadline) = match e.timeout_type {
                    DecisionTaskTimeoutType::StartToClose => {
                        let (scheduled, started, from) = self.started.take().unwrap();
                        ((scheduled, started), self.decision_deadline(from))
                    }
                    DecisionTaskTimeoutType::ScheduleToStart => {
                        let (scheduled, deadline) = self.waiting.take().unwrap();
                        ((scheduled, 0), deadline)
                    }
                };
                assert_eq!(ended, (e.scheduled_event_id, e.started_event_id));
                assert!(at >= deadline.unwrap(), "never early");
                self.call();
            }
            _ => unreachable!(),
        }
    }

    fn take_activity_task(&mut self, event: &Event) {
        let (id, at) = (event.id, event.at);
        match &event.attributes {
            E::ActivityTaskScheduled(e) => {
                let mut open = self.activities.values();
                assert!(
                    open.all(|open| open.scheduled.activity_id != e.activity_id),
                    "an id is open once"
                );
                self.activities.insert(
                    id,
                    Activity {
                        scheduled: e.clone(),
                        at,
                        started: None,
                    },
                );
            }
            E::ActivityTaskStarted(e) => {
                let activity = self.activities.get_mut(&e.scheduled_event_id).unwrap();
                assert!(activity.started.replace((id, at)).is_none(), "handed out once");
            }
            E::ActivityTaskCancelRequested(e) => {
                let mut open = self.activities.values();
                assert!(open.any(|open| open.scheduled.activity_id == e.activity_id));
            }
            E::ActivityTaskCompleted(e) => self.end_activity(e.scheduled_event_id, e.started_event_id),
            E::ActivityTaskFailed(e) => self.end_activity(e.scheduled_event_id, e.started_event_id),
            E::ActivityTaskCanceled(e) => self.end_activity(e.scheduled_event_id, e.started_event_id),
            E::ActivityTaskTimedOut(e) => {
                let clocks = self.activities[&e.scheduled_event_id].clocks();
                let (_, deadline) = clocks.iter().find(|(kind, _)| *kind == e.timeout_type).unwrap();
                assert!(at >= *deadline, "never early");
                assert!(
                    clocks.iter().all(|(_, other)| deadline <= other),
                    "the earliest clock is reported"
                );
                self.end_activity(e.scheduled_event_id, e.started_event_id);
            }
            _ => unreachable!(),
        }
    }

    fn end_activity(&mut self, scheduled: EventId, started: EventId) {
        let activity = self.activities.remove(&scheduled).expect("an activity ends once");
        assert_eq!(
            activity.started.map_or(0, |(id, _)| id),
            started,
            "by the attempt that has it"
        );
        self.call();
    }

    fn answered(&mut self, initiated: EventId) {
        assert!(self.asked.remove(&initiated), "answered once");
        self.call();
    }

    fn answered_child(&mut self, initiated: EventId, started: Option<EventId>) {
        assert!(self.children.remove(&initiated), "a child ends once");
        assert!(started.is_none_or(|started| self.children_started.remove(&started)));
        self.call();
    }

    fn decision_deadline(&self, from: Timestamp) -> Option<Timestamp> {
        let (started, _) = self.run.as_ref()?;
        after(from, started.task_start_to_close_timeout)
    }

    /// The earliest of all clocks, by looking at every one.
    pub(super) fn next_deadline(&self) -> Option<Timestamp> {
        if self.closed {
            return None;
        }
        let (started, from) = self.run.as_ref()?;
        let mut deadlines: Vec<Option<Timestamp>> =
            vec![after(*from, started.execution_start_to_close_timeout)];
        deadlines.push(self.waiting.and_then(|(_, deadline)| deadline));
        deadlines.push(self.started.and_then(|(_, _, from)| self.decision_deadline(from)));
        deadlines.extend(self.timers.values().copied().map(Some));
        deadlines.extend(
            self.activities
                .values()
                .flat_map(Activity::clocks)
                .map(|(_, at)| Some(at)),
        );
        deadlines.into_iter().flatten().min()
    }
}

impl Activity {
    fn clocks(&self) -> Vec<(ActivityTaskTimeoutType, Timestamp)> {
        use ActivityTaskTimeoutType::{Heartbeat, ScheduleToClose, ScheduleToStart, StartToClose};
        let scheduled = &self.scheduled;
        let mut clocks = vec![(
            ScheduleToClose,
            after(self.at, scheduled.schedule_to_close_timeout),
        )];
        match self.started {
            None => clocks.push((
                ScheduleToStart,
                after(self.at, scheduled.schedule_to_start_timeout),
            )),
            Some((_, from)) => {
                clocks.push((StartToClose, after(from, scheduled.start_to_close_timeout)));
                clocks.push((Heartbeat, after(from, scheduled.heartbeat_timeout)));
            }
        }
        clocks
            .into_iter()
            .filter_map(|(kind, at)| Some((kind, at?)))
            .collect()
    }
}

fn after(from: Timestamp, timeout: Option<Timeout>) -> Option<Timestamp> {
    match timeout? {
        Timeout::Seconds(seconds) => Some(Timestamp(from.0 + i64::from(seconds) * 1000)),
        Timeout::None => None,
    }
}
