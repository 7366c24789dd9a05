//! The access log: every request that was answered becomes a line, lines become files in the object store, and the
//! workflow `roll-up-logs` makes usage figures of them.
//!
//! Requests never wait for it: a line that finds no room is dropped and counted.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use chrono::Utc;
use docstore_activities::access_log::{self, AccessLogLine, MEDIA_TYPE};
use docstore_activities::catalog::Catalog;
use docstore_activities::ports::metrics::{Datum, Metrics, Unit};
use docstore_activities::ports::objects::{ObjectKey, Objects};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::auth::ClientAddress;

/// Lines that may wait to be written.
const WAITING_MAX: usize = 100_000;
/// Lines of a file.
const FILE_LINES_MAX: usize = 20_000;
/// How long a line waits for others to be written with it.
const FILE_WITHIN: Duration = Duration::from_secs(60);
/// Before a file that could not be written is tried again.
const RETRY_AFTER: Duration = Duration::from_secs(10);
/// How long the last file may take when the program ends.
const LAST_WITHIN: Duration = Duration::from_secs(10);
/// Bytes of a path that are kept.
const PATH_BYTES_MAX: usize = 500;

/// Takes lines. Cheap to clone; when the last one is dropped, the writer writes what it has and ends.
#[derive(Clone)]
pub struct AccessLog {
    lines: mpsc::Sender<AccessLogLine>,
    dropped: Arc<AtomicU64>,
    forwarded_hops: usize,
}

/// Puts lines into files.
pub struct Writer {
    lines: mpsc::Receiver<AccessLogLine>,
    dropped: Arc<AtomicU64>,
    catalog: Catalog,
    objects: Arc<dyn Objects>,
    metrics: Arc<dyn Metrics>,
}

/// The account that a request was made by, once its session has been found.
#[derive(Clone, Debug, Default)]
pub struct Caller(Arc<OnceLock<Uuid>>);

impl Caller {
    /// It is this account.
    pub fn is(&self, account: Uuid) {
        // Whoever looks at the session again finds the same account.
        let _ = self.0.set(account);
    }
}

/// An access log and what writes it. `forwarded_hops` proxies before this program say truly where requests come from.
pub fn open(
    catalog: Catalog,
    objects: Arc<dyn Objects>,
    metrics: Arc<dyn Metrics>,
    forwarded_hops: usize,
) -> (AccessLog, Writer) {
    let (sender, receiver) = mpsc::channel(WAITING_MAX);
    let dropped = Arc::new(AtomicU64::new(0));
    let log = AccessLog {
        lines: sender,
        dropped: dropped.clone(),
        forwarded_hops,
    };
    let writer = Writer {
        lines: receiver,
        dropped,
        catalog,
        objects,
        metrics,
    };
    (log, writer)
}

/// Answers a request and makes a line of it.
pub async fn record(State(log): State<AccessLog>, mut request: Request, next: Next) -> Response {
    let caller = Caller::default();
    request.extensions_mut().insert(caller.clone());
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or("-", MatchedPath::as_str).to_owned();
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map(|ConnectInfo(peer)| peer.ip());
    let address = peer.map(|peer| ClientAddress::of(peer, request.headers(), log.forwarded_hops).0);
    let method = request.method().as_str().to_owned();
    let path = request.uri().path();
    let path = path[..path.floor_char_boundary(PATH_BYTES_MAX)].to_owned();
    let begun = Instant::now();
    let response = next.run(request).await;
    let line = AccessLogLine {
        at: Utc::now(),
        method,
        route,
        path,
        status: response.status().as_u16(),
        micros: u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX),
        account: caller.0.get().copied(),
        address,
    };
    if log.lines.try_send(line).is_err() {
        log.dropped.fetch_add(1, Ordering::Relaxed);
    }
    response
}

impl Writer {
    /// Writes files until the last [`AccessLog`] is dropped. After `stop` it gives up what can't be written soon.
    pub async fn run(mut self, stop: CancellationToken) {
        loop {
            let (lines, is_last) = self.next_file().await;
            let too_late = async {
                stop.cancelled().await;
                sleep(LAST_WITHIN).await;
            };
            tokio::select! {
                () = self.write_until_done(&lines), if !lines.is_empty() => {}
                () = too_late, if !lines.is_empty() => {
                    tracing::warn!(lines = lines.len(), "the last lines of the access log could not be written");
                }
                else => {}
            }
            self.tell_dropped().await;
            if is_last {
                return;
            }
        }
    }

    /// The lines of the next file, and whether no more come.
    async fn next_file(&mut self) -> (Vec<AccessLogLine>, bool) {
        let mut lines = Vec::new();
        let Some(first) = self.lines.recv().await else {
            return (lines, true);
        };
        lines.push(first);
        let until = Instant::now() + FILE_WITHIN;
        while lines.len() < FILE_LINES_MAX {
            let room = FILE_LINES_MAX - lines.len();
            match timeout_at(until, self.lines.recv_many(&mut lines, room)).await {
                Ok(0) => return (lines, true),
                Ok(_) => {}
                Err(_) => break,
            }
        }
        (lines, false)
    }

    async fn write_until_done(&self, lines: &[AccessLogLine]) {
        let (key, file) = match file_of(lines) {
            Ok(file) => file,
            Err(error) => {
                tracing::error!(%error, lines = lines.len(), "an access log cannot be written; it is dropped");
                return;
            }
        };
        while let Err(error) = self.write(&key, file.clone()).await {
            tracing::warn!(
                error = format!("{error:#}"),
                "an access log could not be written; trying again"
            );
            sleep(RETRY_AFTER).await;
        }
    }

    async fn write(&self, key: &ObjectKey, file: Bytes) -> anyhow::Result<()> {
        // Announced first: a file that nobody knows of would never be added up.
        self.catalog.announce_access_log(key.as_str()).await?;
        self.objects.put(key, file, MEDIA_TYPE).await?;
        Ok(())
    }

    async fn tell_dropped(&self) {
        let dropped = self.dropped.swap(0, Ordering::Relaxed);
        if dropped == 0 {
            return;
        }
        tracing::warn!(dropped, "lines of the access log found no room and were dropped");
        let datum = Datum {
            name: "access_log_lines_dropped".to_owned(),
            value: dropped as f64,
            unit: Unit::Count,
            dimensions: Vec::new(),
            at: Utc::now(),
        };
        if let Err(error) = self.metrics.put(vec![datum]).await {
            tracing::warn!(%error, "a figure was not taken");
        }
    }
}

fn file_of(lines: &[AccessLogLine]) -> anyhow::Result<(ObjectKey, Bytes)> {
    Ok((access_log::new_key(Utc::now())?, access_log::write(lines)?.into()))
}
