//! Domains and types that are deprecated or deleted while runs of them are open.

use apus::model::{
    ActivityTypeDefaults, Decision, Event, EventAttributes, EventType, FaultKind, Limits, RegistrationStatus,
    StartChildWorkflowExecution, Tags, WorkflowType, WorkflowTypeDefaults,
};
use apus::node::{Node, NodeOptions};
use apus::store::{Filter, NewDomain, NewType};
use tokio_util::sync::CancellationToken;

use super::support::{
    self, DOMAIN, activity_task, activity_type, continue_as_new, decision_task, new_run, node, of_type,
    one_activity, schedule, start, workflow_type,
};

/// Takes the decision task that waits, decides so, and returns what came of it.
async fn decide(node: &Node, decisions: Vec<Decision>) -> Vec<Event> {
    let task = decision_task(node).await;
    support::decide(node, &task, decisions).await;
    let mut events = node.history(DOMAIN, &task.execution).await.unwrap();
    events.retain(|event| event.id > task.token.started_event_id);
    events
}

fn types_of(events: &[Event]) -> Vec<EventType> {
    events.iter().map(|event| event.attributes.event_type()).collect()
}

/// The cause of the decision that failed.
fn cause(events: &[Event]) -> String {
    let failed = events.iter().find_map(|event| match &event.attributes {
        EventAttributes::ScheduleActivityTaskFailed(failed) => Some(format!("{:?}", failed.cause)),
        EventAttributes::StartChildWorkflowExecutionFailed(failed) => Some(format!("{:?}", failed.cause)),
        EventAttributes::ContinueAsNewWorkflowExecutionFailed(failed) => Some(format!("{:?}", failed.cause)),
        _ => None,
    });
    failed.unwrap_or_else(|| panic!("{:?}", types_of(events)))
}

fn start_child() -> Decision {
    StartChildWorkflowExecution::new(workflow_type(), "child").into()
}

#[tokio::test]
async fn an_open_run_follows_what_becomes_of_an_activity_type() {
    let database = apus_tests::database().await;
    let node = node(&database, None).await;
    let activity = activity_type();
    start(&node, "w").await;
    let scheduled = decide(&node, vec![schedule("0")]).await;
    assert_eq!(of_type(&scheduled, EventType::ActivityTaskScheduled), 1);

    node.deprecate_type(DOMAIN, &activity).await.unwrap();
    node.signal_workflow(DOMAIN, "w", None, "go", None).await.unwrap();
    let refused = decide(&node, vec![schedule("1")]).await;
    assert_eq!(cause(&refused), "ActivityTypeDeprecated");

    node.delete_type(DOMAIN, &activity).await.unwrap();
    let refused = decide(&node, vec![schedule("2")]).await;
    assert_eq!(cause(&refused), "ActivityTypeDoesNotExist");

    // What was scheduled before is done all the same.
    let task = activity_task(&node, &CancellationToken::new()).await.unwrap();
    assert_eq!(*task.activity_type(), activity);
    node.complete_activity(&task.token, None).await.unwrap();

    let defaults = ActivityTypeDefaults::default();
    node.ensure_type(DOMAIN, activity, defaults).await.unwrap();
    let refused = decide(&node, vec![schedule("3")]).await;
    assert_eq!(
        cause(&refused),
        "DefaultScheduleToCloseTimeoutUndefined",
        "a type that comes again comes with its new defaults"
    );
    node.shutdown().await;
}

