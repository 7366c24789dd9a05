//! Registered workflow and activity types and their defaults.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::hash::Hash;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{ChildPolicy, TaskList, TaskPriority, Text, Timeout, Timestamp};

/// Names a kind of workflow. Immutable: a change is a new version.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct WorkflowType {
    /// 1 to 256 characters.
    pub name: Text,
    /// 1 to 64 characters.
    pub version: Text,
}

/// Names a kind of activity. Immutable: a change is a new version.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ActivityType {
    /// 1 to 256 characters.
    pub name: Text,
    /// 1 to 64 characters.
    pub version: Text,
}

/// Workflow types and activity types are registered, looked up and retired by the same rules.
pub trait RegisteredType:
    Clone + fmt::Debug + fmt::Display + Eq + Hash + Ord + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// The values that its use takes from it where the caller is silent.
    type Defaults: Clone + fmt::Debug + Serialize + DeserializeOwned + Send + Sync;

    /// Which kind of type it is.
    const KIND: TypeKind;

    /// The type of that name and version.
    fn named(name: Text, version: Text) -> Self;

    /// Its name.
    fn name(&self) -> &Text;

    /// Its version.
    fn version(&self) -> &Text;
}

/// The kinds of registered types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TypeKind {
    /// Of workflows.
    Workflow,
    /// Of activities.
    Activity,
}

impl TypeKind {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            TypeKind::Workflow => "workflow",
            TypeKind::Activity => "activity",
        }
    }
}

macro_rules! registered_type {
    ($of:ident, $kind:ident, $defaults:ident) => {
        impl $of {
            /// The type of that name and version.
            pub fn new(name: impl Into<Text>, version: impl Into<Text>) -> Self {
                Self::named(name.into(), version.into())
            }
        }

        impl RegisteredType for $of {
            type Defaults = $defaults;

            const KIND: TypeKind = TypeKind::$kind;

            fn named(name: Text, version: Text) -> Self {
                $of { name, version }
            }

            fn name(&self) -> &Text {
                &self.name
            }

            fn version(&self) -> &Text {
                &self.version
            }
        }

        /// As SWF's messages name it.
        impl fmt::Display for $of {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let $of { name, version } = self;
                write!(
                    f,
                    concat!(stringify!($of), "=[name={}, version={}]"),
                    name, version
                )
            }
        }
    };
}

registered_type!(WorkflowType, Workflow, WorkflowTypeDefaults);
registered_type!(ActivityType, Activity, ActivityTypeDefaults);

/// What a start takes from its workflow type where the caller is silent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkflowTypeDefaults {
    /// Start-to-close timeout of decision tasks.
    pub default_task_start_to_close_timeout: Option<Timeout>,
    /// Start-to-close timeout of the run; never `NONE`.
    pub default_execution_start_to_close_timeout: Option<Timeout>,
    /// Task list of decision tasks.
    pub default_task_list: Option<TaskList>,
    /// Priority of decision tasks.
    pub default_task_priority: Option<TaskPriority>,
    /// What happens to children when the run is terminated or times out.
    pub default_child_policy: Option<ChildPolicy>,
    /// IAM role for Lambda; kept and echoed, never used.
    pub default_lambda_role: Option<Text>,
}

/// What a scheduled activity task takes from its type where the decision is silent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ActivityTypeDefaults {
    /// Start-to-close timeout.
    pub default_task_start_to_close_timeout: Option<Timeout>,
    /// Heartbeat timeout.
    pub default_task_heartbeat_timeout: Option<Timeout>,
    /// Task list.
    pub default_task_list: Option<TaskList>,
    /// Priority.
    pub default_task_priority: Option<TaskPriority>,
    /// Schedule-to-start timeout.
    pub default_task_schedule_to_start_timeout: Option<Timeout>,
    /// Schedule-to-close timeout.
    pub default_task_schedule_to_close_timeout: Option<Timeout>,
}

/// What somebody notes of a domain: keys of 1 to 128 characters, values of up to 256.
pub type Tags = BTreeMap<String, String>;

/// Whether a domain or type may be used for new work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RegistrationStatus {
    /// In use.
    Registered,
    /// No new executions or tasks; what runs goes on.
    Deprecated,
}

/// A registered type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypeRecord<D> {
    /// Registered or deprecated.
    pub status: RegistrationStatus,
    /// The registrar's words, up to 1,024 characters.
    pub description: Option<Text>,
    /// When it was registered.
    pub created: Timestamp,
    /// When it was deprecated, if it is.
    pub deprecated: Option<Timestamp>,
    /// Its defaults, as given.
    pub defaults: D,
}

/// The types of one domain, as a snapshot that the core looks things up in.
#[derive(Clone, Debug, Default)]
pub struct DomainTypes {
    /// Workflow types.
    pub workflows: HashMap<WorkflowType, TypeRecord<WorkflowTypeDefaults>>,
    /// Activity types.
    pub activities: HashMap<ActivityType, TypeRecord<ActivityTypeDefaults>>,
}
