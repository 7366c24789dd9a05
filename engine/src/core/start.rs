//! How a run begins: a request, completed by its type's defaults, becomes the first event.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::model::{
    ChildPolicy, DomainTypes, Event, Fault, FaultKind, Limits, RegistrationStatus, TaskList, TaskPriority,
    Text, Timeout, Timestamp, WorkflowExecution, WorkflowExecutionStarted, WorkflowType,
    WorkflowTypeDefaults,
};

use super::{DecisionTasks, Execution, NewRun, Rules, fold};

/// Decides whether a run may begin, and with which values. It has no parent and continues no other run.
///
/// # Errors
/// `ValidationException` for too many tags or an execution timeout beyond the limit; `UnknownResourceFault` or
/// `TypeDeprecatedFault` for the type; `DefaultUndefinedFault`, naming the default, when a needed value is neither
/// given nor has the type a default.
pub fn start(new: &NewRun, rules: &Rules<'_>) -> Result<WorkflowExecutionStarted, Fault> {
    check_tags(&new.tag_list, rules.limits, "tagList")?;
    check_execution_timeout(
        new.execution_start_to_close_timeout,
        rules.limits,
        "executionStartToCloseTimeout",
    )?;
    let defaults = usable_type(rules.types, &new.workflow_type).map_err(|problem| match problem {
        UnusableType::DoesNotExist => Fault::unknown_type(&new.workflow_type),
        UnusableType::Deprecated => Fault::type_deprecated(&new.workflow_type),
    })?;
    let resolved = Requested {
        task_list: new.task_list.as_ref(),
        task_priority: new.task_priority,
        execution_start_to_close_timeout: new.execution_start_to_close_timeout,
        task_start_to_close_timeout: new.task_start_to_close_timeout,
        child_policy: new.child_policy,
        lambda_role: new.lambda_role.as_ref(),
    }
    .resolve(defaults)
    .map_err(|undefined| Fault::new(FaultKind::DefaultUndefinedFault, undefined.name()))?;
    Ok(WorkflowExecutionStarted {
        workflow_type: new.workflow_type.clone(),
        task_list: resolved.task_list,
        child_policy: resolved.child_policy,
        execution_start_to_close_timeout: Some(resolved.execution_start_to_close_timeout),
        task_start_to_close_timeout: Some(resolved.task_start_to_close_timeout),
        input: new.input.clone(),
        tag_list: (!new.tag_list.is_empty()).then(|| new.tag_list.clone()),
        task_priority: resolved.task_priority,
        lambda_role: resolved.lambda_role,
        continued_execution_run_id: None,
        parent_workflow_execution: None,
        parent_initiated_event_id: 0,
    })
}

/// Begins a run, whether started by a caller, by a parent or by its predecessor: its first two events, and its state
/// with both folded in.
pub fn begin(
    domain: Text,
    id: WorkflowExecution,
    started: WorkflowExecutionStarted,
    now: Timestamp,
) -> (Execution, Vec<Event>) {
    let first = Event {
        id: 1,
        at: now,
        attributes: started.clone().into(),
    };
    let mut execution = Execution::begun(domain, id, started, now);
    let second = Event {
        id: 2,
        at: now,
        attributes: execution.next_decision_task().into(),
    };
    fold(&mut execution, &second);
    (execution, vec![first, second])
}

impl Execution {
    /// The state after the first event.
    pub(super) fn begun(
        domain: Text,
        id: WorkflowExecution,
        started: WorkflowExecutionStarted,
        at: Timestamp,
    ) -> Self {
        let mut execution = Execution {
            domain,
            id,
            started: Arc::new(started),
            started_at: at,
            next_event_id: 2,
            last_event_at: at,
            closed: None,
            cancel_requested: false,
            decisions: DecisionTasks::default(),
            activities: BTreeMap::new(),
            timers: BTreeMap::new(),
            children: BTreeMap::new(),
            external_signals: BTreeMap::new(),
            external_cancels: BTreeMap::new(),
            activity_ids: HashMap::new(),
            timer_ids: HashMap::new(),
            latest_execution_context: None,
            latest_activity_task_at: None,
            clocks: BTreeSet::new(),
        };
        execution.arm_execution();
        execution
    }
}

/// Why a workflow type can't be used for a new run.
pub(super) enum UnusableType {
    DoesNotExist,
    Deprecated,
}

