//! An account was created: the other regions learn of it, so that its owner finds his home from anywhere.

use apus::sdk::{Workflow, WorkflowContext, WorkflowError};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::replication::replicate;

/// Tells the other regions of a new account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AccountCreated {
    /// The account.
    pub account: Uuid,
}

impl Workflow for AccountCreated {
    type Output = ();
    const NAME: &'static str = "account-created";

    async fn run(self, ctx: WorkflowContext) -> Result<(), WorkflowError> {
        if replicate(&ctx, self.account).await? {
            Ok(())
        } else {
            Err(ctx.continue_as_new(&self))
        }
    }
}
