//! The end of telling the other regions of an account.

use std::sync::Arc;

use apus::sdk::{Activity, ActivityError, ActivityOptions, ActivityTask};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Environment, policy};

/// Notes what every other region has been told. False when the account has changed since.
#[derive(Debug, Serialize, Deserialize)]
pub struct SettleReplicas {
    /// The account.
    pub account: Uuid,
    /// The revision that all of them know; none when there is no other region.
    pub told: Option<i64>,
}

impl Activity for SettleReplicas {
    type Output = bool;
    type Context = Environment;
    const NAME: &'static str = "settle-replicas";

    fn options() -> ActivityOptions {
        policy::quick()
    }

    async fn run(self, _: ActivityTask, with: Arc<Environment>) -> Result<bool, ActivityError> {
        Ok(with.catalog.settle_replicas(self.account, self.told).await?)
    }
}
