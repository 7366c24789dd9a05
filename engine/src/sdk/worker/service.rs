//! What a worker needs of an engine.

use tokio_util::sync::CancellationToken;

use crate::model::{Data, Fault, Text};
use crate::node::{ActivityTask, TaskToken};

/// An engine as a worker sees it: in this process or over the wire.
pub trait ActivityService: Clone + Send + Sync + 'static {
    /// Waits for a task. Cancelling `withdraw` ends the wait; a task handed over meanwhile is still returned.
    ///
    /// # Errors
    /// The engine's fault.
    fn poll(
        &self,
        domain: &str,
        task_list: &str,
        identity: &str,
        withdraw: &CancellationToken,
    ) -> impl Future<Output = Result<Option<ActivityTask>, Fault>> + Send;

    /// The activity was done.
    ///
    /// # Errors
    /// `UnknownResourceFault`: the attempt is over. Other faults: try again.
    fn complete(&self, token: &TaskToken, result: Data) -> impl Future<Output = Result<(), Fault>> + Send;

    /// The activity failed.
    ///
    /// # Errors
    /// As [`ActivityService::complete`].
    fn fail(
        &self,
        token: &TaskToken,
        reason: Text,
        details: Data,
    ) -> impl Future<Output = Result<(), Fault>> + Send;

    /// The activity was given up.
    ///
    /// # Errors
    /// As [`ActivityService::complete`].
    fn cancel(&self, token: &TaskToken) -> impl Future<Output = Result<(), Fault>> + Send;

    /// The activity goes on; says whether it is asked to give up.
    ///
    /// # Errors
    /// As [`ActivityService::complete`].
    fn heartbeat(
        &self,
        token: &TaskToken,
        details: Option<Data>,
    ) -> impl Future<Output = Result<bool, Fault>> + Send;
}
