//! Random input to what reads requests and tokens. Nothing panics, and what is no request of ours is refused. `make fuzz`
//! feeds a million of each; a normal test run a few hundred.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::{Arc, LazyLock};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Map, Value, json};

use crate::model::{EventId, Limits, RunId, Text, Timestamp};
use crate::node::TaskToken;
use crate::store::TaskKind;

use super::actions::{ACTIONS, decode};
use super::check::Check;
use super::json;
use super::keys::MasterKey;
use super::page::PageArguments;
use super::responses::RespondDecisionTaskCompleted;
use super::seal::Seals;

static SEALS: LazyLock<Arc<Seals>> = LazyLock::new(|| Arc::new(Seals::new(&MasterKey::random())));
static LIMITS: LazyLock<Limits> = LazyLock::new(Limits::default);

/// Members of requests, so that what is made up gets far enough to be looked at.
const MEMBERS: &[&str] = &[
    "domain",
    "name",
    "version",
    "workflowType",
    "activityType",
    "workflowId",
    "runId",
    "execution",
    "taskList",
    "taskPriority",
    "input",
    "tagList",
    "childPolicy",
    "taskToken",
    "decisions",
    "executionContext",
    "details",
    "nextPageToken",
    "maximumPageSize",
    "reverseOrder",
    "startTimeFilter",
    "oldestDate",
    "latestDate",
    "typeFilter",
    "registrationStatus",
    "identity",
    "startAtPreviousStartedEvent",
    "taskListScheduleToStartTimeout",
];
const TEXTS: &[&str] = &[
    "",
    "arn",
    "a:b",
    " ",
    "NONE",
    "0",
    "-1",
    "99999999",
    "2147483648",
    "TERMINATE",
    "REGISTERED",
    "\u{0}",
    "ä\u{1f600}",
];
const DECISIONS: &[&str] = &[
    "ScheduleActivityTask",
    "RequestCancelActivityTask",
    "CompleteWorkflowExecution",
    "FailWorkflowExecution",
    "CancelWorkflowExecution",
    "ContinueAsNewWorkflowExecution",
    "RecordMarker",
    "StartTimer",
    "CancelTimer",
    "SignalExternalWorkflowExecution",
    "RequestCancelExternalWorkflowExecution",
    "StartChildWorkflowExecution",
    "ScheduleLambdaFunction",
    "Sleep",
];
const ATTRIBUTES: &[&str] = &[
    "activityType",
    "activityId",
    "control",
    "input",
    "scheduleToCloseTimeout",
    "taskList",
    "taskPriority",
    "name",
    "version",
    "heartbeatTimeout",
    "result",
    "reason",
    "details",
    "executionStartToCloseTimeout",
    "childPolicy",
    "tagList",
    "workflowTypeVersion",
    "lambdaRole",
    "markerName",
    "timerId",
    "startToFireTimeout",
    "workflowId",
    "runId",
    "signalName",
    "workflowType",
    "id",
];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![select(TEXTS).prop_map(str::to_owned), ".{0,8}", "[a-z0-9-]{1,40}"]
}

fn value(members: &'static [&'static str]) -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        4 => text().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
    ];
    leaf.prop_recursive(3, 16, 4, move |inner| {
        prop_oneof![
            1 => vec(inner.clone(), 0..4).prop_map(Value::Array),
            3 => vec((select(members), inner), 0..5).prop_map(object),
        ]
    })
}

fn object(members: Vec<(&'static str, Value)>) -> Value {
    let members = members.into_iter().map(|(name, value)| (name.to_owned(), value));
    Value::Object(members.collect::<Map<_, _>>())
}

fn request() -> impl Strategy<Value = Value> {
    vec((select(MEMBERS), value(MEMBERS)), 0..6).prop_map(object)
}

fn decision() -> impl Strategy<Value = Value> {
    let attributes = vec((select(ATTRIBUTES), value(ATTRIBUTES)), 0..6).prop_map(object);
    (select(DECISIONS), select(DECISIONS), attributes, any::<bool>()).prop_map(
        |(of, other, attributes, fits)| {
            let named = if fits { of } else { other };
            let member = format!("{}{}DecisionAttributes", named[..1].to_lowercase(), &named[1..]);
            json!({ "decisionType": of, member: attributes })
        },
    )
}

/// Bytes, or JSON that is cut off or has a byte changed.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let broken =
        (request(), any::<Index>(), any::<u8>(), any::<bool>()).prop_map(|(request, at, byte, cut)| {
            let mut body = request.to_string().into_bytes();
            let at = at.index(body.len());
            if cut {
                body.truncate(at);
            } else {
                body[at] = byte;
            }
            body
        });
    prop_oneof![
        vec(any::<u8>(), 0..64),
        broken,
        request().prop_map(|request| request.to_string().into_bytes())
    ]
}

