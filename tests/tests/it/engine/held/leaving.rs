//! Everything that is to leave a node with one commit.

use std::pin::pin;

use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};
use futures::{FutureExt, future::Either, future::select};

/// Answers, tasks and messages, each awaited by the one whom it is for.
pub struct Leaving {
    of: String,
    /// Not asked for yet.
    added: Vec<BoxFuture<'static, String>>,
    waiting: FuturesUnordered<BoxFuture<'static, String>>,
}

impl Leaving {
    /// Nothing yet, of this workflow.
    pub fn of(workflow_id: &str) -> Self {
        Leaving {
            of: workflow_id.to_owned(),
            added: Vec::new(),
            waiting: FuturesUnordered::new(),
        }
    }

    /// Adds one: the future ends when it has left the node. It is asked for after what was added before, when
    /// [`Leaving::nothing_until`] or [`Leaving::all`] is called.
    pub fn add(mut self, what: &'static str, left: impl Future<Output = ()> + Send + 'static) -> Self {
        let what = format!("{}: {what}", self.of);
        self.added.push(left.map(move |()| what).boxed());
        self
    }

    /// Adds all of another.
    pub fn and(mut self, other: Leaving) -> Self {
        self.added.extend(other.added);
        self
    }

    /// Waits for something else. Panics if anything leaves before, or has left by then.
    pub async fn nothing_until<T>(&mut self, other: impl Future<Output = T>) -> T {
        self.waiting.extend(self.added.drain(..));
        // The first is polled first, every time: what has left is never overlooked.
        match select(self.waiting.next(), pin!(other)).await {
            Either::Left((what, _)) => panic!("this left before its commit: {what:?}"),
            Either::Right((other, _)) => other,
        }
    }

    /// Waits until all of it has left.
    pub async fn all(mut self) {
        self.waiting.extend(self.added);
        self.waiting.collect::<Vec<_>>().await;
    }
}
