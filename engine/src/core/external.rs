//! Signals and cancel requests from one run to another.

use crate::model::{
    Data, EventId, ExternalWorkflowExecutionCancelRequested, ExternalWorkflowExecutionSignaled,
    RequestCancelExternalWorkflowExecution, RequestCancelExternalWorkflowExecutionFailed,
    RequestCancelExternalWorkflowExecutionFailedCause as CancelCause,
    RequestCancelExternalWorkflowExecutionInitiated, SignalExternalWorkflowExecution,
    SignalExternalWorkflowExecutionFailed, SignalExternalWorkflowExecutionFailedCause as SignalCause,
    SignalExternalWorkflowExecutionInitiated, Text, WorkflowExecution, WorkflowExecutionCancelRequested,
    WorkflowExecutionCancelRequestedCause, WorkflowExecutionSignaled,
};

use super::decisions::Verdict;
use super::turn::Turn;
use super::{Execution, OpenExternal};

/// What the source of a signal or cancel request does.
impl Turn<'_> {
    pub(super) fn signal_external(
        &mut self,
        decision: &SignalExternalWorkflowExecution,
        decision_task_completed_event_id: EventId,
        too_fast: bool,
    ) -> Verdict {
        if too_fast {
            self.record(SignalExternalWorkflowExecutionFailed {
                workflow_id: decision.workflow_id.clone(),
                run_id: decision.run_id.clone(),
                cause: SignalCause::SignalExternalWorkflowExecutionRateExceeded,
                initiated_event_id: 0,
                decision_task_completed_event_id,
                control: decision.control.clone(),
            });
            return Verdict::Failed;
        }
        self.record(SignalExternalWorkflowExecutionInitiated {
            workflow_id: decision.workflow_id.clone(),
            run_id: decision.run_id.clone(),
            signal_name: decision.signal_name.clone(),
            input: decision.input.clone(),
            control: decision.control.clone(),
            decision_task_completed_event_id,
        });
        Verdict::Done
    }

    pub(super) fn request_cancel_external(
        &mut self,
        decision: &RequestCancelExternalWorkflowExecution,
        decision_task_completed_event_id: EventId,
        too_fast: bool,
    ) -> Verdict {
        if too_fast {
            self.record(RequestCancelExternalWorkflowExecutionFailed {
                workflow_id: decision.workflow_id.clone(),
                run_id: decision.run_id.clone(),
                cause: CancelCause::RequestCancelExternalWorkflowExecutionRateExceeded,
                initiated_event_id: 0,
                decision_task_completed_event_id,
                control: decision.control.clone(),
            });
            return Verdict::Failed;
        }
        self.record(RequestCancelExternalWorkflowExecutionInitiated {
            workflow_id: decision.workflow_id.clone(),
            run_id: decision.run_id.clone(),
            control: decision.control.clone(),
            decision_task_completed_event_id,
        });
        Verdict::Done
    }

    pub(super) fn signal_answered(
        &mut self,
        initiated_event_id: EventId,
        taken_by: Option<&WorkflowExecution>,
    ) {
        let Some(signal) = self.execution.external_signals.get(&initiated_event_id).cloned() else {
            return;
        };
        match taken_by {
            Some(target) => self.record_and_call(ExternalWorkflowExecutionSignaled {
                workflow_execution: target.clone(),
                initiated_event_id,
            }),
            None => self.record_and_call(SignalExternalWorkflowExecutionFailed {
                workflow_id: signal.workflow_id,
                run_id: signal.run_id,
                cause: SignalCause::UnknownExternalWorkflowExecution,
                initiated_event_id,
                decision_task_completed_event_id: signal.decision_task_completed_event_id,
                control: signal.control,
            }),
        };
    }

    pub(super) fn cancel_answered(
        &mut self,
        initiated_event_id: EventId,
        taken_by: Option<&WorkflowExecution>,
    ) {
        let Some(request) = self.execution.external_cancels.get(&initiated_event_id).cloned() else {
            return;
        };
        match taken_by {
            Some(target) => self.record_and_call(ExternalWorkflowExecutionCancelRequested {
                workflow_execution: target.clone(),
                initiated_event_id,
            }),
            None => self.record_and_call(RequestCancelExternalWorkflowExecutionFailed {
                workflow_id: request.workflow_id,
                run_id: request.run_id,
                cause: CancelCause::UnknownExternalWorkflowExecution,
                initiated_event_id,
                decision_task_completed_event_id: request.decision_task_completed_event_id,
                control: request.control,
            }),
        };
    }
}

/// What the target of a signal or cancel request does.
impl Turn<'_> {
    pub(super) fn external_signal(
        &mut self,
        signal_name: &Text,
        input: &Option<Data>,
        source: &WorkflowExecution,
        initiated_event_id: EventId,
    ) {
        self.record_and_call(WorkflowExecutionSignaled {
            signal_name: signal_name.clone(),
            input: input.clone(),
            external_workflow_execution: Some(source.clone()),
            external_initiated_event_id: initiated_event_id,
        });
    }

    /// A decision of the source, or (0) the child policy of the parent.
    pub(super) fn external_cancel_request(
        &mut self,
        source: &WorkflowExecution,
        initiated_event_id: EventId,
    ) {
        let by_policy = initiated_event_id == 0;
        if by_policy && !self.execution.is_child_of(source.run_id) {
            return;
        }
        self.record_and_call(WorkflowExecutionCancelRequested {
            external_workflow_execution: Some(source.clone()),
            external_initiated_event_id: initiated_event_id,
            cause: by_policy.then_some(WorkflowExecutionCancelRequestedCause::ChildPolicyApplied),
        });
    }
}

impl Execution {
    pub(super) fn fold_signal_initiated(
        &mut self,
        id: EventId,
        event: &SignalExternalWorkflowExecutionInitiated,
    ) {
        let signal = OpenExternal {
            workflow_id: event.workflow_id.clone(),
            run_id: event.run_id.clone(),
            control: event.control.clone(),
            decision_task_completed_event_id: event.decision_task_completed_event_id,
        };
        self.external_signals.insert(id, signal);
    }

    pub(super) fn fold_signal_answered(&mut self, initiated_event_id: EventId) {
        self.external_signals.remove(&initiated_event_id);
    }

    pub(super) fn fold_cancel_initiated(
        &mut self,
        id: EventId,
        event: &RequestCancelExternalWorkflowExecutionInitiated,
    ) {
        let request = OpenExternal {
            workflow_id: event.workflow_id.clone(),
            run_id: event.run_id.clone(),
            control: event.control.clone(),
            decision_task_completed_event_id: event.decision_task_completed_event_id,
        };
        self.external_cancels.insert(id, request);
    }

    pub(super) fn fold_cancel_answered(&mut self, initiated_event_id: EventId) {
        self.external_cancels.remove(&initiated_event_id);
    }
}
