//! The end of an account, told to another region.

use std::sync::Arc;

use apus::sdk::{Activity, ActivityError, ActivityOptions, ActivityTask};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::ports::regions::RegionError;
use crate::{Environment, policy};

/// Has a region remove what it knows of an account that is gone.
#[derive(Debug, Serialize, Deserialize)]
pub struct ForgetInRegion {
    /// The account.
    pub account: Uuid,
    /// The region.
    pub region: String,
}

impl Activity for ForgetInRegion {
    type Output = ();
    type Context = Environment;
    const NAME: &'static str = "forget-in-region";

    fn options() -> ActivityOptions {
        policy::patient()
    }

    async fn run(self, _: ActivityTask, with: Arc<Environment>) -> Result<(), ActivityError> {
        match with.regions.remove_account(&self.region, self.account).await {
            // Taken out of the settings since: nobody is left to be told.
            Ok(()) | Err(RegionError::Unknown(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
