//! Timers.

use crate::model::{
    CancelTimer, CancelTimerFailed, CancelTimerFailedCause, EventId, StartTimer, StartTimerFailed,
    StartTimerFailedCause as Cause, Text, TimerCanceled, TimerFired, TimerStarted, Timestamp,
};

use super::decisions::Verdict;
use super::turn::Turn;
use super::{Execution, OpenTimer};

impl Turn<'_> {
    pub(super) fn start_timer(
        &mut self,
        decision: &StartTimer,
        decision_task_completed_event_id: EventId,
        too_fast: bool,
    ) -> Verdict {
        let timer_id = decision.timer_id.clone();
        let refusal = if too_fast {
            Some(Cause::TimerCreationRateExceeded)
        } else if self.execution.timer_ids.contains_key(&timer_id) {
            Some(Cause::TimerIdAlreadyInUse)
        } else if self.execution.timers.len() >= self.rules.limits.open_timers {
            Some(Cause::OpenTimersLimitExceeded)
        } else {
            None
        };
        if let Some(cause) = refusal {
            self.record(StartTimerFailed {
                timer_id,
                cause,
                decision_task_completed_event_id,
            });
            return Verdict::Failed;
        }
        self.record(TimerStarted {
            timer_id,
            start_to_fire_timeout: decision.start_to_fire_timeout,
            control: decision.control.clone(),
            decision_task_completed_event_id,
        });
        Verdict::Done
    }

    pub(super) fn cancel_timer(
        &mut self,
        decision: &CancelTimer,
        decision_task_completed_event_id: EventId,
    ) -> Verdict {
        let timer_id = decision.timer_id.clone();
        let Some(&started_event_id) = self.execution.timer_ids.get(&timer_id) else {
            let cause = CancelTimerFailedCause::TimerIdUnknown;
            self.record(CancelTimerFailed {
                timer_id,
                cause,
                decision_task_completed_event_id,
            });
            return Verdict::Failed;
        };
        self.record(TimerCanceled {
            timer_id,
            started_event_id,
            decision_task_completed_event_id,
        });
        Verdict::Done
    }

    pub(super) fn fire_timer(&mut self, started_event_id: EventId, timer_id: Text) {
        self.record_and_call(TimerFired {
            timer_id,
            started_event_id,
        });
    }
}

impl Execution {
    pub(super) fn fold_timer_started(&mut self, id: EventId, at: Timestamp, event: &TimerStarted) {
        // A timer of NONE would never fire: it is refused with its list of decisions.
        let fires_at = at
            .after(event.start_to_fire_timeout)
            .unwrap_or(Timestamp(i64::MAX));
        self.arm(id, Some(fires_at));
        self.timer_ids.insert(event.timer_id.clone(), id);
        self.timers.insert(
            id,
            OpenTimer {
                timer_id: event.timer_id.clone(),
                fires_at,
            },
        );
    }

    pub(super) fn fold_timer_ended(&mut self, started_event_id: EventId) {
        if let Some(timer) = self.timers.remove(&started_event_id) {
            self.timer_ids.remove(&timer.timer_id);
            self.disarm(started_event_id, Some(timer.fires_at));
        }
    }
}
