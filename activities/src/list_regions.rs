//! Which other regions there are.

use std::sync::Arc;

use apus::sdk::{Activity, ActivityError, ActivityOptions, ActivityTask};
use serde::{Deserialize, Serialize};

use crate::{Environment, policy};

/// Names the other regions, as the settings have them now.
#[derive(Debug, Serialize, Deserialize)]
pub struct ListRegions {}

impl Activity for ListRegions {
    type Output = Vec<String>;
    type Context = Environment;
    const NAME: &'static str = "list-regions";

    fn options() -> ActivityOptions {
        policy::quick()
    }

    async fn run(self, _: ActivityTask, with: Arc<Environment>) -> Result<Vec<String>, ActivityError> {
        Ok(with.regions.names())
    }
}
