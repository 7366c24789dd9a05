//! HTTP to the API and to the object store, with or without TLS, with bodies that stream.

use std::io;
use std::time::Duration;

use axum::body::Bytes;
use docstore_activities::ports::https::{Connector, connector, innermost};
use http::{Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper_util::client::legacy;
use hyper_util::rt::TokioExecutor;

use super::Failure;

/// How long it may take to open a connection.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// How long an answer may take to begin, and a piece of a body to come.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(60);
/// The most bytes of an answer that is read into memory.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// What a request sends.
pub type Body = UnsyncBoxBody<Bytes, io::Error>;

/// A client for any number of servers.
#[derive(Clone)]
pub struct Http {
    client: legacy::Client<Connector, Body>,
}

/// A body that is there already.
pub fn whole(body: impl Into<Bytes>) -> Body {
    Full::new(body.into())
        .map_err(|never| match never {})
        .boxed_unsync()
}

impl Http {
    /// A client that trusts whom this system trusts.
    pub fn new() -> Result<Self, Failure> {
        let connector = connector(Some(CONNECT_WITHIN))
            .map_err(|error| Failure::Io("cannot prepare encrypted connections".to_owned(), error))?;
        Ok(Self {
            client: legacy::Client::builder(TokioExecutor::new()).build(connector),
        })
    }

    /// Sends a request; the answer's body is yet to be read. How long that may take is the caller's business.
    pub async fn send(&self, request: Request<Body>) -> Result<Response<Incoming>, Failure> {
        let server = server_of(&request);
        let sent = self.client.request(request).await;
        sent.map_err(|error| unreachable_at(server, &error))
    }

    /// Sends a request and reads the whole answer.
    pub async fn call(&self, request: Request<Body>) -> Result<Response<Bytes>, Failure> {
        let server = server_of(&request);
        let exchange = async {
            let (parts, body) = self.send(request).await?.into_parts();
            let body = Limited::new(body, ANSWER_BYTES_MAX)
                .collect()
                .await
                .map_err(|error| unreachable_at(server.clone(), &*error))?;
            Ok(Response::from_parts(parts, body.to_bytes()))
        };
        tokio::time::timeout(ANSWER_WITHIN, exchange)
            .await
            .map_err(|_| Failure::TimedOut(server.clone()))?
    }
}

/// Scheme and authority: paths and queries may be secret.
fn server_of(request: &Request<Body>) -> String {
    let url = request.uri();
    format!(
        "{}://{}",
        url.scheme_str().unwrap_or("http"),
        url.authority().map_or("", |authority| authority.as_str())
    )
}

/// The server can't be reached, for the cause that the system named.
pub fn unreachable_at(server: String, error: &(dyn std::error::Error + 'static)) -> Failure {
    Failure::Unreachable {
        server,
        cause: innermost(error),
    }
}
