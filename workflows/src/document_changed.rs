//! What a document is found by has changed: the index is told.

use std::time::Duration;

use apus::sdk::{Workflow, WorkflowContext, WorkflowError, WorkflowOptions};
use docstore_activities::{NOTHING_TO_DO, RefreshIndex};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::workflow_id;

/// Brings the index in line with the catalog after one change.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DocumentChanged {
    /// The document.
    pub document: Uuid,
    /// Which change it was.
    pub revision: i64,
}

impl Workflow for DocumentChanged {
    type Output = ();
    const NAME: &'static str = "document-changed";

    fn options() -> WorkflowOptions {
        WorkflowOptions::default().execution_timeout(Duration::from_secs(7 * 86_400))
    }

    async fn run(self, ctx: WorkflowContext) -> Result<(), WorkflowError> {
        let document = self.document;
        match ctx.run(RefreshIndex { document }).await {
            Err(failure) if failure.reason() != NOTHING_TO_DO => Err(failure.into()),
            _ => Ok(()),
        }
    }
}

impl DocumentChanged {
    /// The id of its run. Each change has one of its own: a run under way may have looked before the change.
    pub fn workflow_id(&self) -> String {
        format!("{}-{}", workflow_id::<Self>(self.document), self.revision)
    }
}
