//! Cancellation scopes, and waiting for several things at once.

use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use futures::future::{self, Either};

use super::{Saga, TimerFailure, WorkflowContext};

impl WorkflowContext {
    /// A scope within this one. [`WorkflowContext::cancel`] on it gives up what runs in it and leaves the rest alone.
    pub fn scope(&self) -> WorkflowContext {
        let scope = self.shared.lock().open_scope(Some(self.scope));
        WorkflowContext {
            scope,
            ..self.clone()
        }
    }

    /// A scope that a cancelled run does not cancel: for what must be done all the same, such as compensation.
    pub fn detached(&self) -> WorkflowContext {
        let scope = self.shared.lock().open_scope(None);
        WorkflowContext {
            scope,
            ..self.clone()
        }
    }

    /// Cancels this scope and those within: activities, timers and children in it are asked to end, and whoever waits
    /// for them, or for signals, is told `Cancelled` at once. Nothing new begins in it.
    pub fn cancel(&self) {
        self.shared.lock().cancel_scope(self.scope);
    }

    /// Whether this scope is cancelled. A cancel request to the run cancels all but detached scopes.
    pub fn is_cancelled(&self) -> bool {
        self.shared.lock().is_cancelled(self.scope)
    }

    /// Waits until this scope is cancelled.
    pub fn cancelled(&self) -> impl Future<Output = ()> + Send + use<> {
        let ctx = self.clone();
        future::poll_fn(move |cx| {
            let mut state = ctx.shared.lock();
            if state.is_cancelled(ctx.scope) {
                return Poll::Ready(());
            }
            state.wait_cancelled(ctx.scope, cx.waker());
            Poll::Pending
        })
    }

    /// Waits for both.
    pub async fn join<A: Future, B: Future>(&self, a: A, b: B) -> (A::Output, B::Output) {
        future::join(a, b).await
    }

    /// Waits for all; results are in the order of the futures.
    pub async fn join_all<F: Future>(&self, futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
        future::join_all(futures).await
    }

    /// Waits for the first and drops the other. If both are ready, the first named wins.
    pub async fn race<A: Future, B: Future>(&self, a: A, b: B) -> Either<A::Output, B::Output> {
        let (a, b) = (pin!(a), pin!(b));
        match future::select(a, b).await {
            Either::Left((a, _)) => Either::Left(a),
            Either::Right((b, _)) => Either::Right(b),
        }
    }

    /// Waits no longer than this; `None` when the time is over.
    ///
    /// # Errors
    /// The scope was cancelled, or too many timers run.
    pub async fn within<F: Future>(
        &self,
        limit: Duration,
        future: F,
    ) -> Result<Option<F::Output>, TimerFailure> {
        match self.race(future, self.timer(limit)).await {
            Either::Left(output) => Ok(Some(output)),
            Either::Right(fired) => fired.map(|()| None),
        }
    }

    /// A list of steps to undo if the workflow fails later on.
    pub fn saga(&self) -> Saga {
        Saga::new(self.detached())
    }
}
