//! An account of this region, told to another one.

use std::sync::Arc;

use apus::sdk::{Activity, ActivityError, ActivityOptions, ActivityTask};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::catalog::CatalogError;
use crate::ports::regions::{RegionError, Told};
use crate::{Environment, policy};

/// Tells a region what the account is now; returns the revision that it was told, none when the account is gone.
#[derive(Debug, Serialize, Deserialize)]
pub struct TellRegion {
    /// The account.
    pub account: Uuid,
    /// The region.
    pub region: String,
}

impl Activity for TellRegion {
    type Output = Option<i64>;
    type Context = Environment;
    const NAME: &'static str = "tell-region";

    fn options() -> ActivityOptions {
        policy::patient()
    }

    async fn run(self, _: ActivityTask, with: Arc<Environment>) -> Result<Option<i64>, ActivityError> {
        // Looked up at each attempt: a region that was away for an hour is told what holds after it.
        let account = match with.catalog.account(self.account).await {
            Ok(account) if account.deletion_begun.is_none() => account,
            Ok(_) | Err(CatalogError::NoSuchAccount) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        match with.regions.put_account(&self.region, &account).await {
            Ok(Told::Known) => {}
            Ok(Told::AddressTaken) => tracing::warn!(
                account = %self.account,
                region = self.region,
                "the region has another account with the same e-mail address; each stays in its own region"
            ),
            // Taken out of the settings since: nobody is left to be told.
            Err(RegionError::Unknown(_)) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(Some(account.revision))
    }
}
