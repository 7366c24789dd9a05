//! Events about decision tasks.

use super::super::{Data, DecisionTaskTimeoutType, EventId, Identity, TaskList, TaskPriority, Timeout};

attributes! {
    /// The decider has something to decide. At most one such task waits and at most one is started.
    DecisionTaskScheduled {
        task_list: TaskList,
        task_priority: Option<TaskPriority>,
        start_to_close_timeout: Option<Timeout>,
        schedule_to_start_timeout: Option<Timeout>,
    }
    /// The task was handed to a decider.
    DecisionTaskStarted {
        scheduled_event_id: EventId,
        identity: Option<Identity>,
    }
    /// The decider answered; its decisions' events follow directly.
    DecisionTaskCompleted {
        scheduled_event_id: EventId,
        started_event_id: EventId,
        execution_context: Option<Data>,
        task_list: Option<TaskList>,
        task_list_schedule_to_start_timeout: Option<Timeout>,
    }
    /// The decider did not answer, or (on a temporary task list) did not take the task, in time.
    DecisionTaskTimedOut {
        timeout_type: DecisionTaskTimeoutType,
        scheduled_event_id: EventId,
        started_event_id: EventId,
    }
}
