//! The process that does the activities.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::client::Client;
use crate::failure::{Failure, failed};

use super::super::process::Parent;
use super::super::stack::DOMAIN;
use super::super::workloads::Echo;
use super::registry::TASK_LIST;
use super::session;

/// A task; without a token there is none.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Task {
    task_token: Option<String>,
    input: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Completed {
    task_token: String,
    result: String,
}

/// Does what the process is for.
pub async fn work(parent: &mut Parent) -> Result<(), Failure> {
    let request = Arc::new(json!({ "domain": DOMAIN, "taskList": { "name": TASK_LIST } }));
    session::poll(parent, move |client| one(client, Arc::clone(&request))).await
}

async fn one(client: Arc<Client>, request: Arc<Value>) -> Result<(), Failure> {
    let task: Task = client.ask("PollForActivityTask", &request).await?;
    let Some(task_token) = task.task_token else {
        return Ok(());
    };
    let echo: Echo = serde_json::from_str(task.input.as_deref().unwrap_or_default()).map_err(failed)?;
    let completed = Completed {
        task_token,
        result: echo.answer().await.to_string(),
    };
    client.tell("RespondActivityTaskCompleted", &completed).await
}
