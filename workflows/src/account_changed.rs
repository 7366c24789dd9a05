//! An account has another plan or password: the other regions learn of it.

use apus::sdk::{Workflow, WorkflowContext, WorkflowError};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::replication::replicate;

/// Tells the other regions what an account is now.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AccountChanged {
    /// The account.
    pub account: Uuid,
}

impl Workflow for AccountChanged {
    type Output = ();
    const NAME: &'static str = "account-changed";

    async fn run(self, ctx: WorkflowContext) -> Result<(), WorkflowError> {
        if replicate(&ctx, self.account).await? {
            Ok(())
        } else {
            Err(ctx.continue_as_new(&self))
        }
    }
}
