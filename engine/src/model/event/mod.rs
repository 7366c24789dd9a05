//! The 54 event types of a history.
//!
//! One file a family. Attribute and field names are SWF's own (API reference, 2012-01-25); only what is particular to
//! this engine is explained. Zero ids mean "no such event" and are written, never left out.

/// Declares the attributes of an event: SWF's member names, camelCase on the wire.
macro_rules! attributes {
    ($($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $kind:ty),* $(,)? })*) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        #[expect(missing_docs, reason = "the members are SWF's own; its API reference explains each")]
        pub struct $name { $($(#[$field_meta])* pub $field: $kind),* }
    )*};
}

mod activity;
mod child;
mod decision_task;
mod external;
mod lambda;
mod marker;
mod timer;
mod workflow;

pub use activity::*;
pub use child::*;
pub use decision_task::*;
pub use external::*;
pub use lambda::*;
pub use marker::*;
pub use timer::*;
pub use workflow::*;

use serde::{Deserialize, Serialize};

use super::{EventId, Timestamp};

/// Something that happened in a run. Written once, never changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its position: 1, 2, 3 ...
    pub id: EventId,
    /// When, by Postgres's clock; never before the event that precedes it.
    pub at: Timestamp,
    /// What.
    pub attributes: EventAttributes,
}

macro_rules! events {
    ($($variant:ident($attributes:ident)),* $(,)?) => {
        /// What happened, with SWF's attributes. The order is the storage format: append, never reorder.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[expect(missing_docs, reason = "each variant is documented at its attributes")]
        pub enum EventAttributes { $($variant($attributes)),* }

        /// The type of an event, SWF's `eventType`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[expect(missing_docs, reason = "each variant is documented at its attributes")]
        pub enum EventType { $($variant),* }

        impl EventType {
            /// All 54, in storage order.
            pub const ALL: &'static [EventType] = &[$(EventType::$variant),*];

            /// The wire name.
            pub fn name(self) -> &'static str {
                match self { $(EventType::$variant => stringify!($variant)),* }
            }
        }

        impl EventAttributes {
            /// The type of the event.
            pub fn event_type(&self) -> EventType {
                match self { $(EventAttributes::$variant(_) => EventType::$variant),* }
            }

            /// The attributes alone, in their wire form; absent optional members are left out.
            ///
            /// # Errors
            /// Never for the types here; the signature is serde_json's.
            pub fn to_json(&self) -> Result<serde_json::Value, serde_json::Error> {
                match self {
                    $(EventAttributes::$variant(attributes) => serde_json::to_value(attributes).map(without_nulls)),*
                }
            }
        }

        $(impl From<$attributes> for EventAttributes {
            fn from(attributes: $attributes) -> Self { EventAttributes::$variant(attributes) }
        })*
    };
}

