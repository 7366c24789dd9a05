//! HTTP over TCP, for the endpoint and for applications, with the limits that a public server needs: on connections,
//! on headers, and on how long a client may take to send and to read.
//!
//! ```text
//! tls.rs        encryption, with certificates that can be exchanged while it serves
//! patience.rs   ends connections whose client is too slow
//! ```

mod patience;
mod tls;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::metrics::CONNECTIONS;
use patience::{Patience, Patient};
pub use tls::{Tls, TlsError};

/// The longest that a client may take to send a request's line and headers, or to agree on encryption.
const HEADERS_WITHIN: Duration = Duration::from_secs(10);
/// The longest that a connection may stay open between two requests.
const IDLE_WITHIN: Duration = Duration::from_secs(75);
/// The most headers of a request.
const MAX_HEADERS: usize = 64;
/// The most bytes of a request's line and headers.
const MAX_HEADER_BYTES: usize = 64 * 1024;
/// The pause after the system refused a connection, mostly for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How a server treats its clients.
#[derive(Clone, Debug)]
pub struct HttpOptions {
    /// Connections at the same time; more wait in the kernel's backlog.
    pub max_connections: usize,
    /// How long requests under way may take once the program is to end.
    pub drain_within: Duration,
    /// Encryption, if there is to be any.
    pub tls: Option<Tls>,
}

impl Default for HttpOptions {
    fn default() -> Self {
        HttpOptions {
            max_connections: 10_000,
            drain_within: Duration::from_secs(8),
            tls: None,
        }
    }
}

/// Serves `router` with the usual options, see [`serve_with`].
///
/// # Errors
/// As [`serve_with`].
pub async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) -> io::Result<()> {
    serve_with(listener, router, HttpOptions::default(), stop).await
}

/// Serves `router` until `stop`. Then it refuses connections, ends those that idle, and lets the requests under way
/// be answered.
///
/// # Errors
/// When the program takes away what it serves with.
pub async fn serve_with(
    listener: TcpListener,
    router: Router,
    options: HttpOptions,
    stop: CancellationToken,
) -> io::Result<()> {
    let graceful = GracefulShutdown::new();
    let connections = Arc::new(Semaphore::new(options.max_connections));
    loop {
        let accept = async {
            let permit = Arc::clone(&connections).acquire_owned().await;
            (permit, listener.accept().await)
        };
        let Some((permit, accepted)) = stop.run_until_cancelled(accept).await else {
            break;
        };
        let permit = permit.map_err(io::Error::other)?;
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "could not accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let connection = Connection {
            peer,
            router: router.clone(),
            watcher: graceful.watcher(),
        };
        let tls = options.tls.clone();
        tokio::spawn(async move {
            connection.begin(stream, tls).await;
            drop(permit);
        });
    }
    drop(listener);
    if tokio::time::timeout(options.drain_within, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("some requests were still under way when the program ended");
    }
    Ok(())
}

/// One client.
struct Connection {
    peer: SocketAddr,
    router: Router,
    watcher: Watcher,
}

impl Connection {
    async fn begin(self, stream: TcpStream, tls: Option<Tls>) {
        let peer = self.peer;
        // An answer is written whole; waiting for more to send with it would only delay it.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%peer, %error, "a connection ended before its first request");
            return;
        }
        let Some(tls) = tls else {
            return self.serve(stream).await;
        };
        match Box::pin(tokio::time::timeout(HEADERS_WITHIN, tls.accept(stream))).await {
            // In a box, so that connections without encryption need no room for its state.
            Ok(Ok(stream)) => Box::pin(self.serve(stream)).await,
            Ok(Err(error)) => tracing::debug!(%peer, %error, "a client did not agree on encryption"),
            Err(_) => tracing::debug!(%peer, "a client took too long to agree on encryption"),
        }
    }

    async fn serve(self, stream: impl AsyncRead + AsyncWrite + Unpin + 'static) {
        let Connection {
            peer,
            router,
            watcher,
        } = self;
        let patience = Patience::default();
        let stream = Patient::new(stream, patience.clone());
        let service = service_fn(|mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            answer(router.clone(), request, patience.clone())
        });
        let connection = http().serve_connection(TokioIo::new(stream), service);
        metrics::gauge!(CONNECTIONS).increment(1);
        if let Err(error) = watcher.watch(connection).await {
            tracing::debug!(%peer, %error, "a connection ended early");
        }
        metrics::gauge!(CONNECTIONS).decrement(1);
    }
}

async fn answer(
    router: Router,
    request: hyper::Request<Incoming>,
    patience: Patience,
) -> Result<Response, Infallible> {
    patience.rest();
    let answered = router.oneshot(request.map(Body::new)).await;
    patience.begin();
    answered
}

fn http() -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(IDLE_WITHIN)
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_HEADER_BYTES);
    http
}
