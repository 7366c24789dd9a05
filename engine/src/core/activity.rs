//! Activity tasks: scheduled by a decision, done by a worker, watched by four clocks.

use std::sync::Arc;

use crate::model::{
    ActivityTaskCancelRequested, ActivityTaskCanceled, ActivityTaskCompleted, ActivityTaskFailed,
    ActivityTaskScheduled, ActivityTaskStarted, ActivityTaskTimedOut, ActivityTaskTimeoutType, Data, EventId,
    Fault, Identity, RegistrationStatus, RequestCancelActivityTask, RequestCancelActivityTaskFailed,
    RequestCancelActivityTaskFailedCause, ScheduleActivityTask, ScheduleActivityTaskFailed,
    ScheduleActivityTaskFailedCause as Cause, Text, Timestamp,
};

use super::decisions::Verdict;
use super::turn::Turn;
use super::{ActivityState, Execution, OpenActivity, StartedTask};

/// Notes a sign of life of an activity's worker and says whether the activity should be given up. Writes no event:
/// it lasts until the next heartbeat or as long as the state is kept in memory.
///
/// # Errors
/// `UnknownResourceFault` when the run or the task is no longer open.
pub fn heartbeat(
    execution: &mut Execution,
    scheduled_event_id: EventId,
    started_event_id: EventId,
    details: Option<Data>,
    now: Timestamp,
) -> Result<bool, Fault> {
    execution.started_activity(scheduled_event_id, started_event_id)?;
    let mut cancel_requested = false;
    execution.change_activity(scheduled_event_id, |activity| {
        cancel_requested = activity.cancel_requested_event_id != 0;
        if let ActivityState::Started {
            heartbeat_at,
            heartbeat_details,
            ..
        } = &mut activity.state
        {
            *heartbeat_at = now.max(*heartbeat_at);
            *heartbeat_details = details;
        }
    });
    Ok(cancel_requested)
}

