//! Workers: polling for activity tasks, doing them, answering.

mod attempt;
mod service;

pub use service::ActivityService;

use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::model::Text;

use super::{Activities, ActivityOptions, limits};
use attempt::Attempt;

/// What a worker polls, and how much it does at once.
#[derive(Clone, Debug)]
pub struct WorkerOptions {
    /// The domain.
    pub domain: Text,
    /// The task list.
    pub task_list: Text,
    /// Activities at once; as many polls wait.
    pub concurrency: usize,
    /// Who it says it is, up to 256 characters; kept in histories.
    pub identity: Text,
    /// How long [`ActivityWorker::drain`] lets running activities go on.
    pub drain: Duration,
}

impl WorkerOptions {
    /// Of the default task list, with 16 activities at once and half a minute to drain.
    pub fn new(domain: impl Into<Text>) -> Self {
        WorkerOptions {
            domain: domain.into(),
            task_list: ActivityOptions::TASK_LIST.into(),
            concurrency: 16,
            identity: format!("pid-{}", std::process::id()).into(),
            drain: Duration::from_secs(30),
        }
    }

    /// Of this task list.
    pub fn task_list(self, task_list: impl Into<Text>) -> Self {
        WorkerOptions {
            task_list: task_list.into(),
            ..self
        }
    }

    /// With so many activities at once.
    pub fn concurrency(self, concurrency: usize) -> Self {
        WorkerOptions { concurrency, ..self }
    }

    /// Under this name.
    pub fn identity(self, identity: impl Into<Text>) -> Self {
        WorkerOptions {
            identity: identity.into(),
            ..self
        }
    }

    /// With so long to drain.
    pub fn drain(self, drain: Duration) -> Self {
        WorkerOptions { drain, ..self }
    }
}

/// A running worker. Dropping it stops it at once; [`ActivityWorker::drain`] is the gentle way.
pub struct ActivityWorker {
    withdraw: CancellationToken,
    stop: CancellationToken,
    slots: JoinSet<()>,
    drain: Duration,
}

impl ActivityWorker {
    /// Starts polling, on the current tokio runtime.
    pub fn start<S: ActivityService>(service: S, activities: Activities, options: &WorkerOptions) -> Self {
        let (withdraw, stop) = (CancellationToken::new(), CancellationToken::new());
        let mut slots = JoinSet::new();
        for _ in 0..options.concurrency {
            let slot = Slot {
                service: service.clone(),
                activities: activities.clone(),
                options: options.clone(),
                withdraw: withdraw.clone(),
                stop: stop.clone(),
            };
            slots.spawn(slot.work());
        }
        ActivityWorker {
            withdraw,
            stop,
            slots,
            drain: options.drain,
        }
    }

    /// Takes no more tasks, lets running ones end, and after [`WorkerOptions::drain`] gives up those that have not,
    /// as failures that another attempt may help.
    pub async fn drain(mut self) {
        self.withdraw.cancel();
        let ended = tokio::time::timeout(self.drain, async {
            while self.slots.join_next().await.is_some() {}
        });
        if ended.await.is_err() {
            tracing::warn!(
                activities = self.slots.len(),
                "giving up activities that did not end while draining"
            );
            self.stop.cancel();
            while self.slots.join_next().await.is_some() {}
        }
    }
}

impl Drop for ActivityWorker {
    fn drop(&mut self) {
        self.withdraw.cancel();
        self.stop.cancel();
        self.slots.detach_all();
    }
}

/// One activity at a time.
struct Slot<S> {
    service: S,
    activities: Activities,
    options: WorkerOptions,
    withdraw: CancellationToken,
    stop: CancellationToken,
}

impl<S: ActivityService> Slot<S> {
    async fn work(self) {
        let mut pause = limits::ANSWER_PAUSE;
        let WorkerOptions {
            domain,
            task_list,
            identity,
            ..
        } = &self.options;
        while !self.withdraw.is_cancelled() {
            match self
                .service
                .poll(domain, task_list, identity, &self.withdraw)
                .await
            {
                Ok(Some(task)) => {
                    pause = limits::ANSWER_PAUSE;
                    let attempt = Attempt {
                        service: &self.service,
                        activities: &self.activities,
                        stop: &self.stop,
                    };
                    attempt.perform(task).await;
                }
                Ok(None) => pause = limits::ANSWER_PAUSE,
                Err(fault) => {
                    tracing::warn!(%fault, %task_list, ?pause, "could not poll for activity tasks; trying again");
                    let _ = tokio::time::timeout(pause, self.withdraw.cancelled()).await;
                    pause = (pause * 2).min(limits::ANSWER_PAUSE_MAX);
                }
            }
        }
    }
}
