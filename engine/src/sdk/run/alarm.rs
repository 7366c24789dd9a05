//! How a run's future is polled: with a waker that says when, and without letting a panic through.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use super::executor::RunFuture;

/// Says that the future wants to be polled. A real waker, because combinators poll only what woke them.
pub(super) struct Alarm(Arc<Flag>);

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Alarm {
    /// One that rings: a future is polled once before anything wakes it.
    pub(super) fn ringing() -> Self {
        Alarm(Arc::new(Flag(AtomicBool::new(true))))
    }

    /// Whether it rings; it is quiet afterwards.
    pub(super) fn take(&self) -> bool {
        self.0.0.swap(false, Ordering::Relaxed)
    }

    /// Polls the future.
    ///
    /// # Errors
    /// What it said when it panicked.
    pub(super) fn poll(&self, future: &mut RunFuture) -> Result<Poll<<RunFuture as Future>::Output>, String> {
        let waker = Waker::from(self.0.clone());
        catch_unwind(AssertUnwindSafe(|| {
            future.as_mut().poll(&mut Context::from_waker(&waker))
        }))
        .map_err(|panic| panic_message(&*panic))
    }
}

/// What a panic said.
pub(in crate::sdk) fn panic_message(panic: &(dyn Any + Send)) -> String {
    match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
        (Some(message), _) => (*message).to_owned(),
        (_, Some(message)) => message.clone(),
        _ => "a panic without a message".to_owned(),
    }
}
