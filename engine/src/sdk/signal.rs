//! Signals as a workflow receives them.

use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::Stream;
use serde::de::DeserializeOwned;

use crate::model::Text;

use super::{SignalFailure, WorkflowContext, payload};

/// The signals of one name, in order of arrival; those that came before it was made included. Also a stream, which
/// ends when the scope is cancelled.
pub struct Signals<T> {
    ctx: WorkflowContext,
    name: Text,
    of: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> Signals<T> {
    pub(super) fn new(ctx: WorkflowContext, name: Text) -> Self {
        Signals {
            ctx,
            name,
            of: PhantomData,
        }
    }

    /// Waits for the next one.
    ///
    /// # Errors
    /// The scope was cancelled, or the signal is not of the expected type.
    pub async fn recv(&self) -> Result<T, SignalFailure> {
        std::future::poll_fn(|cx| self.poll(cx)).await
    }

    /// The next one, if it has arrived.
    ///
    /// # Errors
    /// The signal is not of the expected type.
    pub fn try_recv(&self) -> Result<Option<T>, SignalFailure> {
        let signal = self.ctx.shared.lock().take_signal(&self.name);
        signal.map(|input| self.read(input.as_ref())).transpose()
    }

    fn read(&self, input: Option<&crate::model::Data>) -> Result<T, SignalFailure> {
        payload::read("the signal's input", input).map_err(|error| SignalFailure::Payload {
            name: self.name.clone(),
            error,
        })
    }

    fn poll(&self, cx: &mut Context<'_>) -> Poll<Result<T, SignalFailure>> {
        let mut state = self.ctx.shared.lock();
        if let Some(input) = state.take_signal(&self.name) {
            drop(state);
            return Poll::Ready(self.read(input.as_ref()));
        }
        if state.is_cancelled(self.ctx.scope) {
            return Poll::Ready(Err(SignalFailure::Cancelled));
        }
        state.wait_signal(&self.name, cx.waker());
        Poll::Pending
    }
}

impl<T: DeserializeOwned> Stream for Signals<T> {
    type Item = Result<T, SignalFailure>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Signals::poll(&self, cx).map(|signal| match signal {
            Err(SignalFailure::Cancelled) => None,
            signal => Some(signal),
        })
    }
}
