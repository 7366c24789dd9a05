//! The index after a change of what a document is found by.

use std::sync::Arc;

use apus::sdk::{Activity, ActivityError, ActivityOptions, ActivityTask};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::index_entry::{self, Text};
use crate::{Environment, policy};

/// Tells the index what the catalog says of a document now: its title and tags, and whether it is to be found at all.
#[derive(Debug, Serialize, Deserialize)]
pub struct RefreshIndex {
    /// The document, or a version of it.
    pub document: Uuid,
}

impl Activity for RefreshIndex {
    type Output = ();
    type Context = Environment;
    const NAME: &'static str = "refresh-index";

    fn options() -> ActivityOptions {
        policy::quick()
    }

    async fn run(self, _: ActivityTask, with: Arc<Environment>) -> Result<(), ActivityError> {
        let document = with.catalog.document(self.document).await?.id;
        index_entry::bring_up_to_date(&with, document, Text::IfEntitled).await?;
        Ok(())
    }
}