#[tokio::test]
async fn runs_of_a_workflow_type_that_is_gone_go_on_and_are_listed_by_its_name() {
    let database = apus_tests::database().await;
    let node = node(&database, None).await;
    let of = workflow_type();
    let run = start(&node, "w").await;
    node.deprecate_type(DOMAIN, &of).await.unwrap();
    let refused = node.start_workflow(DOMAIN, "other", new_run()).await.unwrap_err();
    assert_eq!(refused.kind, FaultKind::TypeDeprecatedFault);
    assert_eq!(refused.message, "WorkflowType=[name=workflow, version=1]");
    assert_eq!(
        cause(&decide(&node, vec![start_child()]).await),
        "WorkflowTypeDeprecated"
    );
    assert_eq!(
        cause(&decide(&node, vec![continue_as_new()]).await),
        "WorkflowTypeDeprecated"
    );

    node.delete_type(DOMAIN, &of).await.unwrap();
    let refused = node.start_workflow(DOMAIN, "other", new_run()).await.unwrap_err();
    assert_eq!(refused.kind, FaultKind::UnknownResourceFault);
    let gone = node.describe_type(DOMAIN, &of).await.unwrap_err();
    assert_eq!(gone.kind, FaultKind::UnknownResourceFault);
    assert_eq!(
        cause(&decide(&node, vec![continue_as_new()]).await),
        "WorkflowTypeDoesNotExist"
    );
    let by_type = Filter {
        workflow_type: Some(("workflow".to_owned(), Some("1".to_owned()))),
        ..Filter::default()
    };
    let open = node.list_open(DOMAIN, &by_type, 10).await.unwrap();
    assert_eq!(open.executions[0].workflow_type, of);
    node.terminate(DOMAIN, "w", None, None, None, None).await.unwrap();
    let closed = node.list_closed(DOMAIN, &by_type, 10).await.unwrap();
    assert_eq!(closed.executions[0].execution, run);
    assert_eq!(node.count_closed(DOMAIN, &by_type).await, Ok(1));

    let defaults = WorkflowTypeDefaults::default();
    node.ensure_type(DOMAIN, of.clone(), defaults.clone())
        .await
        .unwrap();
    let again = node.describe_type(DOMAIN, &of).await.unwrap();
    assert_eq!(
        (again.status, again.defaults),
        (RegistrationStatus::Registered, defaults)
    );
    node.shutdown().await;
}

/// The decider of this process serves its type's list also when the type is gone.
#[tokio::test]
async fn a_decider_of_the_process_outlives_its_type() {
    let database = apus_tests::database().await;
    let node = node(&database, Some(one_activity)).await;
    let run = start(&node, "w").await;
    let task = activity_task(&node, &CancellationToken::new()).await.unwrap();
    node.deprecate_type(DOMAIN, &workflow_type()).await.unwrap();
    node.delete_type(DOMAIN, &workflow_type()).await.unwrap();
    node.complete_activity(&task.token, Some("done".into()))
        .await
        .unwrap();
    let closed = node.wait_closed(DOMAIN, &run).await.unwrap();
    assert_eq!(
        closed.attributes.event_type(),
        EventType::WorkflowExecutionCompleted
    );
    node.shutdown().await;
}

#[tokio::test]
async fn a_deprecated_domain_takes_nothing_new_and_loses_nothing_old() {
    let database = apus_tests::database().await;
    let node = node(&database, None).await;
    start(&node, "w").await;
    node.deprecate_domain(DOMAIN).await.unwrap();
    let described = node.describe_type(DOMAIN, &workflow_type()).await.unwrap();
    assert_eq!(described.status, RegistrationStatus::Deprecated);
    assert!(described.deprecated.is_some());

    let refusals = [
        node.start_workflow(DOMAIN, "new", new_run()).await.unwrap_err(),
        node.deprecate_domain(DOMAIN).await.unwrap_err(),
        node.undeprecate_type(DOMAIN, &workflow_type()).await.unwrap_err(),
        node.ensure_type(
            DOMAIN,
            WorkflowType::new("new", "1"),
            WorkflowTypeDefaults::default(),
        )
        .await
        .unwrap_err(),
    ];
    for refusal in refusals {
        assert_eq!(refusal.kind, FaultKind::DomainDeprecatedFault);
        assert_eq!(refusal.message, DOMAIN);
    }
    // A program that starts again finds its types.
    node.ensure_type(DOMAIN, workflow_type(), WorkflowTypeDefaults::default())
        .await
        .unwrap();
    let refused = decide(&node, vec![schedule("1")]).await;
    assert_eq!(cause(&refused), "ActivityTypeDeprecated");
    assert_eq!(node.count_open(DOMAIN, &Filter::default()).await, Ok(1));

    node.undeprecate_domain(DOMAIN).await.unwrap();
    let again = node.undeprecate_domain(DOMAIN).await.unwrap_err();
    assert_eq!(again.kind, FaultKind::DomainAlreadyExistsFault);
    let refused = node.start_workflow(DOMAIN, "new", new_run()).await.unwrap_err();
    assert_eq!(
        refused.kind,
        FaultKind::TypeDeprecatedFault,
        "its types stay deprecated"
    );
    node.undeprecate_type(DOMAIN, &workflow_type()).await.unwrap();
    start(&node, "new").await;
    node.shutdown().await;
}