/// The defaults of a type that new runs may use.
pub(super) fn usable_type<'a>(
    types: &'a DomainTypes,
    of: &WorkflowType,
) -> Result<&'a WorkflowTypeDefaults, UnusableType> {
    let record = types.workflows.get(of).ok_or(UnusableType::DoesNotExist)?;
    match record.status {
        RegistrationStatus::Registered => Ok(&record.defaults),
        RegistrationStatus::Deprecated => Err(UnusableType::Deprecated),
    }
}

/// The values of a new run that its type may have defaults for, as asked for.
pub(super) struct Requested<'a> {
    pub(super) task_list: Option<&'a TaskList>,
    pub(super) task_priority: Option<TaskPriority>,
    pub(super) execution_start_to_close_timeout: Option<Timeout>,
    pub(super) task_start_to_close_timeout: Option<Timeout>,
    pub(super) child_policy: Option<ChildPolicy>,
    pub(super) lambda_role: Option<&'a Text>,
}

/// The same values, settled.
pub(super) struct Resolved {
    pub(super) task_list: TaskList,
    pub(super) task_priority: Option<TaskPriority>,
    pub(super) execution_start_to_close_timeout: Timeout,
    pub(super) task_start_to_close_timeout: Timeout,
    pub(super) child_policy: ChildPolicy,
    pub(super) lambda_role: Option<Text>,
}

/// A value that was neither asked for nor has a default.
pub(super) enum Undefined {
    TaskList,
    TaskStartToCloseTimeout,
    ExecutionStartToCloseTimeout,
    ChildPolicy,
}

impl Undefined {
    /// SWF's name of the default that is missing.
    fn name(&self) -> &'static str {
        match self {
            Undefined::TaskList => "defaultTaskList",
            Undefined::TaskStartToCloseTimeout => "defaultTaskStartToCloseTimeout",
            Undefined::ExecutionStartToCloseTimeout => "defaultExecutionStartToCloseTimeout",
            Undefined::ChildPolicy => "defaultChildPolicy",
        }
    }
}

impl Requested<'_> {
    pub(super) fn resolve(self, defaults: &WorkflowTypeDefaults) -> Result<Resolved, Undefined> {
        let task_list = self.task_list.or(defaults.default_task_list.as_ref());
        let task_timeout = self
            .task_start_to_close_timeout
            .or(defaults.default_task_start_to_close_timeout);
        let execution_timeout = self
            .execution_start_to_close_timeout
            .or(defaults.default_execution_start_to_close_timeout);
        let child_policy = self.child_policy.or(defaults.default_child_policy);
        Ok(Resolved {
            task_list: task_list.ok_or(Undefined::TaskList)?.clone(),
            task_start_to_close_timeout: task_timeout.ok_or(Undefined::TaskStartToCloseTimeout)?,
            execution_start_to_close_timeout: execution_timeout
                .ok_or(Undefined::ExecutionStartToCloseTimeout)?,
            child_policy: child_policy.ok_or(Undefined::ChildPolicy)?,
            task_priority: self.task_priority.or(defaults.default_task_priority),
            lambda_role: self
                .lambda_role
                .or(defaults.default_lambda_role.as_ref())
                .cloned(),
        })
    }
}

/// A run has a limited number of tags.
pub(super) fn check_tags(tags: &[Text], limits: &Limits, path: &str) -> Result<(), Fault> {
    if tags.len() <= limits.tags {
        return Ok(());
    }
    Err(constraint(
        &format!("[{}]", tags.join(", ")),
        path,
        &format!("Member must have length less than or equal to {}", limits.tags),
    ))
}

/// A run ends some day: its timeout can't be `NONE`, nor longer than the limit.
pub(super) fn check_execution_timeout(
    timeout: Option<Timeout>,
    limits: &Limits,
    path: &str,
) -> Result<(), Fault> {
    match timeout {
        None => Ok(()),
        Some(Timeout::Seconds(seconds)) if seconds <= limits.execution_seconds => Ok(()),
        Some(timeout) => Err(constraint(
            &timeout.to_string(),
            path,
            &format!(
                "Member must have value less than or equal to {} seconds",
                limits.execution_seconds
            ),
        )),
    }
}

/// A broken constraint, in SWF's words.
pub(super) fn constraint(value: &str, path: &str, rule: &str) -> Fault {
    Fault::validation(format!(
        "1 validation error detected: Value '{value}' at '{path}' failed to satisfy constraint: {rule}"
    ))
}
