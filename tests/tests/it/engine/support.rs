//! A node with a decider that a test writes as a function of the history.

use std::sync::Arc;

use apus::core::{Completion, NewRun};
use apus::model::{
    ActivityType, ActivityTypeDefaults, ChildPolicy, CompleteWorkflowExecution,
    ContinueAsNewWorkflowExecution, Decision, Event, EventAttributes, EventType, FaultKind, RunId,
    ScheduleActivityTask, TaskList, Timeout, WorkflowExecution, WorkflowType, WorkflowTypeDefaults,
};
use apus::node::{
    ActivityTask, Decided, Decider, DeciderFactory, DecisionInput, DecisionTask, Handed, Node, NodeOptions,
};
use apus_tests::TestDatabase;
use tokio_util::sync::CancellationToken;

pub const DOMAIN: &str = "tests";
pub const LIST: &str = "list";

/// Decides from the whole history, as a decider without memory does.
pub type Decide = fn(&[Event]) -> Vec<Decision>;

pub struct Stateless(pub Decide);

impl DeciderFactory for Stateless {
    fn decider(&self) -> Box<dyn Decider> {
        Box::new(StatelessDecider(self.0))
    }

    fn workflow_types(&self) -> Vec<(WorkflowType, TaskList)> {
        vec![(workflow_type(), TaskList::new(LIST))]
    }
}

struct StatelessDecider(Decide);

impl Decider for StatelessDecider {
    fn decide(&mut self, task: &DecisionInput) -> Decided {
        if task.events.first().is_none_or(|event| event.id != 1) {
            return Decided::NeedsHistory;
        }
        Decided::Completion(Completion {
            decisions: (self.0)(&task.events),
            ..Completion::default()
        })
    }

    fn forget(&mut self, _: RunId) {}
}

pub fn workflow_type() -> WorkflowType {
    WorkflowType::new("workflow", "1")
}

pub fn activity_type() -> ActivityType {
    ActivityType::new("activity", "1")
}

pub fn new_run() -> NewRun {
    NewRun {
        workflow_type: workflow_type(),
        task_list: None,
        task_priority: None,
        input: Some("input".into()),
        execution_start_to_close_timeout: None,
        task_start_to_close_timeout: None,
        tag_list: Vec::new(),
        child_policy: None,
        lambda_role: None,
    }
}

/// A node on the database, its types registered, with a decider if one is given.
pub async fn node(database: &TestDatabase, decide: Option<Decide>) -> Node {
    let mut options = NodeOptions::new(database.connect_options());
    options.deciders = decide.map(|decide| Arc::new(Stateless(decide)) as Arc<dyn DeciderFactory>);
    let node = Node::start(options).await.unwrap();
    register(&node).await;
    node
}

pub async fn register(node: &Node) {
    node.ensure_domain(DOMAIN, 1).await.unwrap();
    node.ensure_type(DOMAIN, workflow_type(), workflow_defaults())
        .await
        .unwrap();
    let activity = ActivityTypeDefaults {
        default_task_list: Some(TaskList::new(LIST)),
        default_task_start_to_close_timeout: Some(Timeout::Seconds(60)),
        default_task_heartbeat_timeout: Some(Timeout::None),
        default_task_schedule_to_start_timeout: Some(Timeout::None),
        default_task_schedule_to_close_timeout: Some(Timeout::None),
        ..ActivityTypeDefaults::default()
    };
    node.ensure_type(DOMAIN, activity_type(), activity).await.unwrap();
}

/// What runs of every type here begin with.
pub fn workflow_defaults() -> WorkflowTypeDefaults {
    WorkflowTypeDefaults {
        default_task_start_to_close_timeout: Some(Timeout::Seconds(30)),
        default_execution_start_to_close_timeout: Some(Timeout::Seconds(3_600)),
        default_task_list: Some(TaskList::new(LIST)),
        default_child_policy: Some(ChildPolicy::Terminate),
        ..WorkflowTypeDefaults::default()
    }
}

pub async fn start(node: &Node, workflow_id: &str) -> WorkflowExecution {
    let run_id = node.start_workflow(DOMAIN, workflow_id, new_run()).await.unwrap();
    WorkflowExecution {
        workflow_id: workflow_id.into(),
        run_id,
    }
}

/// Waits for an activity task and takes it; none once `stop` is cancelled.
pub async fn activity_task(node: &Node, stop: &CancellationToken) -> Option<ActivityTask> {
    let polled = node.poll_activity_task(DOMAIN, LIST, Some("worker"), stop).await;
    polled.unwrap().map(Handed::accept)
}

/// Answers a decision task so.
pub async fn decide(node: &Node, task: &DecisionTask, decisions: Vec<Decision>) {
    let completion = Completion {
        decisions,
        ..Completion::default()
    };
    node.complete_decision_task(&task.token, completion)
        .await
        .unwrap();
}

/// A continuation that leaves everything to the type.
pub fn continue_as_new() -> Decision {
    ContinueAsNewWorkflowExecution::default().into()
}

/// Waits for a decision task and takes it.
pub async fn decision_task(node: &Node) -> DecisionTask {
    let never = CancellationToken::new();
    let polled = node
        .poll_decision_task(DOMAIN, LIST, Some("decider"), &never)
        .await;
    polled.unwrap().unwrap().accept()
}

/// Waits until the node's planner has come past everything that it had heard before this.
pub async fn settled(node: &Node) {
    let asked = node.signal_workflow(DOMAIN, "nobody", None, "s", None).await;
    assert_eq!(asked.unwrap_err().kind, FaultKind::UnknownResourceFault);
}

/// One activity, then the end with its result.
pub fn one_activity(events: &[Event]) -> Vec<Decision> {
    sequence(events, 1)
}

/// So many activities in a row, then the end with the last result.
pub fn sequence(events: &[Event], activities: usize) -> Vec<Decision> {
    let done = events.iter().rev().find_map(|event| match &event.attributes {
        EventAttributes::ActivityTaskCompleted(done) => Some(done.result.clone()),
        _ => None,
    });
    let scheduled = of_type(events, EventType::ActivityTaskScheduled);
    let completed = of_type(events, EventType::ActivityTaskCompleted);
    match (scheduled, completed) {
        (scheduled, completed) if scheduled > completed => Vec::new(),
        (_, completed) if completed == activities => {
            vec![
                CompleteWorkflowExecution {
                    result: done.flatten(),
                }
                .into(),
            ]
        }
        (scheduled, _) => vec![schedule(&scheduled.to_string())],
    }
}

pub fn of_type(events: &[Event], of: EventType) -> usize {
    events
        .iter()
        .filter(|event| event.attributes.event_type() == of)
        .count()
}

pub fn schedule(activity_id: &str) -> Decision {
    ScheduleActivityTask {
        input: Some(activity_id.into()),
        ..ScheduleActivityTask::new(activity_type(), activity_id)
    }
    .into()
}

/// The events as one line: ids and types.
pub fn line(events: &[Event]) -> String {
    let one = |event: &Event| format!("{} {}", event.id, event.attributes.event_type().name());
    events.iter().map(one).collect::<Vec<_>>().join(", ")
}
