//! What leaves a node: each scene prepares a run and names what one commit of that run will let go.

use apus::core::NewRun;
use apus::model::{
    CompleteWorkflowExecution, ContinueAsNewWorkflowExecution, Decision, EventType, FaultKind,
    RequestCancelActivityTask, RequestCancelExternalWorkflowExecution, ScheduleActivityTask,
    SignalExternalWorkflowExecution, TaskList, WorkflowExecution,
};
use apus::node::{ActivityTask, DecisionTask, Handed, Node, TaskToken};
use futures::future::{BoxFuture, FutureExt};
use tokio_util::sync::CancellationToken;

use super::super::support::{DOMAIN, decide, new_run, schedule};
use super::leaving::Leaving;
use super::stage::{LISTEN, RAISE, Stage, WORK, embedded_run, listening_child};

/// One kind of thing to be asked of a run.
pub struct Scene {
    /// Unique.
    pub name: &'static str,
    /// Prepares the run of this workflow id; what it returns is asked when it is first awaited.
    pub prepare: for<'a> fn(&'a Stage, &'a str) -> BoxFuture<'a, Leaving>,
    /// Events that it leads to, as often as they stand here and not once more.
    pub writes: &'static [EventType],
}

macro_rules! scenes {
    ($($name:ident writes $($event:ident)+,)*) => {
        /// All of them.
        pub const SCENES: &[Scene] = &[$(Scene {
            name: stringify!($name),
            prepare: |stage, id| $name(stage, id).boxed(),
            writes: &[$(EventType::$event),+],
        }),*];
    };
}

scenes! {
    start writes WorkflowExecutionStarted DecisionTaskStarted,
    embedded_start writes WorkflowExecutionStarted DecisionTaskCompleted ActivityTaskStarted,
    signal writes WorkflowExecutionSignaled,
    request_cancel writes WorkflowExecutionCancelRequested,
    terminate writes WorkflowExecutionTerminated,
    poll_for_a_waiting_decision writes DecisionTaskStarted,
    poll_for_a_waiting_activity writes ActivityTaskStarted,
    decision writes DecisionTaskCompleted ActivityTaskScheduled ActivityTaskScheduled ActivityTaskStarted
        ActivityTaskStarted SignalExternalWorkflowExecutionInitiated SignalExternalWorkflowExecutionInitiated
        RequestCancelExternalWorkflowExecutionInitiated StartChildWorkflowExecutionInitiated,
    last_decision writes WorkflowExecutionCompleted,
    continuation writes WorkflowExecutionStarted DecisionTaskStarted,
    completed_activity writes ActivityTaskCompleted,
    failed_activity writes ActivityTaskFailed,
    canceled_activity writes ActivityTaskCanceled,
    embedded_completion writes ActivityTaskCompleted WorkflowExecutionCompleted,
    heartbeat writes ActivityTaskCancelRequested,
    end_of_a_child writes WorkflowExecutionTerminated,
}

async fn start(stage: &Stage, id: &str) -> Leaving {
    let (node, workflow_id) = (stage.node.clone(), id.to_owned());
    let begun = async move {
        node.start_workflow(DOMAIN, &workflow_id, on_list(&workflow_id))
            .await
            .unwrap();
    };
    Leaving::of(id)
        .add("its decision task, to a poller", decision_at(&stage.node, id))
        .add("the answer", begun)
}

async fn embedded_start(stage: &Stage, id: &str) -> Leaving {
    let (node, workflow_id) = (stage.node.clone(), id.to_owned());
    let begun = async move {
        node.start_workflow(DOMAIN, &workflow_id, embedded_run(WORK))
            .await
            .unwrap();
    };
    Leaving::of(id)
        .add("its activity, to a poller", activity_at(&stage.node, id))
        .add("the answer", begun)
}

async fn signal(stage: &Stage, id: &str) -> Leaving {
    decided_once(stage, id).await;
    let (node, workflow_id) = (stage.node.clone(), id.to_owned());
    let signalled = async move {
        let signalled = node.signal_workflow(DOMAIN, &workflow_id, None, "s", None);
        signalled.await.unwrap();
    };
    Leaving::of(id)
        .add("a decision task, to a poller", decision_at(&stage.node, id))
        .add("the answer", signalled)
}

async fn request_cancel(stage: &Stage, id: &str) -> Leaving {
    decided_once(stage, id).await;
    let (node, workflow_id) = (stage.node.clone(), id.to_owned());
    let asked = async move {
        let asked = node.request_cancel(DOMAIN, &workflow_id, None);
        asked.await.unwrap();
    };
    Leaving::of(id)
        .add(
            "a decision task, to another node's poller",
            decision_at(&stage.other, id),
        )
        .add("the answer", asked)
}