events! {
    WorkflowExecutionStarted(WorkflowExecutionStarted),
    WorkflowExecutionCancelRequested(WorkflowExecutionCancelRequested),
    WorkflowExecutionCompleted(WorkflowExecutionCompleted),
    CompleteWorkflowExecutionFailed(CompleteWorkflowExecutionFailed),
    WorkflowExecutionFailed(WorkflowExecutionFailed),
    FailWorkflowExecutionFailed(FailWorkflowExecutionFailed),
    WorkflowExecutionTimedOut(WorkflowExecutionTimedOut),
    WorkflowExecutionCanceled(WorkflowExecutionCanceled),
    CancelWorkflowExecutionFailed(CancelWorkflowExecutionFailed),
    WorkflowExecutionContinuedAsNew(WorkflowExecutionContinuedAsNew),
    ContinueAsNewWorkflowExecutionFailed(ContinueAsNewWorkflowExecutionFailed),
    WorkflowExecutionTerminated(WorkflowExecutionTerminated),
    DecisionTaskScheduled(DecisionTaskScheduled),
    DecisionTaskStarted(DecisionTaskStarted),
    DecisionTaskCompleted(DecisionTaskCompleted),
    DecisionTaskTimedOut(DecisionTaskTimedOut),
    ActivityTaskScheduled(ActivityTaskScheduled),
    ScheduleActivityTaskFailed(ScheduleActivityTaskFailed),
    ActivityTaskStarted(ActivityTaskStarted),
    ActivityTaskCompleted(ActivityTaskCompleted),
    ActivityTaskFailed(ActivityTaskFailed),
    ActivityTaskTimedOut(ActivityTaskTimedOut),
    ActivityTaskCanceled(ActivityTaskCanceled),
    ActivityTaskCancelRequested(ActivityTaskCancelRequested),
    RequestCancelActivityTaskFailed(RequestCancelActivityTaskFailed),
    WorkflowExecutionSignaled(WorkflowExecutionSignaled),
    MarkerRecorded(MarkerRecorded),
    RecordMarkerFailed(RecordMarkerFailed),
    TimerStarted(TimerStarted),
    StartTimerFailed(StartTimerFailed),
    TimerFired(TimerFired),
    TimerCanceled(TimerCanceled),
    CancelTimerFailed(CancelTimerFailed),
    StartChildWorkflowExecutionInitiated(StartChildWorkflowExecutionInitiated),
    StartChildWorkflowExecutionFailed(StartChildWorkflowExecutionFailed),
    ChildWorkflowExecutionStarted(ChildWorkflowExecutionStarted),
    ChildWorkflowExecutionCompleted(ChildWorkflowExecutionCompleted),
    ChildWorkflowExecutionFailed(ChildWorkflowExecutionFailed),
    ChildWorkflowExecutionTimedOut(ChildWorkflowExecutionTimedOut),
    ChildWorkflowExecutionCanceled(ChildWorkflowExecutionCanceled),
    ChildWorkflowExecutionTerminated(ChildWorkflowExecutionTerminated),
    SignalExternalWorkflowExecutionInitiated(SignalExternalWorkflowExecutionInitiated),
    SignalExternalWorkflowExecutionFailed(SignalExternalWorkflowExecutionFailed),
    ExternalWorkflowExecutionSignaled(ExternalWorkflowExecutionSignaled),
    RequestCancelExternalWorkflowExecutionInitiated(RequestCancelExternalWorkflowExecutionInitiated),
    RequestCancelExternalWorkflowExecutionFailed(RequestCancelExternalWorkflowExecutionFailed),
    ExternalWorkflowExecutionCancelRequested(ExternalWorkflowExecutionCancelRequested),
    LambdaFunctionScheduled(LambdaFunctionScheduled),
    LambdaFunctionStarted(LambdaFunctionStarted),
    LambdaFunctionCompleted(LambdaFunctionCompleted),
    LambdaFunctionFailed(LambdaFunctionFailed),
    LambdaFunctionTimedOut(LambdaFunctionTimedOut),
    ScheduleLambdaFunctionFailed(ScheduleLambdaFunctionFailed),
    StartLambdaFunctionFailed(StartLambdaFunctionFailed),
}

impl Event {
    /// The event as SWF's wire form has it: `eventId`, `eventTimestamp`, `eventType` and one attributes member.
    ///
    /// # Errors
    /// Never for the types here; the signature is serde_json's.
    pub fn to_json(&self) -> Result<serde_json::Value, serde_json::Error> {
        let event_type = self.attributes.event_type().name();
        let (first, rest) = event_type.split_at(1);
        let member = format!("{}{rest}EventAttributes", first.to_ascii_lowercase());
        let mut object = serde_json::Map::with_capacity(4);
        object.insert("eventId".into(), self.id.into());
        object.insert("eventTimestamp".into(), serde_json::to_value(self.at)?);
        object.insert("eventType".into(), event_type.into());
        object.insert(member, self.attributes.to_json()?);
        Ok(object.into())
    }
}

/// Absent optional members are left out on the wire, never null. (`skip_serializing_if` would break the compact
/// encoding, which has no names.)
pub(crate) fn without_nulls(value: serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match value {
        Value::Object(members) => members
            .into_iter()
            .filter(|(_, member)| !member.is_null())
            .map(|(name, member)| (name, without_nulls(member)))
            .collect(),
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        other => other,
    }
}
