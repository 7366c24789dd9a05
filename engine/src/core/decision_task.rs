//! Decision tasks: at most one waits and at most one is started.

use crate::model::{
    DecisionTaskCompleted, DecisionTaskScheduled, DecisionTaskStarted, DecisionTaskTimedOut,
    DecisionTaskTimeoutType, EventId, Fault, Identity, RunId, Timestamp,
};

use super::turn::Turn;
use super::{Completion, Execution, StartedTask, StickyTaskList, WaitingDecision, decisions};

impl Turn<'_> {
    /// Schedules a decision task, unless one waits already or the run is closed.
    pub(super) fn call_for_decision(&mut self) {
        if self.execution.decisions.waiting.is_some() || !self.execution.is_open() {
            return;
        }
        let scheduled = self.execution.next_decision_task();
        self.record(scheduled);
    }

    pub(super) fn start_decision_task(
        &mut self,
        scheduled_event_id: EventId,
        identity: &Option<Identity>,
    ) -> Result<(), Fault> {
        match self.execution.deliverable_decision() {
            Some(waiting) if waiting.scheduled_event_id == scheduled_event_id => {}
            _ => return Err(Fault::unknown_decision_task(scheduled_event_id)),
        }
        self.record(DecisionTaskStarted {
            scheduled_event_id,
            identity: identity.clone(),
        });
        Ok(())
    }

    pub(super) fn complete_decision_task(
        &mut self,
        scheduled_event_id: EventId,
        started_event_id: EventId,
        completion: &Completion,
        successor: RunId,
    ) -> Result<(), Fault> {
        match &self.execution.decisions.started {
            Some(task)
                if task.scheduled_event_id == scheduled_event_id
                    && task.started_event_id == started_event_id => {}
            _ => return Err(Fault::unknown_decision_task(scheduled_event_id)),
        }
        decisions::validate(&completion.decisions, self.rules.limits)?;
        let completed = self.record(DecisionTaskCompleted {
            scheduled_event_id,
            started_event_id,
            execution_context: completion.execution_context.clone(),
            task_list: completion.task_list.clone(),
            task_list_schedule_to_start_timeout: completion.task_list_schedule_to_start_timeout,
        });
        self.decide(completion, completed, successor);
        Ok(())
    }

    /// The waiting task was not taken in time, or the started one not answered in time.
    pub(super) fn time_out_decision_task(
        &mut self,
        timeout_type: DecisionTaskTimeoutType,
        scheduled_event_id: EventId,
        started_event_id: EventId,
    ) {
        self.record_and_call(DecisionTaskTimedOut {
            timeout_type,
            scheduled_event_id,
            started_event_id,
        });
    }
}

impl Execution {
    /// The decision task that is scheduled next: on the original task list or on the one that took its place.
    pub(super) fn next_decision_task(&self) -> DecisionTaskScheduled {
        let (started, sticky) = (&self.started, self.decisions.sticky.as_ref());
        DecisionTaskScheduled {
            task_list: sticky
                .map_or(&started.task_list, |sticky| &sticky.task_list)
                .clone(),
            task_priority: started.task_priority,
            start_to_close_timeout: started.task_start_to_close_timeout,
            schedule_to_start_timeout: sticky.and_then(|sticky| sticky.schedule_to_start_timeout),
        }
    }

    pub(super) fn fold_decision_scheduled(
        &mut self,
        id: EventId,
        at: Timestamp,
        event: &DecisionTaskScheduled,
    ) {
        let waiting = WaitingDecision {
            scheduled_event_id: id,
            scheduled_at: at,
            task_list: event.task_list.clone(),
            priority: event.task_priority.unwrap_or_default(),
            schedule_to_start_timeout: event.schedule_to_start_timeout,
        };
        self.arm(id, waiting.deadline());
        self.decisions.waiting = Some(waiting);
    }

    pub(super) fn fold_decision_started(&mut self, id: EventId, at: Timestamp, event: &DecisionTaskStarted) {
        if let Some(waiting) = self.decisions.waiting.take() {
            self.disarm(event.scheduled_event_id, waiting.deadline());
        }
        let task = StartedTask {
            scheduled_event_id: event.scheduled_event_id,
            started_event_id: id,
            started_at: at,
            identity: event.identity.clone(),
        };
        self.arm(event.scheduled_event_id, self.decision_deadline(&task));
        self.decisions.started = Some(task);
    }

    pub(super) fn fold_decision_completed(&mut self, event: &DecisionTaskCompleted) {
        self.stop_started_decision();
        self.decisions.previous_started_event_id = event.started_event_id;
        if let Some(context) = &event.execution_context {
            self.latest_execution_context = Some(context.clone());
        }
        if let Some(task_list) = &event.task_list {
            self.decisions.sticky = Some(StickyTaskList {
                task_list: task_list.clone(),
                schedule_to_start_timeout: event.task_list_schedule_to_start_timeout,
            });
        }
    }

    pub(super) fn fold_decision_timed_out(&mut self, event: &DecisionTaskTimedOut) {
        match event.timeout_type {
            DecisionTaskTimeoutType::StartToClose => self.stop_started_decision(),
            DecisionTaskTimeoutType::ScheduleToStart => {
                if let Some(waiting) = self.decisions.waiting.take() {
                    self.disarm(event.scheduled_event_id, waiting.deadline());
                }
            }
        }
        // A temporary task list lasts only while its decider answers; one without a timeout is permanent.
        if self
            .decisions
            .sticky
            .as_ref()
            .is_some_and(|sticky| sticky.schedule_to_start_timeout.is_some())
        {
            self.decisions.sticky = None;
        }
    }

    fn stop_started_decision(&mut self) {
        if let Some(task) = self.decisions.started.take() {
            self.disarm(task.scheduled_event_id, self.decision_deadline(&task));
        }
    }
}
