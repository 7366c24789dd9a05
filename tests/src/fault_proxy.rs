//! A proxy between a program and AWS's services (or what stands in for them) that lets calls fail as they do in
//! production: throttled, refused for the moment, never answered, or done without the answer coming back.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Method, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use reqwest::Client;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Most bytes of a body.
const BODY_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Headers that belong to a connection and not to what is sent over it.
const HOP_BY_HOP: [HeaderName; 3] = [
    header::CONNECTION,
    header::TRANSFER_ENCODING,
    header::CONTENT_LENGTH,
];

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The service has had too many calls; it has not done this one.
    Throttled,
    /// The service has an internal fault; it has not done this one.
    Unavailable,
    /// The call does not arrive, and nobody answers.
    Lost,
    /// The service does it, and its answer does not arrive.
    AnswerLost,
}

/// The running proxy. Dropping it ends it.
#[derive(Debug)]
pub struct FaultProxy {
    endpoint: String,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    upstream: String,
    client: Client,
    /// By service and operation: how the next calls fail, the last one first.
    planned: Mutex<BTreeMap<(String, String), Vec<Fault>>>,
}

impl FaultProxy {
    /// A proxy before these services.
    ///
    /// # Panics
    /// When no loopback port can be had.
    pub async fn before(upstream: &str) -> Self {
        let shared = Arc::new(Shared {
            upstream: upstream.to_owned(),
            client: Client::new(),
            planned: Mutex::default(),
        });
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a loopback port can be had");
        let address = listener.local_addr().expect("a listener has an address");
        let router = Router::new().fallback(pass).with_state(shared.clone());
        let server = tokio::spawn(async move {
            axum::serve(listener, router)
                .await
                .expect("serving does not end by itself");
        });
        Self {
            endpoint: format!("http://{address}"),
            shared,
            server,
        }
    }

    /// The address.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Lets the next `times` calls of an operation fail: `GetObject` of `s3`, `SendMessage` of `sqs`, `SendEmail` of
    /// `ses`.
    pub fn fail(&self, service: &str, operation: &str, fault: Fault, times: usize) {
        let key = (service.to_owned(), operation.to_owned());
        self.shared
            .planned()
            .entry(key)
            .or_default()
            .extend(vec![fault; times]);
    }

    /// The failures that are still to come, by service and operation.
    pub fn to_come(&self) -> Vec<String> {
        let planned = self.shared.planned();
        let open = planned.iter().filter(|(_, faults)| !faults.is_empty());
        open.map(|((service, operation), faults)| format!("{} of {service}:{operation}", faults.len()))
            .collect()
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Shared {
    fn planned(&self) -> MutexGuard<'_, BTreeMap<(String, String), Vec<Fault>>> {
        self.planned.lock().expect("nobody panics while holding the plan")
    }

    async fn forward(&self, parts: &Parts, body: Bytes) -> Response {
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let mut request = self
            .client
            .request(parts.method.clone(), format!("{}{path}", self.upstream));
        for (name, value) in parts
            .headers
            .iter()
            .filter(|(name, _)| !HOP_BY_HOP.contains(name))
        {
            request = request.header(name, value);
        }
        let Ok(answer) = request.body(body).send().await else {
            return StatusCode::BAD_GATEWAY.into_response();
        };
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = answer.bytes().await.unwrap_or_default();
        let mut response = (status, body).into_response();
        copy(&headers, response.headers_mut(), parts.method == Method::HEAD);
        response
    }
}

/// Of a HEAD, the length is all that is known of the body.
fn copy(from: &HeaderMap, to: &mut HeaderMap, is_head: bool) {
    to.clear();
    for (name, value) in from {
        if !HOP_BY_HOP.contains(name) || (is_head && name == header::CONTENT_LENGTH) {
            to.append(name, value.clone());
        }
    }
}

async fn pass(State(shared): State<Arc<Shared>>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, BODY_BYTES_MAX)
        .await
        .expect("a client sends its whole request");
    let (service, operation) = called(&parts);
    let planned = shared
        .planned()
        .get_mut(&(service.clone(), operation))
        .and_then(Vec::pop);
    match planned {
        None => shared.forward(&parts, body).await,
        Some(Fault::Throttled) => throttled(&service),
        Some(Fault::Unavailable) => unavailable(&service),
        Some(Fault::Lost) => std::future::pending().await,
        Some(Fault::AnswerLost) => {
            shared.forward(&parts, body).await;
            std::future::pending().await
        }
    }
}

/// The service and the operation of a call, as its signature and its form tell.
fn called(parts: &Parts) -> (String, String) {
    let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
    // Credential=KEY/DATE/REGION/SERVICE/aws4_request
    let service = text("authorization")
        .and_then(|signature| signature.split('/').nth(3))
        .unwrap_or("s3");
    let operation = match text("x-amz-target").and_then(|target| target.rsplit('.').next()) {
        Some(operation) => operation,
        None if service == "ses" => "SendEmail",
        None => match parts.method {
            Method::HEAD => "HeadObject",
            Method::GET => "GetObject",
            Method::PUT => "PutObject",
            Method::DELETE => "DeleteObject",
            _ => "PostObject",
        },
    };
    (service.to_owned(), operation.to_owned())
}

fn throttled(service: &str) -> Response {
    match service {
        "s3" => xml(StatusCode::SERVICE_UNAVAILABLE, "SlowDown"),
        "sqs" => json(StatusCode::BAD_REQUEST, "com.amazonaws.sqs#RequestThrottled"),
        _ => json(StatusCode::TOO_MANY_REQUESTS, "TooManyRequestsException"),
    }
}

fn unavailable(service: &str) -> Response {
    match service {
        "s3" => xml(StatusCode::INTERNAL_SERVER_ERROR, "InternalError"),
        _ => json(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable"),
    }
}

fn xml(status: StatusCode, code: &str) -> Response {
    let body = format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>not now</Message></Error>");
    (status, [(header::CONTENT_TYPE, "application/xml")], body).into_response()
}

fn json(status: StatusCode, code: &str) -> Response {
    let body = format!(r#"{{"__type":"{code}","message":"not now"}}"#);
    let headers = [
        ("content-type", "application/x-amz-json-1.0"),
        ("x-amzn-errortype", code),
    ];
    (status, headers, body).into_response()
}
