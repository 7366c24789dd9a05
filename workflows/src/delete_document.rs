//! A document goes: out of the index, out of the object store, out of the catalog, in this order.

use std::time::Duration;

use apus::sdk::{Workflow, WorkflowContext, WorkflowError, WorkflowOptions};
use docstore_activities::{DeleteObjects, ForgetDocument, RemoveFromIndex};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Deletes one document that was marked for it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DeleteDocument {
    /// The document.
    pub document: Uuid,
}

impl Workflow for DeleteDocument {
    type Output = ();
    const NAME: &'static str = "delete-document";

    fn options() -> WorkflowOptions {
        WorkflowOptions::default().execution_timeout(Duration::from_secs(30 * 86_400))
    }

    async fn run(self, ctx: WorkflowContext) -> Result<(), WorkflowError> {
        let document = self.document;
        ctx.run(RemoveFromIndex { document }).await?;
        ctx.run(DeleteObjects { document }).await?;
        ctx.run(ForgetDocument { document }).await?;
        Ok(())
    }
}
