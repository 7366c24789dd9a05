//! One call of an activity from a workflow: its options, its attempts.

use std::time::Duration;

use crate::model::{Data, RequestCancelActivityTask, ScheduleActivityTask, TaskList, Text};

use super::activity::type_of;
use super::run::{Operate, Outcome, Refusal};
use super::{
    Activity, ActivityError, ActivityFailure, ActivityOptions, PayloadError, RetryPolicy, WorkflowContext,
    payload,
};

/// A call that is being prepared; begins with [`ActivityCall::run`].
#[must_use = "an activity is only scheduled when its `run` is awaited"]
pub struct ActivityCall<A> {
    ctx: WorkflowContext,
    activity: A,
    options: ActivityOptions,
}

impl<A: Activity> ActivityCall<A> {
    pub(super) fn new(ctx: WorkflowContext, activity: A) -> Self {
        ActivityCall {
            ctx,
            activity,
            options: A::options(),
        }
    }

    /// With this retry policy.
    pub fn retry(self, retry: RetryPolicy) -> Self {
        ActivityCall {
            options: self.options.retry(retry),
            ..self
        }
    }

    /// On this task list.
    pub fn task_list(self, name: impl Into<Text>) -> Self {
        ActivityCall {
            options: self.options.task_list(name),
            ..self
        }
    }

    /// One attempt may take so long.
    pub fn timeout(self, limit: Duration) -> Self {
        ActivityCall {
            options: self.options.start_to_close(limit),
            ..self
        }
    }

    /// With these options.
    pub fn options(self, options: ActivityOptions) -> Self {
        ActivityCall { options, ..self }
    }

    /// Schedules it, again after each failure that the retry policy forgives, and waits for its result.
    ///
    /// # Errors
    /// The last attempt's failure.
    pub fn run(self) -> impl Future<Output = Result<A::Output, ActivityFailure>> + Send + use<A> {
        // Taken apart outside: the future would keep room for the whole besides.
        let ActivityCall {
            ctx,
            activity,
            options,
        } = self;
        async move {
            let input =
                payload::write("the input", &activity, ctx.data_chars()).map_err(payload_failure::<A>)?;
            drop(activity);
            let (number, began) = {
                let mut state = ctx.shared.lock();
                (state.number(), state.now)
            };
            let mut attempt = 1;
            loop {
                let operate = schedule::<A>(&ctx, &options, number, attempt, input.clone());
                let failure = match ctx.shared.operate(operate).await {
                    Outcome::Completed(result) => {
                        return payload::read("the result", result.as_ref()).map_err(payload_failure::<A>);
                    }
                    outcome => failure::<A>(outcome, attempt),
                };
                let elapsed = Duration::from_millis((ctx.now().0 - began.0).max(0).unsigned_abs());
                let Some(pause) = pause(&options.retry, &failure, attempt, elapsed) else {
                    return Err(failure);
                };
                if !pause.is_zero() && ctx.timer(pause).await.is_err() {
                    return Err(if ctx.is_cancelled() {
                        ActivityFailure::Cancelled { activity: A::NAME }
                    } else {
                        failure
                    });
                }
                attempt += 1;
            }
        }
    }
}

fn payload_failure<A: Activity>(error: PayloadError) -> ActivityFailure {
    ActivityFailure::Payload {
        activity: A::NAME,
        error,
    }
}

fn schedule<A: Activity>(
    ctx: &WorkflowContext,
    options: &ActivityOptions,
    number: u64,
    attempt: u32,
    input: Data,
) -> Operate {
    let activity_id = activity_id(number, attempt);
    let decision = ScheduleActivityTask {
        activity_type: type_of::<A>(),
        activity_id: activity_id.clone(),
        control: None,
        input: Some(input),
        schedule_to_close_timeout: Some(options.schedule_to_close),
        task_list: Some(TaskList::new(options.task_list.clone())),
        task_priority: Some(options.priority),
        schedule_to_start_timeout: Some(options.schedule_to_start),
        start_to_close_timeout: Some(options.start_to_close),
        heartbeat_timeout: Some(options.heartbeat),
    };
    Operate {
        scope: ctx.scope,
        decision: decision.into(),
        cancel: Some(RequestCancelActivityTask { activity_id }.into()),
        cancel_on_drop: true,
    }
}

fn failure<A: Activity>(outcome: Outcome, attempts: u32) -> ActivityFailure {
    let activity = A::NAME;
    match outcome {
        Outcome::Failed { reason, details } => {
            let error = ActivityError::read(reason.as_ref(), details.as_deref());
            ActivityFailure::Failed {
                activity,
                attempts,
                error,
            }
        }
        Outcome::TimedOut { kind, details } => ActivityFailure::TimedOut {
            activity,
            attempts,
            kind,
            details,
        },
        Outcome::Refused(Refusal::Activity(cause)) => ActivityFailure::Refused { activity, cause },
        _ => ActivityFailure::Cancelled { activity },
    }
}

fn pause(
    policy: &RetryPolicy,
    failure: &ActivityFailure,
    failed: u32,
    elapsed: Duration,
) -> Option<Duration> {
    if !failure.is_retryable() {
        return None;
    }
    let pause = policy.pause(failed, failure.reason(), elapsed)?;
    match failure {
        ActivityFailure::Failed { error, .. } => Some(error.retry_after.unwrap_or(pause)),
        _ => Some(pause),
    }
}

/// The id of an attempt: `7` for the first of call 7, then `7.2`, `7.3` ... The attempt is in the id because that is
/// what a worker is told, also over the wire.
fn activity_id(number: u64, attempt: u32) -> Text {
    match attempt {
        1 => number.to_string().into(),
        _ => format!("{number}.{attempt}").into(),
    }
}

/// The attempt that an activity id names; ids that are not of this SDK name the first.
pub(super) fn attempt_of(activity_id: &str) -> u32 {
    activity_id
        .split_once('.')
        .and_then(|(_, attempt)| attempt.parse().ok())
        .unwrap_or(1)
}
