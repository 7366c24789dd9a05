//! Events about timers.

use super::super::{CancelTimerFailedCause, Data, EventId, StartTimerFailedCause, Text, Timeout};

attributes! {
    /// A timer runs.
    TimerStarted {
        timer_id: Text,
        start_to_fire_timeout: Timeout,
        control: Option<Data>,
        decision_task_completed_event_id: EventId,
    }
    /// `StartTimer` was refused.
    StartTimerFailed {
        timer_id: Text,
        cause: StartTimerFailedCause,
        decision_task_completed_event_id: EventId,
    }
    /// It fired; never early.
    TimerFired {
        timer_id: Text,
        started_event_id: EventId,
    }
    /// The decider stopped it.
    TimerCanceled {
        timer_id: Text,
        started_event_id: EventId,
        decision_task_completed_event_id: EventId,
    }
    /// `CancelTimer` was refused.
    CancelTimerFailed {
        timer_id: Text,
        cause: CancelTimerFailedCause,
        decision_task_completed_event_id: EventId,
    }
}
