//! Ids and the small values that name things.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// A name or an id: shared, so that a clone costs a reference count.
pub type Text = Arc<str>;

/// SWF's rule for the characters of names and ids, whatever their length.
pub(crate) fn is_name(text: &str) -> bool {
    let forbidden = |c: char| matches!(c, ':' | '/' | '|') || c.is_control();
    text.trim() == text && text != "arn" && !text.contains(forbidden)
}

/// An opaque payload (`input`, `result`, `details`, `control`); the engine never looks inside.
pub type Data = Arc<str>;

/// The `identity` that a poller gives, kept in the history for diagnosis only.
pub type Identity = Arc<str>;

/// Position of an event in its run's history: 1, 2, 3 ... without gaps. 0 stands for "no such event".
pub type EventId = u64;

/// One run of a workflow. Time-ordered (UUID version 7), so ids sort by start.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub Uuid);

impl RunId {
    /// No run has this id.
    pub const NOBODY: RunId = RunId(Uuid::nil());
}

impl Serialize for RunId {
    /// As messages show it where people may read it: 32 digits.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            self.0.serialize(serializer)
        }
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.simple().fmt(f)
    }
}

impl fmt::Debug for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for RunId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::parse_str(text).map(RunId)
    }
}

/// A workflow id together with one of its runs.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkflowExecution {
    /// The id that the starter chose; open at most once per domain.
    pub workflow_id: Text,
    /// The run.
    pub run_id: RunId,
}

/// The name of a queue of tasks. Task lists come into being by use.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TaskList {
    /// 1 to 256 characters.
    pub name: Text,
}

impl TaskList {
    /// The task list of that name.
    pub fn new(name: impl Into<Text>) -> Self {
        TaskList { name: name.into() }
    }
}

/// Order among waiting tasks: higher first. A string on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskPriority(pub i32);

impl Serialize for TaskPriority {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(&self.0)
        } else {
            serializer.serialize_i32(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for TaskPriority {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let text = String::deserialize(deserializer)?;
            text.parse().map(TaskPriority).map_err(serde::de::Error::custom)
        } else {
            i32::deserialize(deserializer).map(TaskPriority)
        }
    }
}
