//! What a running activity sees of its task.

use std::sync::Arc;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::model::{Data, Text, Timestamp, WorkflowExecution};

use super::{ActivityError, limits, payload};

/// A running activity's handle on its task.
#[derive(Clone)]
pub struct ActivityTask {
    inner: Arc<Inner>,
}

struct Inner {
    execution: WorkflowExecution,
    activity_id: Text,
    attempt: u32,
    deadline: Option<Timestamp>,
    /// The details of the latest heartbeat that is not sent yet. A later one takes its place.
    heartbeat: watch::Sender<Option<Data>>,
    cancelled: CancellationToken,
}

impl ActivityTask {
    pub(super) fn new(
        execution: WorkflowExecution,
        activity_id: Text,
        deadline: Option<Timestamp>,
        heartbeat: watch::Sender<Option<Data>>,
        cancelled: CancellationToken,
    ) -> Self {
        let attempt = super::call::attempt_of(&activity_id);
        ActivityTask {
            inner: Arc::new(Inner {
                execution,
                activity_id,
                attempt,
                deadline,
                heartbeat,
                cancelled,
            }),
        }
    }

    /// The run that wants it done.
    pub fn execution(&self) -> &WorkflowExecution {
        &self.inner.execution
    }

    /// The id of this attempt within its run: with the run id a key for effects that must happen once an attempt.
    pub fn activity_id(&self) -> &Text {
        &self.inner.activity_id
    }

    /// 1 for the first attempt.
    pub fn attempt(&self) -> u32 {
        self.inner.attempt
    }

    /// When this attempt times out, by Postgres's clock; `None` if never.
    pub fn deadline(&self) -> Option<Timestamp> {
        self.inner.deadline
    }

    /// Says how far it is, in up to 2,048 characters; shown while it runs and kept if it times out. Costs nothing: the
    /// worker, which says by itself that it lives, sends the latest one a few times per heartbeat timeout.
    ///
    /// # Errors
    /// It was asked to give up ([`ActivityError::cancelled`]), so that `?` does that.
    pub fn heartbeat(&self, details: &str) -> Result<(), ActivityError> {
        self.inner
            .heartbeat
            .send_replace(Some(payload::plain(details, limits::HEARTBEAT_CHARS)));
        if self.is_cancelled() {
            Err(ActivityError::cancelled())
        } else {
            Ok(())
        }
    }

    /// Whether it was asked to give up: its run asked for it, or no longer waits for it. The worker learns of it with
    /// its heartbeats: within a heartbeat timeout, or a few seconds if there is none.
    pub fn is_cancelled(&self) -> bool {
        self.inner.cancelled.is_cancelled()
    }

    /// Waits until it is asked to give up.
    pub async fn cancelled(&self) {
        self.inner.cancelled.cancelled().await;
    }
}
