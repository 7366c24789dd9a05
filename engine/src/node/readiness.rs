//! Whether a node can serve, and how it prepares to stop.

use std::time::Duration;

use crate::store;

use super::Node;
use super::inputs::Input;

/// How long the database may take to answer before it counts as away.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);

/// Whether a node can serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// It has its database and takes work.
    Ready,
    /// It is about to stop.
    Draining,
    /// The database does not answer.
    DatabaseAway,
    /// The engine has ended.
    Ended,
}

impl Node {
    /// Whether the node can serve. Asks the database, within two seconds.
    pub async fn readiness(&self) -> Readiness {
        if self.shared.ended.is_cancelled() {
            return Readiness::Ended;
        }
        if self.is_draining() {
            return Readiness::Draining;
        }
        match tokio::time::timeout(ANSWER_WITHIN, store::ping(&self.shared.pool)).await {
            Ok(Ok(())) => Readiness::Ready,
            Ok(Err(_)) | Err(_) => Readiness::DatabaseAway,
        }
    }

    /// Whether the node is about to stop.
    pub fn is_draining(&self) -> bool {
        self.shared.draining.is_cancelled()
    }

    /// The first step of a stop: polls that wait are answered with nothing, and so is every poll from now on, while
    /// all else goes on. Tasks are left to other nodes. A worker in this process should be drained before, or it asks
    /// in vain again and again.
    pub async fn drain_polls(&self) {
        self.shared.draining.cancel();
        if let Err(fault) = self.tell(Input::DrainPolls).await {
            tracing::debug!(%fault, "no poll is left to answer");
        }
    }
}
