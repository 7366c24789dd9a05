//! The 13 decisions, with SWF's members. Optional members fall back to the defaults of the type that they name.

use super::{ActivityType, ChildPolicy, Data, RunName, TaskList, TaskPriority, Text, Timeout, WorkflowType};

macro_rules! decisions {
    ($($(#[$meta:meta])* $name:ident { $($field:ident: $kind:ty),* $(,)? })*) => {
        /// What a decider wants to happen. Applied in list order; one that fails is answered by an event in its place.
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[expect(missing_docs, reason = "each variant is documented at its members")]
        pub enum Decision { $($name($name)),* }

        impl Decision {
            /// The wire name, SWF's `decisionType`.
            pub fn name(&self) -> &'static str {
                match self { $(Decision::$name(_) => stringify!($name)),* }
            }
        }

        $(
            $(#[$meta])*
            #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
            #[serde(rename_all = "camelCase")]
            #[expect(missing_docs, reason = "the members are SWF's own; its API reference explains each")]
            pub struct $name { $(pub $field: $kind),* }

            impl From<$name> for Decision {
                fn from(members: $name) -> Self { Decision::$name(members) }
            }
        )*
    };
}

decisions! {
    /// Have an activity done.
    ScheduleActivityTask {
        activity_type: ActivityType,
        activity_id: Text,
        control: Option<Data>,
        input: Option<Data>,
        schedule_to_close_timeout: Option<Timeout>,
        task_list: Option<TaskList>,
        task_priority: Option<TaskPriority>,
        schedule_to_start_timeout: Option<Timeout>,
        start_to_close_timeout: Option<Timeout>,
        heartbeat_timeout: Option<Timeout>,
    }
    /// Ask for an activity to be given up.
    RequestCancelActivityTask { activity_id: Text }
    /// End the run well.
    CompleteWorkflowExecution { result: Option<Data> }
    /// End the run badly.
    FailWorkflowExecution { reason: Option<Text>, details: Option<Data> }
    /// End the run as canceled.
    CancelWorkflowExecution { details: Option<Data> }
    /// End the run and begin its successor under the same workflow id. Unset members come from the type.
    #[derive(Default)]
    ContinueAsNewWorkflowExecution {
        input: Option<Data>,
        execution_start_to_close_timeout: Option<Timeout>,
        task_list: Option<TaskList>,
        task_priority: Option<TaskPriority>,
        task_start_to_close_timeout: Option<Timeout>,
        child_policy: Option<ChildPolicy>,
        tag_list: Option<Vec<Text>>,
        workflow_type_version: Option<Text>,
        lambda_role: Option<Text>,
    }
    /// Note something in the history.
    RecordMarker { marker_name: Text, details: Option<Data> }
    /// Start a timer.
    StartTimer { timer_id: Text, control: Option<Data>, start_to_fire_timeout: Timeout }
    /// Stop a timer.
    CancelTimer { timer_id: Text }
    /// Signal another run of the domain.
    SignalExternalWorkflowExecution {
        workflow_id: Text,
        run_id: Option<RunName>,
        signal_name: Text,
        input: Option<Data>,
        control: Option<Data>,
    }
    /// Ask another run of the domain to cancel itself.
    RequestCancelExternalWorkflowExecution { workflow_id: Text, run_id: Option<RunName>, control: Option<Data> }
    /// Start a child.
    StartChildWorkflowExecution {
        workflow_type: WorkflowType,
        workflow_id: Text,
        control: Option<Data>,
        input: Option<Data>,
        execution_start_to_close_timeout: Option<Timeout>,
        task_list: Option<TaskList>,
        task_priority: Option<TaskPriority>,
        task_start_to_close_timeout: Option<Timeout>,
        child_policy: Option<ChildPolicy>,
        tag_list: Option<Vec<Text>>,
        lambda_role: Option<Text>,
    }
    /// Call a Lambda function; this engine refuses it.
    ScheduleLambdaFunction {
        id: Text,
        name: Text,
        control: Option<Data>,
        input: Option<Data>,
        start_to_close_timeout: Option<Timeout>,
    }
}

impl ScheduleActivityTask {
    /// An activity without input that leaves the rest to its type.
    pub fn new(activity_type: ActivityType, activity_id: impl Into<Text>) -> Self {
        ScheduleActivityTask {
            activity_type,
            activity_id: activity_id.into(),
            control: None,
            input: None,
            schedule_to_close_timeout: None,
            task_list: None,
            task_priority: None,
            schedule_to_start_timeout: None,
            start_to_close_timeout: None,
            heartbeat_timeout: None,
        }
    }
}

impl StartChildWorkflowExecution {
    /// A child without input that leaves the rest to its type.
    pub fn new(workflow_type: WorkflowType, workflow_id: impl Into<Text>) -> Self {
        StartChildWorkflowExecution {
            workflow_type,
            workflow_id: workflow_id.into(),
            control: None,
            input: None,
            execution_start_to_close_timeout: None,
            task_list: None,
            task_priority: None,
            task_start_to_close_timeout: None,
            child_policy: None,
            tag_list: None,
            lambda_role: None,
        }
    }
}

impl Decision {
    /// Whether this decision ends the run; it must be the last of its list.
    pub fn is_closing(&self) -> bool {
        matches!(
            self,
            Decision::CompleteWorkflowExecution(_)
                | Decision::FailWorkflowExecution(_)
                | Decision::CancelWorkflowExecution(_)
                | Decision::ContinueAsNewWorkflowExecution(_)
        )
    }
}
