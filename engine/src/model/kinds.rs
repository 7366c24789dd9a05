//! The closed sets of SWF: policies, statuses, timeout types and the causes of failed decisions.

use serde::{Deserialize, Serialize};

macro_rules! wire_enum {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
        #[expect(missing_docs, reason = "the variants are SWF's own words; its API reference explains each")]
        pub enum $name { $($(#[$variant_meta])* $variant),* }

        impl $name {
            /// Every value, in storage order.
            pub const ALL: &'static [$name] = &[$($name::$variant),*];
        }
    };
}

wire_enum! {
    /// What happens to the open children of a run that is terminated or times out.
    ChildPolicy { Terminate, RequestCancel, Abandon }
}
wire_enum! {
    /// How a run ended.
    CloseStatus { Completed, Failed, Canceled, Terminated, ContinuedAsNew, TimedOut }
}
wire_enum! {
    /// Which clock of an activity task ran out.
    ActivityTaskTimeoutType { StartToClose, ScheduleToStart, ScheduleToClose, Heartbeat }
}
wire_enum! {
    /// Which clock of a decision task ran out.
    DecisionTaskTimeoutType { StartToClose, ScheduleToStart }
}
wire_enum! {
    /// Which clock of a run ran out: there is one.
    WorkflowExecutionTimeoutType { StartToClose }
}
wire_enum! {
    /// Which clock of a Lambda task ran out: there is one.
    LambdaFunctionTimeoutType { StartToClose }
}
wire_enum! {
    /// Why a run was terminated.
    WorkflowExecutionTerminatedCause { ChildPolicyApplied, EventLimitExceeded, OperatorInitiated }
}
wire_enum! {
    /// Why a cancellation was requested, when not by a caller.
    WorkflowExecutionCancelRequestedCause { ChildPolicyApplied }
}
wire_enum! {
    /// Why a closing decision (complete, fail, cancel) was refused.
    CloseDecisionFailedCause { UnhandledDecision, OperationNotPermitted }
}
wire_enum! {
    /// Why `ContinueAsNewWorkflowExecution` was refused.
    ContinueAsNewWorkflowExecutionFailedCause {
        UnhandledDecision, WorkflowTypeDeprecated, WorkflowTypeDoesNotExist,
        DefaultExecutionStartToCloseTimeoutUndefined, DefaultTaskStartToCloseTimeoutUndefined,
        DefaultTaskListUndefined, DefaultChildPolicyUndefined,
        ContinueAsNewWorkflowExecutionRateExceeded, OperationNotPermitted,
    }
}
wire_enum! {
    /// Why `ScheduleActivityTask` was refused.
    ScheduleActivityTaskFailedCause {
        ActivityTypeDeprecated, ActivityTypeDoesNotExist, ActivityIdAlreadyInUse,
        OpenActivitiesLimitExceeded, ActivityCreationRateExceeded,
        DefaultScheduleToCloseTimeoutUndefined, DefaultTaskListUndefined,
        DefaultScheduleToStartTimeoutUndefined, DefaultStartToCloseTimeoutUndefined,
        DefaultHeartbeatTimeoutUndefined, OperationNotPermitted,
    }
}
wire_enum! {
    /// Why `RequestCancelActivityTask` was refused.
    RequestCancelActivityTaskFailedCause { ActivityIdUnknown, OperationNotPermitted }
}
wire_enum! {
    /// Why `StartTimer` was refused.
    StartTimerFailedCause {
        TimerIdAlreadyInUse, OpenTimersLimitExceeded, TimerCreationRateExceeded, OperationNotPermitted,
    }
}
wire_enum! {
    /// Why `CancelTimer` was refused.
    CancelTimerFailedCause { TimerIdUnknown, OperationNotPermitted }
}
wire_enum! {
    /// Why `RecordMarker` was refused.
    RecordMarkerFailedCause { OperationNotPermitted }
}
wire_enum! {
    /// Why `StartChildWorkflowExecution` was refused or came to nothing.
    StartChildWorkflowExecutionFailedCause {
        WorkflowTypeDoesNotExist, WorkflowTypeDeprecated, OpenChildrenLimitExceeded,
        OpenWorkflowsLimitExceeded, ChildCreationRateExceeded, WorkflowAlreadyRunning,
        DefaultExecutionStartToCloseTimeoutUndefined, DefaultTaskListUndefined,
        DefaultTaskStartToCloseTimeoutUndefined, DefaultChildPolicyUndefined, OperationNotPermitted,
    }
}
wire_enum! {
    /// Why `SignalExternalWorkflowExecution` came to nothing.
    SignalExternalWorkflowExecutionFailedCause {
        UnknownExternalWorkflowExecution, SignalExternalWorkflowExecutionRateExceeded, OperationNotPermitted,
    }
}
wire_enum! {
    /// Why `RequestCancelExternalWorkflowExecution` came to nothing.
    RequestCancelExternalWorkflowExecutionFailedCause {
        UnknownExternalWorkflowExecution, RequestCancelExternalWorkflowExecutionRateExceeded,
        OperationNotPermitted,
    }
}
wire_enum! {
    /// Why `ScheduleLambdaFunction` was refused.
    ScheduleLambdaFunctionFailedCause {
        IdAlreadyInUse, OpenLambdaFunctionsLimitExceeded, LambdaFunctionCreationRateExceeded,
        LambdaServiceNotAvailableInRegion,
    }
}
wire_enum! {
    /// Why a scheduled Lambda function could not be started.
    StartLambdaFunctionFailedCause { AssumeRoleFailed }
}