/// What is asked of a run after its end is refused, and the refusal rests on the end.
async fn terminate(stage: &Stage, id: &str) -> Leaving {
    let run = begin(stage, id).await;
    let (node, workflow_id) = (stage.node.clone(), id.to_owned());
    let late = async move {
        let late = node.signal_workflow(DOMAIN, &workflow_id, None, "late", None);
        assert_eq!(late.await.unwrap_err().kind, FaultKind::UnknownResourceFault);
    };
    Leaving::of(id)
        .add("the result", closed(&stage.node, run))
        .add("the answer", terminated(&stage.node, id))
        .add("a refusal", late)
}

async fn poll_for_a_waiting_decision(stage: &Stage, id: &str) -> Leaving {
    begin(stage, id).await;
    Leaving::of(id).add("the task", decision_at(&stage.node, id))
}

async fn poll_for_a_waiting_activity(stage: &Stage, id: &str) -> Leaving {
    begin(stage, id).await;
    let task = next_decision(&stage.node, id).await;
    decide(&stage.node, &task, vec![activity_on(id)]).await;
    Leaving::of(id).add("the task", activity_at(&stage.node, id))
}

/// Activities for pollers of both nodes, and a message of every kind.
async fn decision(stage: &Stage, id: &str) -> Leaving {
    begin(stage, id).await;
    let (listener, child, far) = (
        format!("{id}-listener"),
        format!("{id}-child"),
        format!("{id}-far"),
    );
    stage.begin_embedded(&listener, LISTEN).await;
    decided_once(stage, &far).await;
    let task = next_decision(&stage.node, id).await;
    let decisions = vec![
        activity_on(id),
        activity_on(&far),
        signal_to(&listener),
        signal_to(&far),
        cancel_of(&listener),
        listening_child(&child),
    ];
    Leaving::of(id)
        .add("an activity, to a poller", activity_at(&stage.node, id))
        .add(
            "an activity, to another node's poller",
            activity_at(&stage.other, &far),
        )
        .add(
            "a signalled run's decision task, to another node's poller",
            decision_at(&stage.other, &far),
        )
        .add(
            "a signal",
            stage.told(&listener, EventType::WorkflowExecutionSignaled),
        )
        .add(
            "a cancel request",
            stage.told(&listener, EventType::WorkflowExecutionCancelRequested),
        )
        .add(
            "the start of a child",
            stage.told(&child, EventType::WorkflowExecutionStarted),
        )
        .add("the answer", decided(&stage.node, task.token, decisions))
}

async fn last_decision(stage: &Stage, id: &str) -> Leaving {
    let run = begin(stage, id).await;
    let task = next_decision(&stage.node, id).await;
    let complete = CompleteWorkflowExecution { result: None }.into();
    Leaving::of(id)
        .add("the result", closed(&stage.node, run))
        .add("the answer", decided(&stage.node, task.token, vec![complete]))
}

async fn continuation(stage: &Stage, id: &str) -> Leaving {
    let run = begin(stage, id).await;
    let task = next_decision(&stage.node, id).await;
    let continued = ContinueAsNewWorkflowExecution {
        task_list: Some(TaskList::new(id)),
        ..ContinueAsNewWorkflowExecution::default()
    };
    Leaving::of(id)
        .add("the result", closed(&stage.node, run))
        .add(
            "its successor's decision task, to a poller",
            decision_at(&stage.node, id),
        )
        .add(
            "the answer",
            decided(&stage.node, task.token, vec![continued.into()]),
        )
}

async fn completed_activity(stage: &Stage, id: &str) -> Leaving {
    let (node, token) = (stage.node.clone(), started_activity(stage, id).await);
    let answered = async move { node.complete_activity(&token, None).await.unwrap() };
    answered_activity(stage, id, answered)
}

async fn failed_activity(stage: &Stage, id: &str) -> Leaving {
    let (node, token) = (stage.node.clone(), started_activity(stage, id).await);
    let answered = async move { node.fail_activity(&token, None, None).await.unwrap() };
    answered_activity(stage, id, answered)
}

async fn canceled_activity(stage: &Stage, id: &str) -> Leaving {
    let (node, token) = (stage.node.clone(), started_activity(stage, id).await);
    let answered = async move { node.cancel_activity(&token, None).await.unwrap() };
    answered_activity(stage, id, answered)
}

fn answered_activity(
    stage: &Stage,
    id: &str,
    answered: impl Future<Output = ()> + Send + 'static,
) -> Leaving {
    Leaving::of(id)
        .add("a decision task, to a poller", decision_at(&stage.node, id))
        .add("the answer", answered)
}

async fn embedded_completion(stage: &Stage, id: &str) -> Leaving {
    stage.begin_embedded(id, WORK).await;
    let task = next_activity(&stage.node, id).await;
    let node = stage.node.clone();
    let answered = async move { node.complete_activity(&task.token, None).await.unwrap() };
    Leaving::of(id)
        .add("the result", closed(&stage.node, task.execution))
        .add("the answer", answered)
}

