//! Signed calls to a node over HTTP.

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderValue, Request, Uri};
use http_body_util::{BodyExt, Full};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::failure::Failure;
use crate::signer::Signer;

/// The largest page of SWF's lists.
const PAGE_MAX: usize = 1_000;

/// A node, as far away as it may be.
pub struct Client {
    endpoint: String,
    url: Uri,
    host: HeaderValue,
    http: legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    timeout: Duration,
    signer: Signer,
}

impl Client {
    /// A client for the node at this URL, with the credentials that the environment names. `timeout` is that of one
    /// call.
    pub fn new(endpoint: &str, timeout: Duration) -> Result<Self, Failure> {
        Self::signing(endpoint, timeout, Signer::from_environment())
    }

    /// As [`Client::new`], with the credentials of this signer.
    pub fn signing(endpoint: &str, timeout: Duration, signer: Signer) -> Result<Self, Failure> {
        let endpoint = endpoint.trim_end_matches('/').to_owned();
        let (url, host) = parse(&endpoint)
            .ok_or_else(|| Failure::Usage(format!("{endpoint:?} is no URL such as http://127.0.0.1:7070")))?;
        let connector = connector(url.scheme_str() == Some("https"))
            .map_err(|error| Failure::Io("cannot read the certificates of this system".to_owned(), error))?;
        Ok(Client {
            endpoint,
            url,
            host,
            http: legacy::Client::builder(TokioExecutor::new()).build(connector),
            timeout,
            signer,
        })
    }

    /// Calls an action; null when it answers nothing.
    pub async fn call(&self, action: &str, request: &Value) -> Result<Value, Failure> {
        let body = self.exchange(action, request).await?;
        if body.is_empty() {
            return Ok(Value::Null);
        }
        self.read(&body)
    }

    /// Calls an action that answers, with a request and an answer of these types.
    pub async fn ask<A: DeserializeOwned>(
        &self,
        action: &str,
        request: &impl Serialize,
    ) -> Result<A, Failure> {
        let body = self.exchange(action, request).await?;
        self.read(&body)
    }

    /// Calls an action that answers nothing.
    pub async fn tell(&self, action: &str, request: &impl Serialize) -> Result<(), Failure> {
        self.exchange(action, request).await.map(drop)
    }

    /// The body of a successful answer.
    async fn exchange(&self, action: &str, request: &impl Serialize) -> Result<Bytes, Failure> {
        let request = serde_json::to_string(request).map_err(|error| Failure::Usage(error.to_string()))?;
        let mut call = Request::post(self.url.clone())
            .header(HOST, self.host.clone())
            .header(CONTENT_TYPE, "application/x-amz-json-1.0")
            .header("x-amz-target", format!("SimpleWorkflowService.{action}"))
            .body(Bytes::from(request))
            .map_err(|error| Failure::Usage(error.to_string()))?;
        self.signer.sign(&mut call)?;
        let answered = tokio::time::timeout(self.timeout, self.send(call.map(Full::new))).await;
        let (succeeded, body) = answered.map_err(|_| {
            Failure::TimedOut(format!("the node at {} did not answer in time", self.endpoint))
        })??;
        if succeeded {
            return Ok(body);
        }
        let answer: Value = self.read(&body)?;
        let kind = answer["__type"]
            .as_str()
            .ok_or_else(|| self.strange(answer.to_string()))?;
        Err(Failure::Refused {
            code: kind.rsplit('#').next().unwrap_or(kind).to_owned(),
            message: answer["message"].as_str().unwrap_or_default().to_owned(),
        })
    }

    /// Whether it succeeded, and the body of the answer.
    async fn send(&self, call: Request<Full<Bytes>>) -> Result<(bool, Bytes), Failure> {
        let response = self
            .http
            .request(call)
            .await
            .map_err(|error| self.failed(&error))?;
        let succeeded = response.status().is_success();
        let body = response
            .into_body()
            .collect()
            .await
            .map_err(|error| self.failed(&error))?;
        Ok((succeeded, body.to_bytes()))
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

    fn read<A: DeserializeOwned>(&self, body: &[u8]) -> Result<A, Failure> {
        serde_json::from_slice(body).map_err(|error| self.strange(error.to_string()))
    }

    fn failed(&self, error: &(dyn std::error::Error + 'static)) -> Failure {
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

/// The address of the endpoint, and what the header `Host` says of it.
fn parse(endpoint: &str) -> Option<(Uri, HeaderValue)> {
    let url: Uri = format!("{endpoint}/").parse().ok()?;
    let host = HeaderValue::from_str(url.authority()?.as_str()).ok()?;
    matches!(url.scheme_str(), Some("http" | "https")).then_some((url, host))
}

/// Connects with or without TLS. The system's certificates are read only where they are needed: a container may have
/// none.
fn connector(encrypted: bool) -> std::io::Result<HttpsConnector<HttpConnector>> {
    let builder = HttpsConnectorBuilder::new();
    let builder = if encrypted {
        builder.with_provider_and_native_roots(ring::default_provider())?
    } else {
        let client = ClientConfig::builder_with_provider(ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .map_err(std::io::Error::other)?;
        let trusting_nobody = client.with_root_certificates(RootCertStore::empty());
        builder.with_tls_config(trusting_nobody.with_no_client_auth())
    };
    Ok(builder.https_or_http().enable_http1().build())
}

/// The cause that the system named; what wraps it says no more.
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
