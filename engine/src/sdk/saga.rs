//! Compensation: undoing the steps that were done, in reverse order.

use futures::future::BoxFuture;

use super::{Activity, ActivityFailure, WorkflowContext};

/// What undoes the steps done so far. Note the undoing of a step *before* the step itself if the step may take
/// effect although it fails; an undoing must then do no harm when there is nothing to undo.
///
/// ```
/// # use apus::sdk::{Activity, WorkflowContext, WorkflowError};
/// # async fn book<R, U, P>(ctx: WorkflowContext, reserve: R, release: U, pay: P) -> Result<(), WorkflowError>
/// # where R: Activity, U: Activity, P: Activity {
/// let mut saga = ctx.saga();
/// saga.undo_by(release);
/// ctx.run(reserve).await?;
/// match ctx.run(pay).await {
///     Ok(_) => Ok(()),
///     Err(failure) => {
///         saga.compensate().await?;
///         Err(failure.into())
///     }
/// }
/// # }
/// ```
pub struct Saga {
    ctx: WorkflowContext,
    steps: Vec<BoxFuture<'static, Result<(), ActivityFailure>>>,
}

impl Saga {
    pub(super) fn new(ctx: WorkflowContext) -> Self {
        Saga {
            ctx,
            steps: Vec::new(),
        }
    }

    /// The step done next is undone by this activity.
    pub fn undo_by<A: Activity>(&mut self, activity: A) {
        let undoing = self.ctx.run(activity);
        self.undo_with(async move { undoing.await.map(drop) });
    }

    /// The step done next is undone by this future, which uses [`Saga::context`].
    pub fn undo_with(&mut self, undoing: impl Future<Output = Result<(), ActivityFailure>> + Send + 'static) {
        self.steps.push(Box::pin(undoing));
    }

    /// A context that goes on when the run is cancelled.
    pub fn context(&self) -> &WorkflowContext {
        &self.ctx
    }

    /// Undoes all steps, the last first; one that fails does not keep the others from being undone.
    ///
    /// # Errors
    /// The first failure among them.
    pub async fn compensate(self) -> Result<(), ActivityFailure> {
        let mut outcome = Ok(());
        for undoing in self.steps.into_iter().rev() {
            outcome = outcome.and(undoing.await);
        }
        outcome
    }
}
