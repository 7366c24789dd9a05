//! An account goes: its documents, each as when it is deleted alone, then what the index and the catalog have of it, then
//! what the other regions know.

use std::time::Duration;

use apus::sdk::{Workflow, WorkflowContext, WorkflowError};
use docstore_activities::{ForgetAccount, ForgetInRegion, ListRegions, MarkDocuments};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{DeleteDocument, workflow_id};

/// The pause while a document is being deleted by a run that began earlier.
const PAUSE: Duration = Duration::from_secs(5);
/// Batches of documents in one run, so that the largest account fits in histories.
const BATCHES: u32 = 50;

/// Removes one account that was closed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DeleteAccount {
    /// The account.
    pub account: Uuid,
}

impl Workflow for DeleteAccount {
    type Output = ();
    const NAME: &'static str = "delete-account";

    async fn run(self, ctx: WorkflowContext) -> Result<(), WorkflowError> {
        let account = self.account;
        for _ in 0..BATCHES {
            let documents = ctx.run(MarkDocuments { account }).await?;
            // An upload that was asked for while the account was closed is found in the next batch.
            if documents.is_empty() && ctx.run(ForgetAccount { account }).await? {
                return match forget_elsewhere(&ctx, account).await? {
                    true => Ok(()),
                    false => Err(ctx.continue_as_new(&self)),
                };
            }
            delete(&ctx, documents).await?;
        }
        Err(ctx.continue_as_new(&self))
    }
}

/// Deletes documents side by side.
async fn delete(ctx: &WorkflowContext, documents: Vec<Uuid>) -> Result<(), WorkflowError> {
    let deletions = documents.into_iter().map(|document| {
        ctx.child(
            workflow_id::<DeleteDocument>(document),
            DeleteDocument { document },
        )
    });
    let mut is_under_way = false;
    for ended in ctx.join_all(deletions).await {
        match ended {
            Err(failure) if failure.is_already_running() => is_under_way = true,
            ended => ended?,
        }
    }
    if is_under_way {
        ctx.timer(PAUSE).await?;
    }
    Ok(())
}

/// Has the other regions forget the account. False when one has been away for so long that this is to go on in a new
/// history.
async fn forget_elsewhere(ctx: &WorkflowContext, account: Uuid) -> Result<bool, WorkflowError> {
    let regions = ctx.run(ListRegions {}).await?;
    let calls = regions
        .into_iter()
        .map(|region| ctx.run(ForgetInRegion { account, region }));
    let mut all = true;
    for forgotten in ctx.join_all(calls).await {
        match forgotten {
            Err(failure) if failure.is_cancelled() => return Err(failure.into()),
            forgotten => all &= forgotten.is_ok(),
        }
    }
    Ok(all)
}