impl Turn<'_> {
    pub(super) fn schedule_activity_task(
        &mut self,
        decision: &ScheduleActivityTask,
        decision_task_completed_event_id: EventId,
        too_fast: bool,
    ) -> Verdict {
        match self.resolve_activity(decision, decision_task_completed_event_id, too_fast) {
            Ok(scheduled) => {
                self.record(scheduled);
                Verdict::Done
            }
            Err(cause) => {
                self.record(ScheduleActivityTaskFailed {
                    activity_type: decision.activity_type.clone(),
                    activity_id: decision.activity_id.clone(),
                    cause,
                    decision_task_completed_event_id,
                });
                Verdict::Failed
            }
        }
    }

    fn resolve_activity(
        &self,
        decision: &ScheduleActivityTask,
        decision_task_completed_event_id: EventId,
        too_fast: bool,
    ) -> Result<ActivityTaskScheduled, Cause> {
        if too_fast {
            return Err(Cause::ActivityCreationRateExceeded);
        }
        let record = self.rules.types.activities.get(&decision.activity_type);
        let record = record.ok_or(Cause::ActivityTypeDoesNotExist)?;
        if record.status == RegistrationStatus::Deprecated {
            return Err(Cause::ActivityTypeDeprecated);
        }
        if self.execution.activity_ids.contains_key(&decision.activity_id) {
            return Err(Cause::ActivityIdAlreadyInUse);
        }
        if self.execution.activities.len() >= self.rules.limits.open_activities {
            return Err(Cause::OpenActivitiesLimitExceeded);
        }
        let defaults = &record.defaults;
        let schedule_to_close = decision
            .schedule_to_close_timeout
            .or(defaults.default_task_schedule_to_close_timeout);
        let task_list = decision
            .task_list
            .as_ref()
            .or(defaults.default_task_list.as_ref());
        let schedule_to_start = decision
            .schedule_to_start_timeout
            .or(defaults.default_task_schedule_to_start_timeout);
        let start_to_close = decision
            .start_to_close_timeout
            .or(defaults.default_task_start_to_close_timeout);
        let heartbeat = decision
            .heartbeat_timeout
            .or(defaults.default_task_heartbeat_timeout);
        Ok(ActivityTaskScheduled {
            activity_type: decision.activity_type.clone(),
            activity_id: decision.activity_id.clone(),
            decision_task_completed_event_id,
            input: decision.input.clone(),
            control: decision.control.clone(),
            task_priority: decision.task_priority.or(defaults.default_task_priority),
            schedule_to_close_timeout: Some(
                schedule_to_close.ok_or(Cause::DefaultScheduleToCloseTimeoutUndefined)?,
            ),
            task_list: task_list.ok_or(Cause::DefaultTaskListUndefined)?.clone(),
            schedule_to_start_timeout: Some(
                schedule_to_start.ok_or(Cause::DefaultScheduleToStartTimeoutUndefined)?,
            ),
            start_to_close_timeout: Some(start_to_close.ok_or(Cause::DefaultStartToCloseTimeoutUndefined)?),
            heartbeat_timeout: Some(heartbeat.ok_or(Cause::DefaultHeartbeatTimeoutUndefined)?),
        })
    }

    pub(super) fn request_cancel_activity_task(
        &mut self,
        decision: &RequestCancelActivityTask,
        decision_task_completed_event_id: EventId,
    ) -> Verdict {
        let activity_id = decision.activity_id.clone();
        let Some(&scheduled_event_id) = self.execution.activity_ids.get(&activity_id) else {
            self.record(RequestCancelActivityTaskFailed {
                activity_id,
                cause: RequestCancelActivityTaskFailedCause::ActivityIdUnknown,
                decision_task_completed_event_id,
            });
            return Verdict::Failed;
        };
        let cancel_requested = self.record(ActivityTaskCancelRequested {
            activity_id,
            decision_task_completed_event_id,
        });
        let activity = self.execution.activities.get(&scheduled_event_id);
        if activity.is_some_and(|activity| activity.state == ActivityState::Waiting) {
            self.record_and_call(ActivityTaskCanceled {
                details: None,
                scheduled_event_id,
                started_event_id: 0,
                latest_cancel_requested_event_id: Some(cancel_requested),
            });
        }
        Verdict::Done
    }

    pub(super) fn start_activity_task(
        &mut self,
        scheduled_event_id: EventId,
        identity: &Option<Identity>,
    ) -> Result<(), Fault> {
        match self.execution.activities.get(&scheduled_event_id) {
            Some(activity) if activity.state == ActivityState::Waiting => {}
            _ => return Err(Fault::unknown_activity_task(scheduled_event_id)),
        }
        self.record(ActivityTaskStarted {
            scheduled_event_id,
            identity: identity.clone(),
        });
        Ok(())
    }

    pub(super) fn complete_activity_task(
        &mut self,
        scheduled_event_id: EventId,
        started_event_id: EventId,
        result: &Option<Data>,
    ) -> Result<(), Fault> {
        self.execution
            .started_activity(scheduled_event_id, started_event_id)?;
        let result = result.clone();
        self.record_and_call(ActivityTaskCompleted {
            result,
            scheduled_event_id,
            started_event_id,
        });
        Ok(())
    }

    pub(super) fn fail_activity_task(
        &mut self,
        scheduled_event_id: EventId,
        started_event_id: EventId,
        reason: &Option<Text>,
        details: &Option<Data>,
    ) -> Result<(), Fault> {
        self.execution
            .started_activity(scheduled_event_id, started_event_id)?;
        self.record_and_call(ActivityTaskFailed {
            reason: reason.clone(),
            details: details.clone(),
            scheduled_event_id,
            started_event_id,
        });
        Ok(())
    }

    pub(super) fn cancel_activity_task(
        &mut self,
        scheduled_event_id: EventId,
        started_event_id: EventId,
        details: &Option<Data>,
    ) -> Result<(), Fault> {
        let activity = self
            .execution
            .started_activity(scheduled_event_id, started_event_id)?;
        let requested = activity.cancel_requested_event_id;
        self.record_and_call(ActivityTaskCanceled {
            details: details.clone(),
            scheduled_event_id,
            started_event_id,
            latest_cancel_requested_event_id: (requested != 0).then_some(requested),
        });
        Ok(())
    }

    pub(super) fn time_out_activity_task(
        &mut self,
        scheduled_event_id: EventId,
        activity: &OpenActivity,
        timeout_type: ActivityTaskTimeoutType,
    ) {
        let (started_event_id, details) = match &activity.state {
            ActivityState::Waiting => (0, None),
            ActivityState::Started {
                task,
                heartbeat_details,
                ..
            } => (task.started_event_id, heartbeat_details.clone()),
        };
        self.record_and_call(ActivityTaskTimedOut {
            timeout_type,
            scheduled_event_id,
            started_event_id,
            details,
        });
    }
}

