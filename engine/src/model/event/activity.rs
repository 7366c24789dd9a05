//! Events about activity tasks.

use super::super::{
    ActivityTaskTimeoutType, ActivityType, Data, EventId, Identity, RequestCancelActivityTaskFailedCause,
    ScheduleActivityTaskFailedCause, TaskList, TaskPriority, Text, Timeout,
};

attributes! {
    /// An activity is to be done. Task list and timeouts are resolved values.
    ActivityTaskScheduled {
        activity_type: ActivityType,
        activity_id: Text,
        task_list: TaskList,
        decision_task_completed_event_id: EventId,
        input: Option<Data>,
        control: Option<Data>,
        task_priority: Option<TaskPriority>,
        schedule_to_start_timeout: Option<Timeout>,
        schedule_to_close_timeout: Option<Timeout>,
        start_to_close_timeout: Option<Timeout>,
        heartbeat_timeout: Option<Timeout>,
    }
    /// `ScheduleActivityTask` was refused.
    ScheduleActivityTaskFailed {
        activity_type: ActivityType,
        activity_id: Text,
        cause: ScheduleActivityTaskFailedCause,
        decision_task_completed_event_id: EventId,
    }
    /// The task was handed to a worker.
    ActivityTaskStarted {
        scheduled_event_id: EventId,
        identity: Option<Identity>,
    }
    /// The worker did it.
    ActivityTaskCompleted {
        result: Option<Data>,
        scheduled_event_id: EventId,
        started_event_id: EventId,
    }
    /// The worker could not do it.
    ActivityTaskFailed {
        reason: Option<Text>,
        details: Option<Data>,
        scheduled_event_id: EventId,
        started_event_id: EventId,
    }
    /// One of its clocks ran out; `details` are those of the last heartbeat.
    ActivityTaskTimedOut {
        timeout_type: ActivityTaskTimeoutType,
        scheduled_event_id: EventId,
        started_event_id: EventId,
        details: Option<Data>,
    }
    /// It was given up, by the worker or (before it was started) by the service.
    ActivityTaskCanceled {
        details: Option<Data>,
        scheduled_event_id: EventId,
        started_event_id: EventId,
        latest_cancel_requested_event_id: Option<EventId>,
    }
    /// The decider asked for it to be given up.
    ActivityTaskCancelRequested {
        activity_id: Text,
        decision_task_completed_event_id: EventId,
    }
    /// `RequestCancelActivityTask` was refused.
    RequestCancelActivityTaskFailed {
        activity_id: Text,
        cause: RequestCancelActivityTaskFailedCause,
        decision_task_completed_event_id: EventId,
    }
}
