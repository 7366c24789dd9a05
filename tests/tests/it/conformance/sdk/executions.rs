//! Executions: started, steered, found.

use anyhow::{Context, Result};
use aws_sdk_swf::primitives::DateTime;
use aws_sdk_swf::types::{
    ChildPolicy, CloseStatus, CloseStatusFilter, EventType, ExecutionStatus, ExecutionTimeFilter,
    WorkflowExecutionTerminatedCause,
};

use super::domain::Domain;
use super::{Case, case};

pub const CASES: &[Case] = &[
    case!(
        steering,
        &[
            ("action", "StartWorkflowExecution"),
            ("action", "SignalWorkflowExecution"),
            ("action", "RequestCancelWorkflowExecution"),
            ("action", "TerminateWorkflowExecution"),
            ("action", "DescribeWorkflowExecution"),
        ],
        "A run is started, signalled, asked to cancel, described and terminated."
    ),
    case!(
        histories,
        &[("action", "GetWorkflowExecutionHistory")],
        "The paginator reads a history whole, with typed events and timestamps."
    ),
    case!(
        visibility,
        &[
            ("action", "ListOpenWorkflowExecutions"),
            ("action", "ListClosedWorkflowExecutions"),
            ("action", "CountOpenWorkflowExecutions"),
            ("action", "CountClosedWorkflowExecutions"),
        ],
        "Open and closed runs are listed by the paginators and counted."
    ),
];

async fn steering(domain: Domain) -> Result<()> {
    let (client, name) = (&domain.client, &domain.name);
    let run = domain.start("w").await?;
    let signal = client.signal_workflow_execution().domain(name);
    signal.workflow_id("w").signal_name("s").send().await?;
    let ask = client.request_cancel_workflow_execution().domain(name);
    ask.workflow_id("w").send().await?;
    let describe = || {
        client
            .describe_workflow_execution()
            .domain(name)
            .execution(run.clone())
            .send()
    };
    let open = describe().await?;
    let info = open.execution_info().context("the run")?;
    assert_eq!(info.execution_status(), &ExecutionStatus::Open);
    assert!(info.cancel_requested());
    assert_eq!(info.close_timestamp(), None);
    assert_eq!(open.open_counts().context("its counts")?.open_decision_tasks(), 1);
    let terminate = client.terminate_workflow_execution().domain(name);
    let terminate = terminate.workflow_id("w").reason("enough");
    terminate.child_policy(ChildPolicy::Abandon).send().await?;
    let closed = describe().await?;
    let info = closed.execution_info().context("the run")?;
    assert_eq!(info.close_status(), Some(&CloseStatus::Terminated));
    let events = domain.history(&run).await?;
    let last = events.last().context("an event")?;
    assert_eq!(info.close_timestamp(), Some(last.event_timestamp()));
    let terminated = last.workflow_execution_terminated_event_attributes();
    let terminated = terminated.context("its attributes")?;
    assert_eq!(terminated.reason(), Some("enough"));
    assert_eq!(terminated.child_policy(), &ChildPolicy::Abandon);
    let cause = WorkflowExecutionTerminatedCause::OperatorInitiated;
    assert_eq!(terminated.cause(), Some(&cause));
    Ok(())
}

async fn histories(domain: Domain) -> Result<()> {
    let (client, name) = (&domain.client, &domain.name);
    let run = domain.start("w").await?;
    for number in 0..5 {
        let signal = client.signal_workflow_execution().domain(name).workflow_id("w");
        signal.signal_name(format!("s{number}")).send().await?;
    }
    let history = client.get_workflow_execution_history().domain(name);
    let pages = history.execution(run).maximum_page_size(3).into_paginator();
    let events = pages.items().send().collect::<Result<Vec<_>, _>>().await?;
    let ids: Vec<i64> = events.iter().map(|event| event.event_id()).collect();
    assert_eq!(ids, [1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(events[0].event_type(), &EventType::WorkflowExecutionStarted);
    let started = events[0].workflow_execution_started_event_attributes();
    let started = started.context("its attributes")?;
    assert_eq!(started.input(), Some("in"));
    assert_eq!(started.parent_initiated_event_id(), 0);
    assert_eq!(events[0].event_timestamp(), events[1].event_timestamp());
    let signaled = events[6].workflow_execution_signaled_event_attributes();
    assert_eq!(signaled.context("its attributes")?.signal_name(), "s4");
    Ok(())
}

async fn visibility(domain: Domain) -> Result<()> {
    let (client, name) = (&domain.client, &domain.name);
    for workflow_id in ["a", "b", "c", "d"] {
        domain.start(workflow_id).await?;
    }
    let terminate = client.terminate_workflow_execution().domain(name);
    terminate.workflow_id("b").send().await?;
    let ever = ExecutionTimeFilter::builder()
        .oldest_date(DateTime::from_secs(0))
        .build()?;
    let open = client.list_open_workflow_executions().domain(name);
    let open = open.start_time_filter(ever.clone()).maximum_page_size(2);
    let open = open.into_paginator().items().send();
    let open = open.collect::<Result<Vec<_>, _>>().await?;
    let ids: Vec<&str> = open
        .iter()
        .filter_map(|info| Some(info.execution()?.workflow_id()))
        .collect();
    assert_eq!(ids, ["d", "c", "a"]);
    let closed = client.list_closed_workflow_executions().domain(name);
    let closed = closed.close_time_filter(ever.clone()).into_paginator();
    let closed = closed.items().send().collect::<Result<Vec<_>, _>>().await?;
    assert_eq!(closed.len(), 1);
    let count = client.count_open_workflow_executions().domain(name);
    let count = count.start_time_filter(ever.clone()).send().await?;
    assert_eq!((count.count(), count.truncated()), (3, false));
    let terminated = CloseStatusFilter::builder().status(CloseStatus::Terminated);
    let count = client.count_closed_workflow_executions().domain(name);
    let count = count
        .start_time_filter(ever)
        .close_status_filter(terminated.build()?);
    assert_eq!(count.send().await?.count(), 1);
    Ok(())
}