impl Execution {
    /// The open activity task that an attempt's answer is about; an answer to any other attempt is refused.
    fn started_activity(
        &self,
        scheduled_event_id: EventId,
        started_event_id: EventId,
    ) -> Result<&OpenActivity, Fault> {
        if !self.is_open() {
            return Err(self.unknown());
        }
        let is_asked_for = |activity: &&OpenActivity| match &activity.state {
            ActivityState::Started { task, .. } => task.started_event_id == started_event_id,
            ActivityState::Waiting => false,
        };
        let activity = self.activities.get(&scheduled_event_id).map(Box::as_ref);
        activity
            .filter(is_asked_for)
            .ok_or_else(|| Fault::unknown_activity_task(scheduled_event_id))
    }

    pub(super) fn fold_activity_scheduled(
        &mut self,
        id: EventId,
        at: Timestamp,
        event: &ActivityTaskScheduled,
    ) {
        let activity = OpenActivity {
            scheduled: Arc::new(event.clone()),
            scheduled_at: at,
            state: ActivityState::Waiting,
            cancel_requested_event_id: 0,
        };
        self.arm(id, activity.deadline());
        self.activity_ids.insert(event.activity_id.clone(), id);
        self.activities.insert(id, Box::new(activity));
        self.latest_activity_task_at = Some(at);
    }

    pub(super) fn fold_activity_started(&mut self, id: EventId, at: Timestamp, event: &ActivityTaskStarted) {
        let scheduled_event_id = event.scheduled_event_id;
        self.change_activity(scheduled_event_id, |activity| {
            activity.state = ActivityState::Started {
                task: StartedTask {
                    scheduled_event_id,
                    started_event_id: id,
                    started_at: at,
                    identity: event.identity.clone(),
                },
                heartbeat_at: at,
                heartbeat_details: None,
            };
        });
    }

    pub(super) fn fold_activity_cancel_requested(
        &mut self,
        id: EventId,
        event: &ActivityTaskCancelRequested,
    ) {
        let scheduled = self.activity_ids.get(&event.activity_id);
        if let Some(activity) = scheduled.and_then(|scheduled| self.activities.get_mut(scheduled)) {
            activity.cancel_requested_event_id = id;
        }
    }

    pub(super) fn fold_activity_closed(&mut self, scheduled_event_id: EventId) {
        if let Some(activity) = self.activities.remove(&scheduled_event_id) {
            self.activity_ids.remove(&activity.scheduled.activity_id);
            self.disarm(scheduled_event_id, activity.deadline());
        }
    }

    /// Changes an open activity and sets its clock anew.
    fn change_activity(&mut self, scheduled_event_id: EventId, change: impl FnOnce(&mut OpenActivity)) {
        let Some(activity) = self.activities.get_mut(&scheduled_event_id) else {
            return;
        };
        let before = activity.deadline();
        change(activity);
        let after = activity.deadline();
        if before != after {
            self.disarm(scheduled_event_id, before);
            self.arm(scheduled_event_id, after);
        }
    }
}
