//! What calls need of the registry as this node knows it.

use std::sync::Arc;

use crate::model::{Fault, is_name};
use crate::store::{RegistryChange, StoreError};

use super::registry::Domain;
use super::{Node, database_failed};

impl Node {
    /// The domain of that name; looked up again if this node has not heard of it.
    pub(super) async fn domain(&self, name: &str) -> Result<Arc<Domain>, Fault> {
        if let Ok(domain) = self.shared.registry.current().domain(name) {
            return Ok(domain.clone());
        }
        self.refresh_registry().await?;
        self.shared.registry.current().domain(name).cloned()
    }

    pub(super) async fn refresh_registry(&self) -> Result<(), Fault> {
        let read = self.shared.registry.refresh().await;
        read.map(drop).map_err(|error| database_failed(&error))
    }

    /// What this node acknowledges, or refuses because of another node's change, it knows from then on.
    pub(super) async fn registry_changed(
        &self,
        done: Result<RegistryChange, StoreError>,
    ) -> Result<RegistryChange, Fault> {
        let change = done.map_err(|error| database_failed(&error))?;
        self.refresh_registry().await?;
        Ok(change)
    }

    /// SWF's rule for names and ids: no edge whitespace, no `:` `/` `|` or control characters, not `arn`.
    pub(super) fn check_name(&self, what: &str, name: &str) -> Result<(), Fault> {
        let max = self.limits().name_chars;
        if !name.is_empty() && name.chars().count() <= max && is_name(name) {
            return Ok(());
        }
        Err(Fault::validation(format!(
            "Value '{name}' at '{what}' is not allowed: it must have 1 to {max} characters, no whitespace at its ends, \
             no ':', '/', '|' or control characters, and not be 'arn'"
        )))
    }
}
