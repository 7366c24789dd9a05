//! An HTTP server that keeps what it is sent and answers as it is told.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::read::GzDecoder;
use futures::stream::{self, Stream};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// Most bytes of a request's body.
const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// The path.
    pub path: String,
    /// The query, without its question mark.
    pub query: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; a compressed one unpacked.
    pub body: Bytes,
}

/// How one request is answered.
#[derive(Debug, Clone)]
pub enum Answer {
    /// With this.
    Say(StatusCode, &'static [(&'static str, &'static str)], Bytes),
    /// Never.
    Silence,
    /// With the beginning of an answer; then the connection breaks.
    Broken,
}

/// The running server. Dropping it ends it.
#[derive(Debug)]
pub struct Recorder {
    endpoint: String,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<Script>,
    arrival: Notify,
}

#[derive(Debug)]
struct Script {
    next: VecDeque<Answer>,
    otherwise: Answer,
    recorded: Vec<Recorded>,
}

impl Recorder {
    /// Starts a server that gives the answers `next` in turn, then `otherwise` to everything.
    ///
    /// # Panics
    /// When no loopback port can be had.
    pub async fn start(next: impl IntoIterator<Item = Answer>, otherwise: Answer) -> Self {
        let state = Mutex::new(Script {
            next: next.into_iter().collect(),
            otherwise,
            recorded: Vec::new(),
        });
        let shared = Arc::new(Shared {
            state,
            arrival: Notify::new(),
        });
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a loopback port can be had");
        let address = listener.local_addr().expect("a listener has an address");
        let router = Router::new().fallback(answer).with_state(shared.clone());
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

    /// What has arrived so far.
    pub fn recorded(&self) -> Vec<Recorded> {
        self.shared.script().recorded.clone()
    }

    /// Gives this answer to everything that arrives from now on.
    pub fn from_now_on(&self, answer: Answer) {
        let mut script = self.shared.script();
        script.next.clear();
        script.otherwise = answer;
    }

    /// Waits until something has arrived since the last call.
    pub async fn arrival(&self) {
        self.shared.arrival.notified().await;
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Shared {
    fn script(&self) -> MutexGuard<'_, Script> {
        self.state.lock().expect("nobody panics while holding the script")
    }
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, BODY_BYTES_MAX)
        .await
        .expect("a client sends its whole request");
    let answer = {
        let mut script = shared.script();
        script.recorded.push(recorded(parts, body));
        let next = script.next.pop_front();
        next.unwrap_or_else(|| script.otherwise.clone())
    };
    shared.arrival.notify_one();
    match answer {
        Answer::Say(status, headers, body) => {
            let mut response = (status, body).into_response();
            for (name, value) in headers {
                response
                    .headers_mut()
                    .insert(*name, value.parse().expect("a header's value"));
            }
            response
        }
        Answer::Silence => std::future::pending().await,
        Answer::Broken => Body::from_stream(broken_off()).into_response(),
    }
}

fn broken_off() -> impl Stream<Item = io::Result<Bytes>> {
    let broken = io::Error::from(io::ErrorKind::ConnectionReset);
    stream::iter([Ok(Bytes::from_static(b"\xa1")), Err(broken)])
}

fn recorded(parts: Parts, body: Bytes) -> Recorded {
    let is_compressed = parts
        .headers
        .get(header::CONTENT_ENCODING)
        .is_some_and(|coding| coding == "gzip");
    let mut unpacked = Vec::new();
    let body = if is_compressed {
        GzDecoder::new(body.as_ref())
            .read_to_end(&mut unpacked)
            .expect("a body that is said to be gzip");
        Bytes::from(unpacked)
    } else {
        body
    };
    Recorded {
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body,
    }
}
