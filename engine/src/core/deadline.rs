//! The clocks of a run. Each thing that can time out has one entry in [`Execution`]'s clocks, at its earliest deadline.

use crate::model::{ActivityTaskTimeoutType, DecisionTaskTimeoutType, EventId, Timestamp};

use super::turn::Turn;
use super::{ActivityState, Execution, OpenActivity, StartedTask, WaitingDecision};

/// The most events that one `FireDue` writes; what is due beyond that waits for the next.
const MAX_EVENTS: usize = 1_000;

/// A clock writes at most two events (its own and a decision task) and the history limit may add one.
const EVENTS_PER_CLOCK: usize = 3;

/// The clock of the run itself, which no event but the first belongs to.
const EXECUTION: EventId = 0;

impl Turn<'_> {
    /// Rings every clock that is due by `now`, in the order of deadlines and, among equals, of event ids.
    pub(super) fn fire_due(&mut self, now: Timestamp) {
        while self.len() + EVENTS_PER_CLOCK <= MAX_EVENTS
            && let Some(&(deadline, id)) = self.execution.clocks.first()
            && deadline <= now
        {
            self.ring(id);
        }
    }

    fn ring(&mut self, id: EventId) {
        let execution = &mut *self.execution;
        if id == EXECUTION {
            self.time_out_execution();
        } else if let Some((activity, (_, timeout_type))) = execution
            .activities
            .get(&id)
            .and_then(|activity| Some((activity.clone(), activity.earliest()?)))
        {
            self.time_out_activity_task(id, &activity, timeout_type);
        } else if let Some(timer_id) = execution.timers.get(&id).map(|timer| timer.timer_id.clone()) {
            self.fire_timer(id, timer_id);
        } else if execution
            .decisions
            .waiting
            .as_ref()
            .is_some_and(|task| task.scheduled_event_id == id)
        {
            self.time_out_decision_task(DecisionTaskTimeoutType::ScheduleToStart, id, 0);
        } else if let Some(started) = execution.started_decision(id) {
            self.time_out_decision_task(DecisionTaskTimeoutType::StartToClose, id, started);
        } else {
            // Every clock belongs to something open. One that did not would ring for ever.
            execution.clocks.pop_first();
        }
    }
}

impl Execution {
    /// When the next clock of the run rings: a `FireDue` before has nothing to do. `None` once it is closed.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.clocks.first().map(|&(deadline, _)| deadline)
    }

    pub(super) fn arm(&mut self, id: EventId, deadline: Option<Timestamp>) {
        self.clocks.extend(deadline.map(|deadline| (deadline, id)));
    }

    pub(super) fn disarm(&mut self, id: EventId, deadline: Option<Timestamp>) {
        if let Some(deadline) = deadline {
            self.clocks.remove(&(deadline, id));
        }
    }

    pub(super) fn arm_execution(&mut self) {
        let timeout = self.started.execution_start_to_close_timeout;
        self.arm(
            EXECUTION,
            timeout.and_then(|timeout| self.started_at.after(timeout)),
        );
    }

    /// When a started decision task has to be answered.
    pub(super) fn decision_deadline(&self, task: &StartedTask) -> Option<Timestamp> {
        let timeout = self.started.task_start_to_close_timeout?;
        task.started_at.after(timeout)
    }

    fn started_decision(&self, scheduled_event_id: EventId) -> Option<EventId> {
        let task = self.decisions.started.as_ref()?;
        (task.scheduled_event_id == scheduled_event_id).then_some(task.started_event_id)
    }
}

impl WaitingDecision {
    /// When the task has to be taken: only on a temporary task list.
    pub(super) fn deadline(&self) -> Option<Timestamp> {
        self.scheduled_at.after(self.schedule_to_start_timeout?)
    }
}

impl OpenActivity {
    /// When the first of its clocks rings.
    pub(super) fn deadline(&self) -> Option<Timestamp> {
        self.earliest().map(|(deadline, _)| deadline)
    }

    /// The clock that rings first, and when.
    pub(super) fn earliest(&self) -> Option<(Timestamp, ActivityTaskTimeoutType)> {
        use ActivityTaskTimeoutType::{Heartbeat, ScheduleToClose, ScheduleToStart, StartToClose};
        let clock = |from: Timestamp, timeout: Option<_>, kind| Some((from.after(timeout?)?, kind));
        let to_close = clock(
            self.scheduled_at,
            self.scheduled.schedule_to_close_timeout,
            ScheduleToClose,
        );
        let clocks = match &self.state {
            ActivityState::Waiting => [
                to_close,
                clock(
                    self.scheduled_at,
                    self.scheduled.schedule_to_start_timeout,
                    ScheduleToStart,
                ),
                None,
            ],
            ActivityState::Started {
                task, heartbeat_at, ..
            } => [
                to_close,
                clock(
                    task.started_at,
                    self.scheduled.start_to_close_timeout,
                    StartToClose,
                ),
                clock(*heartbeat_at, self.scheduled.heartbeat_timeout, Heartbeat),
            ],
        };
        clocks.into_iter().flatten().min()
    }
}
