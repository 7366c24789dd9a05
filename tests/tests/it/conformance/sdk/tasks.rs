//! Deciders and workers.

use anyhow::{Context, Result};
use aws_sdk_swf::types::{
    CompleteWorkflowExecutionDecisionAttributes, Decision, DecisionType, EventType,
    RequestCancelActivityTaskDecisionAttributes, ScheduleActivityTaskDecisionAttributes,
};

use super::domain::{Domain, activity_type, list};
use super::{Case, case};

pub const CASES: &[Case] = &[
    case!(
        a_whole_execution,
        &[
            ("history", "simple execution"),
            ("action", "PollForDecisionTask"),
            ("action", "RespondDecisionTaskCompleted"),
            ("action", "PollForActivityTask"),
            ("action", "RecordActivityTaskHeartbeat"),
            ("action", "RespondActivityTaskCompleted"),
            ("decision", "ScheduleActivityTask"),
            ("decision", "CompleteWorkflowExecution"),
        ],
        "A decider and a worker take a run to its end; its eleven events are typed."
    ),
    case!(
        activities_fail_and_are_canceled,
        &[
            ("action", "RespondActivityTaskFailed"),
            ("action", "RespondActivityTaskCanceled"),
            ("action", "CountPendingActivityTasks"),
            ("action", "CountPendingDecisionTasks"),
            ("decision", "RequestCancelActivityTask"),
        ],
        "One activity fails, another one is canceled; what waits is counted."
    ),
    case!(
        pages_of_a_task,
        &[("action", "PollForDecisionTask")],
        "The pages of a decision task are read with its page token; an empty poll has no task token."
    ),
];

async fn a_whole_execution(domain: Domain) -> Result<()> {
    let client = &domain.client;
    let run = domain.start("w").await?;
    let task = domain.decide(vec![schedule("a")?]).await?;
    assert_eq!(
        (task.started_event_id(), task.previous_started_event_id()),
        (3, 0)
    );
    assert_eq!(task.workflow_execution(), Some(&run));
    let activity = domain.activity_task().await?;
    assert_eq!((activity.activity_id(), activity.input()), ("a", Some("do")));
    let beat = client.record_activity_task_heartbeat();
    let beat = beat.task_token(activity.task_token()).details("half").send();
    assert!(!beat.await?.cancel_requested());
    let done = client.respond_activity_task_completed();
    done.task_token(activity.task_token())
        .result("done")
        .send()
        .await?;
    let task = domain.decide(vec![complete("out")]).await?;
    assert_eq!(
        (task.started_event_id(), task.previous_started_event_id()),
        (9, 3)
    );
    let events = domain.history(&run).await?;
    let types: Vec<&EventType> = events.iter().map(|event| event.event_type()).collect();
    assert_eq!(
        types,
        [
            &EventType::WorkflowExecutionStarted,
            &EventType::DecisionTaskScheduled,
            &EventType::DecisionTaskStarted,
            &EventType::DecisionTaskCompleted,
            &EventType::ActivityTaskScheduled,
            &EventType::ActivityTaskStarted,
            &EventType::ActivityTaskCompleted,
            &EventType::DecisionTaskScheduled,
            &EventType::DecisionTaskStarted,
            &EventType::DecisionTaskCompleted,
            &EventType::WorkflowExecutionCompleted,
        ]
    );
    for (one, other) in [(1, 2), (4, 5), (7, 8), (10, 11)] {
        assert_eq!(
            events[one - 1].event_timestamp(),
            events[other - 1].event_timestamp()
        );
    }
    let completed = events[6].activity_task_completed_event_attributes();
    let completed = completed.context("its attributes")?;
    assert_eq!(
        (completed.scheduled_event_id(), completed.started_event_id()),
        (5, 6)
    );
    assert_eq!(completed.result(), Some("done"));
    Ok(())
}

async fn activities_fail_and_are_canceled(domain: Domain) -> Result<()> {
    let (client, name) = (&domain.client, &domain.name);
    let run = domain.start("w").await?;
    let count = client.count_pending_decision_tasks().domain(name);
    assert_eq!(count.task_list(list("flows")).send().await?.count(), 1);
    domain.decide(vec![schedule("a")?, schedule("b")?]).await?;
    let count = client.count_pending_activity_tasks().domain(name);
    assert_eq!(count.task_list(list("acts")).send().await?.count(), 2);
    let (first, second) = (domain.activity_task().await?, domain.activity_task().await?);
    let fail = client.respond_activity_task_failed();
    let fail = fail.task_token(first.task_token()).reason("r").details("d");
    fail.send().await?;
    let ask = RequestCancelActivityTaskDecisionAttributes::builder().activity_id(second.activity_id());
    let ask = Decision::builder()
        .decision_type(DecisionType::RequestCancelActivityTask)
        .request_cancel_activity_task_decision_attributes(ask.build()?);
    domain.decide(vec![ask.build()?]).await?;
    let beat = client.record_activity_task_heartbeat();
    let beat = beat.task_token(second.task_token()).send().await?;
    assert!(beat.cancel_requested());
    let cancel = client.respond_activity_task_canceled();
    cancel.task_token(second.task_token()).send().await?;
    let events = domain.history(&run).await?;
    let failed = events
        .iter()
        .find_map(|event| event.activity_task_failed_event_attributes());
    assert_eq!(failed.context("it failed")?.reason(), Some("r"));
    let canceled = events
        .iter()
        .find_map(|event| event.activity_task_canceled_event_attributes());
    assert!(
        canceled
            .context("it was canceled")?
            .latest_cancel_requested_event_id()
            > 0
    );
    Ok(())
}

async fn pages_of_a_task(domain: Domain) -> Result<()> {
    let (client, name) = (&domain.client, &domain.name);
    let poll = || {
        client
            .poll_for_decision_task()
            .domain(name)
            .task_list(list("flows"))
            .maximum_page_size(2)
    };
    let empty = poll().send().await?;
    assert_eq!((empty.task_token(), empty.started_event_id()), ("", 0));
    domain.start("w").await?;
    let first = poll().send().await?;
    assert_eq!(first.events().len(), 2);
    let token = first.next_page_token().context("there is more")?;
    let second = poll().next_page_token(token).send().await?;
    assert_eq!(second.events().len(), 1);
    assert_eq!(second.started_event_id(), 3);
    assert_eq!(second.next_page_token(), None);
    Ok(())
}

fn schedule(activity_id: &str) -> Result<Decision> {
    let attributes = ScheduleActivityTaskDecisionAttributes::builder()
        .activity_type(activity_type("act"))
        .activity_id(activity_id)
        .input("do")
        .build()?;
    let decision = Decision::builder().decision_type(DecisionType::ScheduleActivityTask);
    Ok(decision
        .schedule_activity_task_decision_attributes(attributes)
        .build()?)
}

fn complete(result: &str) -> Decision {
    let attributes = CompleteWorkflowExecutionDecisionAttributes::builder().result(result);
    Decision::builder()
        .decision_type(DecisionType::CompleteWorkflowExecution)
        .complete_workflow_execution_decision_attributes(attributes.build())
        .build()
        .expect("it has a type")
}