/// What another node allows again is not refused here because this node has yet to hear of it.
#[tokio::test]
async fn a_refusal_rests_on_what_other_nodes_acknowledged() {
    let database = apus_tests::database().await;
    let (one, other) = (node(&database, None).await, node(&database, None).await);
    let of = workflow_type();
    for round in 0..20 {
        one.deprecate_type(DOMAIN, &of).await.unwrap();
        let described = other.describe_type(DOMAIN, &of).await.unwrap();
        assert_eq!(described.status, RegistrationStatus::Deprecated);
        one.undeprecate_type(DOMAIN, &of).await.unwrap();
        start(&other, &format!("w{round}")).await;
    }
    one.shutdown().await;
    other.shutdown().await;
}

#[tokio::test]
async fn of_many_registrations_at_once_as_many_stand_as_may() {
    let database = apus_tests::database().await;
    let node = Node::start(NodeOptions {
        limits: Limits {
            domains: Some(3),
            workflow_types: 3,
            ..Limits::default()
        },
        ..NodeOptions::new(database.connect_options())
    })
    .await
    .unwrap();
    let (names, tags): (Vec<String>, _) = ((0..8).map(|number| format!("n{number}")).collect(), Tags::new());
    let domains = names.iter().map(|name| {
        node.register_domain(NewDomain {
            name,
            description: None,
            retention_days: None,
            tags: &tags,
        })
    });
    let outcomes = futures::future::join_all(domains).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 3);
    let refused = outcomes.into_iter().find_map(Result::err).unwrap();
    assert_eq!(refused.kind, FaultKind::LimitExceededFault);
    assert_eq!(refused.message, "Limit on maximum number of domains reached");

    let mut domains = names.iter().map(|name| node.describe_domain(name));
    let (taken, defaults) = (
        futures::future::join_all(domains.by_ref()).await,
        WorkflowTypeDefaults::default(),
    );
    let domain = taken.into_iter().find_map(Result::ok).unwrap().name;
    let of: Vec<WorkflowType> = names
        .iter()
        .map(|name| WorkflowType::new(name.as_str(), "1"))
        .collect();
    let types = of.iter().map(|of| {
        let new = NewType {
            of,
            description: None,
            defaults: &defaults,
        };
        node.register_type(&domain, new)
    });
    let outcomes = futures::future::join_all(types).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 3);
    let refused = outcomes
        .iter()
        .find_map(|outcome| outcome.as_ref().err())
        .unwrap();
    assert_eq!(refused.kind, FaultKind::LimitExceededFault);
    assert_eq!(
        refused.message,
        "Limit on maximum number of workflow types per domain reached"
    );

    // Deprecated ones count, deleted ones do not.
    let stands = outcomes.iter().position(Result::is_ok).unwrap();
    let more = WorkflowType::new("more", "1");
    node.deprecate_type(&domain, &of[stands]).await.unwrap();
    let refused = node.ensure_type(&domain, more.clone(), defaults.clone()).await;
    assert_eq!(refused.unwrap_err().kind, FaultKind::LimitExceededFault);
    node.delete_type(&domain, &of[stands]).await.unwrap();
    node.ensure_type(&domain, more, defaults).await.unwrap();
    node.shutdown().await;
}
