//! The last step of an account's deletion in its region.

use std::sync::Arc;

use apus::sdk::{Activity, ActivityError, ActivityOptions, ActivityTask};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Environment, policy};

/// Removes whatever the index still has of the account, then its row. False while documents of it are left.
#[derive(Debug, Serialize, Deserialize)]
pub struct ForgetAccount {
    /// The account.
    pub account: Uuid,
}

impl Activity for ForgetAccount {
    type Output = bool;
    type Context = Environment;
    const NAME: &'static str = "forget-account";

    fn options() -> ActivityOptions {
        policy::quick()
    }

    async fn run(self, _: ActivityTask, with: Arc<Environment>) -> Result<bool, ActivityError> {
        with.search.remove_owner(self.account).await?;
        Ok(with.catalog.forget_account(self.account).await?)
    }
}
