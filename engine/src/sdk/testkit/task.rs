//! A task for an activity that a test calls by itself, without a workflow.

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::model::{RunId, WorkflowExecution};

use super::super::ActivityTask;

/// The first attempt of an activity of no run in particular. It has no deadline, nobody asks it to give up, and its
/// heartbeats go nowhere.
///
/// For tests of what an activity does to the world: `Greet { .. }.run(activity_task(), context).await`.
pub fn activity_task() -> ActivityTask {
    let execution = WorkflowExecution {
        workflow_id: "test".into(),
        run_id: RunId::NOBODY,
    };
    let (beats, _beaten) = watch::channel(None);
    ActivityTask::new(execution, "1".into(), None, beats, CancellationToken::new())
}
