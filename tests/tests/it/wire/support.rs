//! A node behind its endpoint, and calls to it.

use std::net::Ipv4Addr;

use apus::model::Limits;
use apus::node::{Node, NodeOptions};
use apus::wire::{Endpoint, Keyring, MasterKey, WireOptions};
use apus_tests::{Signer, TestDatabase};
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::engine::support::{Decide, node, register};

pub use crate::engine::support::{DOMAIN, LIST};

/// An endpoint on a port of its own. Its node knows the domain `tests`, a workflow type and an activity type.
pub struct Served {
    pub node: Node,
    pub url: String,
    http: Client,
    _stop: DropGuard,
    // Dropping it drops the database.
    database: TestDatabase,
}

/// A refusal: status, code without its namespace, message.
#[derive(Debug, PartialEq)]
pub struct Refused {
    pub status: StatusCode,
    pub kind: String,
    pub code: String,
    pub message: String,
}

impl Served {
    /// A node with this decider, if any, that takes dummy credentials.
    pub async fn start(decide: Option<Decide>) -> Self {
        let database = apus_tests::database().await;
        let node = node(&database, decide).await;
        Self::serve(database, node, WireOptions::local()).await
    }

    /// As [`Served::start`], with limits and options of its own, without deciders in the process.
    pub async fn with(limits: Limits, options: WireOptions) -> Self {
        let database = apus_tests::database().await;
        let mut node = NodeOptions::new(database.connect_options());
        node.limits = limits;
        let node = Node::start(node).await.unwrap();
        register(&node).await;
        Self::serve(database, node, options).await
    }

    async fn serve(database: TestDatabase, node: Node, options: WireOptions) -> Self {
        let (url, stop) = listen(node.clone(), options).await;
        Served {
            node,
            url,
            http: Client::new(),
            _stop: stop,
            database,
        }
    }

    /// Another node on the same database: where it listens until the guard is dropped.
    pub async fn beside(&self, options: WireOptions) -> (String, DropGuard) {
        let node = NodeOptions::new(self.database.connect_options());
        listen(Node::start(node).await.unwrap(), options).await
    }

    /// The credentials in its database, for who has this key.
    pub async fn keyring(&self, key: &MasterKey) -> Keyring {
        Keyring::open(&self.database.connect_options(), key)
            .await
            .unwrap()
    }

    /// What stands about credentials in a dump of the database.
    pub async fn dump_of_credentials(&self) -> String {
        let mut connection = PgConnection::connect_with(&self.database.connect_options())
            .await
            .unwrap();
        sqlx::query_scalar("select string_agg(c::text, E'\n') from apus.credentials c")
            .fetch_one(&mut connection)
            .await
            .unwrap()
    }

    /// Any request, signed by a dummy.
    pub async fn send(&self, target: &str, body: impl Into<reqwest::Body>) -> Response {
        let request = Signer::default().call(&self.url, target, body);
        self.http.execute(request).await.unwrap()
    }