/// Whether an activity is to be given up is told with the answer to a heartbeat.
async fn heartbeat(stage: &Stage, id: &str) -> Leaving {
    let activity = started_activity(stage, id).await;
    let signalled = stage.node.signal_workflow(DOMAIN, id, None, "s", None);
    signalled.await.unwrap();
    let task = next_decision(&stage.node, id).await;
    let cancel = RequestCancelActivityTask {
        activity_id: id.into(),
    };
    let node = stage.node.clone();
    let told = async move { assert!(node.heartbeat(&activity, None).await.unwrap()) };
    Leaving::of(id)
        .add(
            "the answer",
            decided(&stage.node, task.token, vec![cancel.into()]),
        )
        .add("a cancel request, with a heartbeat's answer", told)
}

async fn end_of_a_child(stage: &Stage, id: &str) -> Leaving {
    // The scene is about the child, so that is what has the id.
    let parent = format!("{id}-parent");
    stage.begin_embedded(&parent, &format!("{RAISE}{id}")).await;
    stage
        .told(&parent, EventType::ChildWorkflowExecutionStarted)
        .await;
    // It is told before that is durable; a signal is answered after.
    let signalled = stage.node.signal_workflow(DOMAIN, &parent, None, "s", None);
    signalled.await.unwrap();
    Leaving::of(id)
        .add(
            "the news, to its parent",
            stage.told(&parent, EventType::ChildWorkflowExecutionTerminated),
        )
        .add("the answer", terminated(&stage.node, id))
}

/// A run that is decided by who polls the list that is named like it.
fn on_list(id: &str) -> NewRun {
    NewRun {
        task_list: Some(TaskList::new(id)),
        ..new_run()
    }
}

async fn begin(stage: &Stage, id: &str) -> WorkflowExecution {
    let run_id = stage.node.start_workflow(DOMAIN, id, on_list(id)).await.unwrap();
    WorkflowExecution {
        workflow_id: id.into(),
        run_id,
    }
}

/// Begins a run whose first decision is made, so that the next event calls for another.
async fn decided_once(stage: &Stage, id: &str) {
    begin(stage, id).await;
    let task = next_decision(&stage.node, id).await;
    decide(&stage.node, &task, Vec::new()).await;
}

/// Begins a run with an activity that is called like it and in the hands of a worker.
async fn started_activity(stage: &Stage, id: &str) -> TaskToken {
    begin(stage, id).await;
    let task = next_decision(&stage.node, id).await;
    decide(&stage.node, &task, vec![activity_on(id)]).await;
    next_activity(&stage.node, id).await.token
}

fn activity_on(list: &str) -> Decision {
    let Decision::ScheduleActivityTask(task) = schedule(list) else {
        unreachable!("that is what it makes")
    };
    ScheduleActivityTask {
        task_list: Some(TaskList::new(list)),
        ..task
    }
    .into()
}

fn signal_to(workflow_id: &str) -> Decision {
    SignalExternalWorkflowExecution {
        workflow_id: workflow_id.into(),
        run_id: None,
        signal_name: "s".into(),
        input: None,
        control: None,
    }
    .into()
}

fn cancel_of(workflow_id: &str) -> Decision {
    RequestCancelExternalWorkflowExecution {
        workflow_id: workflow_id.into(),
        run_id: None,
        control: None,
    }
    .into()
}

async fn next_decision(node: &Node, list: &str) -> DecisionTask {
    let never = CancellationToken::new();
    let polled = node.poll_decision_task(DOMAIN, list, None, &never).await;
    polled.unwrap().map(Handed::accept).unwrap()
}

async fn next_activity(node: &Node, list: &str) -> ActivityTask {
    let never = CancellationToken::new();
    let polled = node.poll_activity_task(DOMAIN, list, None, &never).await;
    polled.unwrap().map(Handed::accept).unwrap()
}

fn decision_at(node: &Node, list: &str) -> impl Future<Output = ()> + Send + use<> {
    let (node, list) = (node.clone(), list.to_owned());
    async move { drop(next_decision(&node, &list).await) }
}

fn activity_at(node: &Node, list: &str) -> impl Future<Output = ()> + Send + use<> {
    let (node, list) = (node.clone(), list.to_owned());
    async move { drop(next_activity(&node, &list).await) }
}

fn decided(
    node: &Node,
    token: TaskToken,
    decisions: Vec<Decision>,
) -> impl Future<Output = ()> + Send + use<> {
    let node = node.clone();
    async move {
        let completion = apus::core::Completion {
            decisions,
            ..Default::default()
        };
        node.complete_decision_task(&token, completion).await.unwrap();
    }
}

fn terminated(node: &Node, id: &str) -> impl Future<Output = ()> + Send + use<> {
    let (node, workflow_id) = (node.clone(), id.to_owned());
    async move {
        let terminated = node.terminate(DOMAIN, &workflow_id, None, None, None, None);
        terminated.await.unwrap();
    }
}

fn closed(node: &Node, run: WorkflowExecution) -> impl Future<Output = ()> + Send + use<> {
    let node = node.clone();
    async move { drop(node.wait_closed(DOMAIN, &run).await.unwrap()) }
}
