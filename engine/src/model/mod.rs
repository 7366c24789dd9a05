//! The vocabulary of the engine: ids, events, decisions, faults, limits.
//!
//! Plain serde data without behaviour. One derive serves two encodings: human-readable formats get Amazon SWF's
//! wire names and forms (`"NONE"`, seconds with milliseconds, camelCase), compact formats get numbers. The order of
//! fields and variants is the storage format (see `store::codec`): append, never reorder.

mod decision;
mod event;
mod fault;
mod ids;
mod kinds;
mod limits;
mod message;
mod registration;
mod run_name;
mod time;

pub use decision::*;
#[cfg(test)]
pub(crate) use event::without_nulls;
pub use event::*;
pub use fault::{Fault, FaultKind};
pub(crate) use ids::is_name;
pub use ids::{Data, EventId, Identity, RunId, TaskList, TaskPriority, Text, WorkflowExecution};
pub use kinds::*;
pub use limits::{LimitError, Limits};
pub use message::{ChildOutcome, Message, MessageId, Recipient, StartChild};
pub use registration::{
    ActivityType, ActivityTypeDefaults, DomainTypes, RegisteredType, RegistrationStatus, Tags, TypeKind,
    TypeRecord, WorkflowType, WorkflowTypeDefaults,
};
pub use run_name::RunName;
pub use time::{Timeout, Timestamp};
