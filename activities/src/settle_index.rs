//! The end of an account's reindexing.

use std::sync::Arc;

use apus::sdk::{Activity, ActivityError, ActivityOptions, ActivityTask};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Environment, policy};

/// Counts the account's documents under the plan that it has now, and notes that they are indexed as it wants them.
/// False when it wants something else by now.
#[derive(Debug, Serialize, Deserialize)]
pub struct SettleIndex {
    /// The account.
    pub account: Uuid,
    /// The wish that its documents are indexed by.
    pub wanted: i64,
}

impl Activity for SettleIndex {
    type Output = bool;
    type Context = Environment;
    const NAME: &'static str = "settle-index";

    fn options() -> ActivityOptions {
        policy::quick()
    }

    async fn run(self, _: ActivityTask, with: Arc<Environment>) -> Result<bool, ActivityError> {
        // Only now: every document whose processing began under the old plan has been counted by the old plan.
        with.catalog.recount_under_plan(self.account).await?;
        Ok(with.catalog.settle_index(self.account, self.wanted).await?)
    }
}
