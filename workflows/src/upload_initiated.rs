//! A client has begun to upload: see to it that what arrives is processed, and that what does not is given up.

use std::time::Duration;

use apus::sdk::{Workflow, WorkflowContext, WorkflowError, WorkflowOptions};
use docstore_activities::{AbandonUpload, CheckUploadStatus, NOTHING_TO_DO, UploadStatus, VerifyProcessed};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::UploadComplete;

/// The pause before the object is looked for at first, when most uploads have come and said so. Doubled each time.
const POLL_FIRST: Duration = Duration::from_secs(5);
/// The longest pause.
const POLL_LONGEST: Duration = Duration::from_secs(300);
/// The near future in which the browser's redirect should have started the processing.
const VERIFY_AFTER: Duration = Duration::from_secs(10);

/// Watches over one upload.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct UploadInitiated {
    /// The document.
    pub document: Uuid,
}

/// What became of an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UploadEnd {
    /// It was processed, as it should be.
    Processed,
    /// Its completion was never reported; this workflow had it processed.
    Rescued,
    /// It never came.
    Abandoned,
    /// Its document is gone or was given up already.
    Settled,
}

impl Workflow for UploadInitiated {
    type Output = UploadEnd;
    const NAME: &'static str = "upload-initiated";

    fn options() -> WorkflowOptions {
        WorkflowOptions::default().execution_timeout(Duration::from_secs(30 * 86_400))
    }

    async fn run(self, ctx: WorkflowContext) -> Result<UploadEnd, WorkflowError> {
        match watch(&ctx, self.document).await {
            Err(WorkflowError::Failed { reason, .. }) if &*reason == NOTHING_TO_DO => Ok(UploadEnd::Settled),
            ended => ended,
        }
    }
}

async fn watch(ctx: &WorkflowContext, document: Uuid) -> Result<UploadEnd, WorkflowError> {
    let mut pause = POLL_FIRST;
    loop {
        ctx.timer(pause).await?;
        match ctx.run(CheckUploadStatus { document }).await? {
            UploadStatus::Arrived => break,
            UploadStatus::Settled => return Ok(UploadEnd::Settled),
            UploadStatus::Expired => {
                ctx.run(AbandonUpload { document }).await?;
                return Ok(UploadEnd::Abandoned);
            }
            UploadStatus::Awaited => pause = (pause * 2).min(POLL_LONGEST),
        }
    }
    ctx.timer(VERIFY_AFTER).await?;
    if ctx.run(VerifyProcessed { document }).await? {
        return Ok(UploadEnd::Processed);
    }
    let processing = UploadComplete::first(document);
    match ctx.child(processing.workflow_id(), processing).await {
        Ok(_) => Ok(UploadEnd::Rescued),
        Err(failure) if failure.is_already_running() => Ok(UploadEnd::Processed),
        Err(failure) => Err(failure.into()),
    }
}
