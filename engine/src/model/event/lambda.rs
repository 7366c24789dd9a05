//! Events about Lambda functions. This engine calls none; it answers `LAMBDA_SERVICE_NOT_AVAILABLE_IN_REGION`.

use super::super::{
    Data, EventId, LambdaFunctionTimeoutType, ScheduleLambdaFunctionFailedCause,
    StartLambdaFunctionFailedCause, Text, Timeout,
};

attributes! {
    /// A function is to be called.
    LambdaFunctionScheduled {
        id: Text,
        name: Text,
        input: Option<Data>,
        control: Option<Data>,
        start_to_close_timeout: Option<Timeout>,
        decision_task_completed_event_id: EventId,
    }
    /// It was called.
    LambdaFunctionStarted {
        scheduled_event_id: EventId,
    }
    /// It answered.
    LambdaFunctionCompleted {
        result: Option<Data>,
        scheduled_event_id: EventId,
        started_event_id: EventId,
    }
    /// It failed.
    LambdaFunctionFailed {
        reason: Option<Text>,
        details: Option<Data>,
        scheduled_event_id: EventId,
        started_event_id: EventId,
    }
    /// It did not answer in time.
    LambdaFunctionTimedOut {
        timeout_type: Option<LambdaFunctionTimeoutType>,
        scheduled_event_id: EventId,
        started_event_id: EventId,
    }
    /// `ScheduleLambdaFunction` was refused.
    ScheduleLambdaFunctionFailed {
        id: Text,
        name: Text,
        cause: ScheduleLambdaFunctionFailedCause,
        decision_task_completed_event_id: EventId,
    }
    /// It could not be called.
    StartLambdaFunctionFailed {
        scheduled_event_id: Option<EventId>,
        cause: Option<StartLambdaFunctionFailedCause>,
        message: Option<Text>,
    }
}
