//! Signed calls to a node over HTTP.

use std::time::Duration;

use serde_json::{Value, json};

use crate::failure::Failure;
use crate::signer::Signer;

/// The largest page of SWF's lists.
const PAGE_MAX: usize = 1_000;

/// A node, as far away as it may be.
pub struct Client {
    endpoint: String,
    http: reqwest::Client,
    signer: Signer,
}

impl Client {
    /// A client for the node at this URL. `timeout` is that of one call.
    pub fn new(endpoint: &str, timeout: Duration) -> Result<Self, Failure> {
        let http = reqwest::Client::builder().timeout(timeout).build();
        let http = http.map_err(|error| Failure::Usage(error.to_string()))?;
        Ok(Client {
            endpoint: endpoint.trim_end_matches('/').to_owned(),
            http,
            signer: Signer::from_environment(),
        })
    }

    /// Calls an action; null when it answers nothing.
    pub async fn call(&self, action: &str, request: &Value) -> Result<Value, Failure> {
        let mut call = self
            .http
            .post(format!("{}/", self.endpoint))
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-target", format!("SimpleWorkflowService.{action}"))
            .body(request.to_string())
            .build()
            .map_err(|error| self.failed(&error))?;
        self.signer.sign(&mut call)?;
        let response = self
            .http
            .execute(call)
            .await
            .map_err(|error| self.failed(&error))?;
        let succeeded = response.status().is_success();
        let body = response.bytes().await.map_err(|error| self.failed(&error))?;
        if succeeded && body.is_empty() {
            return Ok(Value::Null);
        }
        let answer: Value = serde_json::from_slice(&body).map_err(|error| self.strange(error.to_string()))?;
        if succeeded {
            return Ok(answer);
        }
        let kind = answer["__type"]
            .as_str()
            .ok_or_else(|| self.strange(answer.to_string()))?;
        Err(Failure::Refused {
            code: kind.rsplit('#').next().unwrap_or(kind).to_owned(),
            message: answer["message"].as_str().unwrap_or_default().to_owned(),
        })
    }

    /// The items of a list, page by page, until `limit` of them are `wanted`; and whether there may be more.
    pub async fn list(
        &self,
        action: &str,
        mut request: Value,
        member: &str,
        limit: usize,
        wanted: impl Fn(&Value) -> bool,
    ) -> Result<(Vec<Value>, bool), Failure> {
        request["maximumPageSize"] = json!(limit.clamp(1, PAGE_MAX));
        let mut found = Vec::new();
        loop {
            let mut page = self.call(action, &request).await?;
            if let Value::Array(items) = page[member].take() {
                found.extend(items.into_iter().filter(&wanted));
            }
            let next = page["nextPageToken"].take();
            let more = found.len() > limit || !next.is_null();
            if found.len() >= limit || next.is_null() {
                found.truncate(limit);
                return Ok((found, more));
            }
            request["nextPageToken"] = next;
        }
    }

    fn failed(&self, error: &reqwest::Error) -> Failure {
        if error.is_builder() {
            return Failure::Usage(format!(
                "{:?} is no URL such as http://127.0.0.1:7070",
                self.endpoint
            ));
        }
        if error.is_timeout() {
            return Failure::TimedOut(format!("the node at {} did not answer in time", self.endpoint));
        }
        Failure::Unreachable {
            endpoint: self.endpoint.clone(),
            cause: innermost(error),
        }
    }

    fn strange(&self, cause: String) -> Failure {
        Failure::NotAnEngine {
            endpoint: self.endpoint.clone(),
            cause,
        }
    }
}

/// The cause that the system named; what wraps it says no more.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
