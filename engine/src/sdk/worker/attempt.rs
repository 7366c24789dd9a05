//! One attempt at an activity: running it within its timeouts, passing on heartbeats, handing in the answer.

use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::model::{Data, Fault, FaultKind, Timeout};
use crate::node;

use super::super::{Activities, ActivityError, ActivityTask, limits, payload};
use super::ActivityService;

/// Heartbeats sent in one heartbeat timeout at most: enough that a slow one does no harm.
const HEARTBEATS_PER_TIMEOUT: u32 = 4;

/// The longest pause between heartbeats of an activity without a heartbeat timeout: how soon it learns that it should
/// give up.
const HEARTBEAT_PAUSE: Duration = Duration::from_secs(5);

/// What an attempt needs.
pub(super) struct Attempt<'a, S> {
    pub(super) service: &'a S,
    pub(super) activities: &'a Activities,
    /// Cancelled when the worker waits no longer.
    pub(super) stop: &'a CancellationToken,
}

/// How an attempt ended.
enum Ended {
    Done(Result<Data, ActivityError>),
    /// The engine has given it up already.
    TimedOut,
}

impl<S: ActivityService> Attempt<'_, S> {
    /// Does the task and answers it.
    pub(super) async fn perform(self, task: node::ActivityTask) {
        let (beats, beaten) = watch::channel(None);
        let cancelled = CancellationToken::new();
        let limit = time_limit(&task);
        let deadline = limit.map(|limit| {
            task.started_at
                .plus_millis(i64::try_from(limit.as_millis()).unwrap_or(i64::MAX))
        });
        let activity_id = task.scheduled.activity_id.clone();
        let handle = ActivityTask::new(
            task.execution.clone(),
            activity_id,
            deadline,
            beats,
            cancelled.clone(),
        );
        // The activity first: while it has not had to wait, no timer is set and nobody is registered for it.
        let ended = tokio::select! {
            biased;
            done = self.activities.run(task.activity_type(), handle, task.input().cloned()) => Ended::Done(done),
            () = over(limit) => Ended::TimedOut,
            () = self.stop.cancelled() => {
                let message = "the worker stopped before the activity ended";
                Ended::Done(Err(ActivityError::retryable("worker_stopped", message)))
            }
            never = self.pass_heartbeats(&task, beaten, &cancelled) => match never {},
        };
        match ended {
            Ended::Done(done) => self.answer(&task, done, cancelled.is_cancelled()).await,
            Ended::TimedOut => tracing::warn!(
                activity = %task.activity_type().name,
                workflow_id = %task.execution.workflow_id,
                run_id = %task.execution.run_id,
                limit_s = limit.unwrap_or_default().as_secs(),
                "an activity ran out of time and was stopped"
            ),
        }
    }

    /// Tells the engine that this worker lives, a few times per heartbeat timeout, with the activity's latest details;
    /// tells the activity when it should give up. Runs within the attempt's own task, so that an activity that
    /// blocks its thread falls silent.
    async fn pass_heartbeats(
        &self,
        task: &node::ActivityTask,
        mut beaten: watch::Receiver<Option<Data>>,
        cancelled: &CancellationToken,
    ) -> std::convert::Infallible {
        let timeout = task.scheduled.heartbeat_timeout.and_then(Timeout::seconds);
        let pause = timeout.map_or(HEARTBEAT_PAUSE, |seconds| {
            Duration::from_secs(seconds.into()) / HEARTBEATS_PER_TIMEOUT
        });
        loop {
            // What the activity says is passed on soon, but not more often than the engine needs to hear of it.
            tokio::time::sleep(pause / 2).await;
            let _ = tokio::time::timeout(pause / 2, said_more(&mut beaten)).await;
            let details = beaten.borrow_and_update().clone();
            match self.service.heartbeat(&task.token, details).await {
                Ok(false) => {}
                Ok(true) => cancelled.cancel(),
                Err(fault) if fault.kind == FaultKind::UnknownResourceFault => {
                    cancelled.cancel();
                    // The engine waits no longer; the activity may still tidy up.
                    std::future::pending::<()>().await;
                }
                Err(fault) => tracing::debug!(%fault, "a heartbeat was refused; the next one may be taken"),
            }
        }
    }

    async fn answer(&self, task: &node::ActivityTask, done: Result<Data, ActivityError>, cancelled: bool) {
        let mut answer = match done {
            Err(error) if cancelled && error.is_cancelled() => Answer::Cancel,
            done => Answer::Done(done),
        };
        let mut pause = limits::ANSWER_PAUSE;
        for _ in 0..limits::ANSWER_ATTEMPTS {
            let Err(fault) = self.hand_in(task, &answer).await else {
                return;
            };
            match fault.kind {
                FaultKind::UnknownResourceFault => {
                    tracing::debug!(%fault, "an activity's answer came too late");
                    return;
                }
                FaultKind::ValidationException => {
                    answer = Answer::Done(Err(ActivityError::permanent("answer_refused", fault.to_string())));
                }
                _ => {
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(limits::ANSWER_PAUSE_MAX);
                }
            }
        }
        tracing::warn!(
            activity = %task.activity_type().name,
            workflow_id = %task.execution.workflow_id,
            run_id = %task.execution.run_id,
            "an activity's answer could not be handed in; its timeout will end the attempt"
        );
    }

    async fn hand_in(&self, task: &node::ActivityTask, answer: &Answer) -> Result<(), Fault> {
        match answer {
            Answer::Done(Ok(result)) => self.service.complete(&task.token, result.clone()).await,
            Answer::Done(Err(error)) => {
                let reason = payload::plain(&error.reason, limits::REASON_CHARS);
                self.service
                    .fail(&task.token, reason, error.details().into())
                    .await
            }
            Answer::Cancel => self.service.cancel(&task.token).await,
        }
    }
}

enum Answer {
    Done(Result<Data, ActivityError>),
    Cancel,
}

/// Waits until the activity says how far it is; for ever if it has dropped its handle.
async fn said_more(beaten: &mut watch::Receiver<Option<Data>>) {
    if beaten.changed().await.is_err() {
        std::future::pending().await
    }
}

/// How long the attempt may take.
fn time_limit(task: &node::ActivityTask) -> Option<Duration> {
    let scheduled = &task.scheduled;
    let limits = [
        scheduled.start_to_close_timeout,
        scheduled.schedule_to_close_timeout,
    ];
    let seconds = limits.into_iter().flatten().filter_map(Timeout::seconds).min()?;
    Some(Duration::from_secs(seconds.into()))
}

async fn over(limit: Option<Duration>) {
    match limit {
        Some(limit) => tokio::time::sleep(limit).await,
        None => std::future::pending().await,
    }
}