fn attempt() -> impl Strategy<Value = TaskToken> {
    (any::<u128>(), any::<EventId>(), any::<EventId>()).prop_map(
        |(run, scheduled_event_id, started_event_id)| TaskToken {
            run: RunId(uuid::Uuid::from_u128(run)),
            scheduled_event_id,
            started_event_id,
        },
    )
}

/// What is no token, or was one before a byte of it changed.
fn broken(token: String, at: Index, byte: char, any: String) -> String {
    let at = at.index(token.len());
    let mut changed = token.clone();
    changed.replace_range(at..=at, &byte.to_string());
    if changed == token { any } else { changed }
}

proptest! {
    #[test]
    fn requests_are_read_or_refused(of in select(ACTIONS), body in body()) {
        // Whether it is a request is for the other tests: here it must come to an end.
        let _ = decode(of.name, &body);
    }

    #[test]
    fn decisions_are_taken_whole_or_refused(decisions in vec(decision(), 0..3), token in text()) {
        let request = json!({ "taskToken": token, "decisions": decisions });
        let Ok(request) = json::read::<RespondDecisionTaskCompleted>(request.to_string().as_bytes()) else {
            return Ok(());
        };
        match request.completion(Check::new(&LIMITS)) {
            Ok(completion) => prop_assert_eq!(completion.decisions.len(), decisions.len()),
            Err(refusal) => prop_assert!(!refusal.message().is_empty()),
        }
    }

    #[test]
    fn only_our_task_tokens_are_tokens(
        attempt in attempt(), domain in any::<i32>(), at in any::<Index>(), byte in "[A-Za-z0-9_-]", any in ".{0,120}",
    ) {
        let seals = &SEALS;
        let token = seals.task_token(TaskKind::Activity, domain, &attempt).unwrap();
        prop_assert!(token.len() <= 1_024);
        prop_assert_eq!(seals.attempt(TaskKind::Activity, &token).unwrap(), attempt);
        prop_assert_eq!(seals.token_domain(&token).unwrap(), domain);
        let broken = broken(token, at, byte.chars().next().unwrap(), any);
        for kind in [TaskKind::Activity, TaskKind::Decision] {
            let refused = seals.attempt(kind, &broken).unwrap_err();
            prop_assert_eq!(refused.message(), "Invalid token");
        }
    }

    #[test]
    fn only_our_page_tokens_are_tokens(
        run in any::<u128>(), time in any::<i64>(), name in text(), at in any::<Index>(), byte in "[A-Za-z0-9_-]",
        any in ".{0,120}",
    ) {
        let page = |token: Option<&str>| {
            let arguments: PageArguments = serde_json::from_value(json!({ "nextPageToken": token })).unwrap();
            arguments.check(&SEALS, &mut Check::new(&LIMITS), "ListDomains", &json!({}))
        };
        let position = (Timestamp(time), RunId(uuid::Uuid::from_u128(run)), Text::from(name));
        let token = page(None).token(Some(&position)).unwrap().unwrap();
        prop_assert_eq!(page(Some(&token)).position::<(Timestamp, RunId, Text)>().unwrap(), Some(position));
        // Signed, but of another form.
        let _ = page(Some(&token)).position::<(EventId, EventId, Vec<EventId>)>();
        let broken = broken(token, at, byte.chars().next().unwrap(), any);
        if !broken.is_empty() {
            let refused = page(Some(&broken)).position::<(Timestamp, RunId, Text)>().unwrap_err();
            prop_assert_eq!(refused.message(), "Invalid token");
        }
    }
}
