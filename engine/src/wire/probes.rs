//! What whoever watches over a node asks: whether the process lives, and whether it can serve. Neither is signed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use tokio::sync::Mutex;

use crate::node::{Node, Readiness};

/// How long an answer about the database holds: however often it is asked, the database is asked twice a second.
const HOLDS_FOR: Duration = Duration::from_millis(500);

/// `GET /healthz`, answered as long as the process lives, and `GET /readyz`, refused while the node can't serve.
pub fn probes(node: Node) -> Router {
    let ready = Arc::new(Ready {
        node,
        last: Mutex::new(None),
    });
    Router::new()
        .route("/healthz", get(async || "alive\n"))
        .route("/readyz", get(readyz))
        .with_state(ready)
}

struct Ready {
    node: Node,
    last: Mutex<Option<(Instant, Readiness)>>,
}

async fn readyz(State(ready): State<Arc<Ready>>) -> (StatusCode, &'static str) {
    match ready.ask().await {
        Readiness::Ready => (StatusCode::OK, "ready\n"),
        Readiness::Draining => (StatusCode::SERVICE_UNAVAILABLE, "about to stop\n"),
        Readiness::DatabaseAway => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n"),
        Readiness::Ended => (StatusCode::SERVICE_UNAVAILABLE, "the engine has ended\n"),
    }
}

impl Ready {
    async fn ask(&self) -> Readiness {
        // Held while the database is asked, so that it is asked once for all who wait.
        let mut last = self.last.lock().await;
        let holds = last.filter(|(at, _)| at.elapsed() < HOLDS_FOR && !self.node.is_draining());
        if let Some((_, readiness)) = holds {
            return readiness;
        }
        let readiness = self.node.readiness().await;
        *last = Some((Instant::now(), readiness));
        readiness
    }
}