    /// An action that is done; what it answers, null when that is nothing.
    pub async fn call(&self, action: &str, request: Value) -> Value {
        let response = self
            .send(&format!("SimpleWorkflowService.{action}"), request.to_string())
            .await;
        let (status, body) = (response.status(), response.text().await.unwrap());
        assert_eq!(status, StatusCode::OK, "{action}: {body}");
        if body.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&body).unwrap()
        }
    }

    /// An action that is refused.
    pub async fn refused(&self, action: &str, request: Value) -> Refused {
        let response = self
            .send(&format!("SimpleWorkflowService.{action}"), request.to_string())
            .await;
        Refused::of(response).await
    }

    /// Starts a run of the registered type.
    pub async fn start_run(&self, workflow_id: &str) -> String {
        self.start_with(workflow_id, json!({})).await
    }

    /// Starts a run with more members.
    pub async fn start_with(&self, workflow_id: &str, more: Value) -> String {
        let mut request = json!({
            "domain": DOMAIN,
            "workflowId": workflow_id,
            "workflowType": { "name": "workflow", "version": "1" },
            "taskList": { "name": LIST },
        });
        for (name, value) in more.as_object().into_iter().flatten() {
            request[name] = value.clone();
        }
        let started = self.call("StartWorkflowExecution", request).await;
        started["runId"].as_str().unwrap().to_owned()
    }

    /// The next decision task of the list; waits for one.
    pub async fn decision_task(&self) -> Value {
        let polled = self.call("PollForDecisionTask", poll()).await;
        assert!(polled.get("taskToken").is_some(), "a task: {polled}");
        polled
    }

    /// The next activity task of the list; waits for one.
    pub async fn activity_task(&self) -> Value {
        let polled = self.call("PollForActivityTask", poll()).await;
        assert!(polled.get("taskToken").is_some(), "a task: {polled}");
        polled
    }

    /// Answers a decision task.
    pub async fn decide(&self, task: &Value, decisions: Value) {
        let request = json!({ "taskToken": task["taskToken"], "decisions": decisions });
        self.call("RespondDecisionTaskCompleted", request).await;
    }

    /// The events of a run.
    pub async fn history(&self, workflow_id: &str, run_id: &str) -> Vec<Value> {
        let request =
            json!({ "domain": DOMAIN, "execution": { "workflowId": workflow_id, "runId": run_id } });
        let read = self.call("GetWorkflowExecutionHistory", request).await;
        read["events"].as_array().unwrap().clone()
    }

    pub async fn terminate(&self, workflow_id: &str) {
        self.call(
            "TerminateWorkflowExecution",
            json!({ "domain": DOMAIN, "workflowId": workflow_id }),
        )
        .await;
    }

    /// All pages of a list, each with at most `size` items of `member`; and how many pages there were.
    pub async fn pages(
        &self,
        action: &str,
        mut request: Value,
        member: &str,
        size: usize,
    ) -> (Vec<Value>, usize) {
        request["maximumPageSize"] = json!(size);
        let (mut all, mut pages) = (Vec::new(), 0);
        loop {
            let page = self.call(action, request.clone()).await;
            let items = page[member].as_array().unwrap();
            assert!(items.len() <= size, "{page}");
            all.extend(items.iter().cloned());
            pages += 1;
            match page.get("nextPageToken") {
                Some(token) => request["nextPageToken"] = token.clone(),
                None => return (all, pages),
            }
        }
    }
}

async fn listen(node: Node, options: WireOptions) -> (String, DropGuard) {
    let at = (Ipv4Addr::LOCALHOST, 0).into();
    let endpoint = Endpoint::bind(at, options.authentication).await.unwrap();
    let url = format!("http://{}", endpoint.address());
    let stop = CancellationToken::new();
    tokio::spawn(endpoint.serve(apus::wire::router(node, options), stop.clone()));
    (url, stop.drop_guard())
}

impl Refused {
    pub async fn of(response: Response) -> Self {
        let status = response.status();
        let fault: Value = response.json().await.unwrap();
        let kind = fault["__type"].as_str().unwrap();
        Refused {
            status,
            kind: kind.to_owned(),
            code: kind.rsplit('#').next().unwrap().to_owned(),
            message: fault["message"].as_str().unwrap().to_owned(),
        }
    }
}

/// A poll of the registered types' list.
pub fn poll() -> Value {
    json!({ "domain": DOMAIN, "taskList": { "name": LIST }, "identity": "poller" })
}

/// A decision with its attributes.
pub fn decision(name: &str, attributes: Value) -> Value {
    let member = format!("{}{}DecisionAttributes", name[..1].to_lowercase(), &name[1..]);
    json!({ "decisionType": name, member: attributes })
}

/// The decision to have the registered activity done.
pub fn schedule(activity_id: &str) -> Value {
    let of = json!({ "name": "activity", "version": "1" });
    decision(
        "ScheduleActivityTask",
        json!({ "activityId": activity_id, "activityType": of, "input": "in" }),
    )
}

/// The events as one line: ids and types.
pub fn line(events: &[Value]) -> String {
    let one = |event: &Value| format!("{} {}", event["eventId"], event["eventType"].as_str().unwrap());
    events.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// The value of a member of each item.
pub fn each<'a>(items: &'a [Value], pointer: &str) -> Vec<&'a Value> {
    items.iter().map(|item| item.pointer(pointer).unwrap()).collect()
}
