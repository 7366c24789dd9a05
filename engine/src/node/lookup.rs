//! Looking at what is registered: domains and types.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use crate::model::{
    ActivityType, ActivityTypeDefaults, Fault, TypeRecord, WorkflowType, WorkflowTypeDefaults,
};
use crate::store::DomainRecord;

use super::Node;
use super::registry::Domain;

impl Node {
    /// A domain, registered or deprecated.
    ///
    /// # Errors
    /// `UnknownResourceFault` when there is none of that name.
    pub async fn describe_domain(&self, name: &str) -> Result<DomainRecord, Fault> {
        Ok(self.domain(name).await?.record.clone())
    }

    /// All domains, by name.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn list_domains(&self) -> Result<Vec<DomainRecord>, Fault> {
        self.refresh_registry().await?;
        let snapshot = self.shared.registry.current();
        let mut domains: Vec<DomainRecord> = snapshot.domains().map(|domain| domain.record.clone()).collect();
        domains.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(domains)
    }

    /// A workflow type, registered or deprecated.
    ///
    /// # Errors
    /// `UnknownResourceFault` for the domain or the type.
    pub async fn describe_workflow_type(
        &self,
        domain: &str,
        of: &WorkflowType,
    ) -> Result<TypeRecord<WorkflowTypeDefaults>, Fault> {
        let found = |domain: &Domain| domain.types.workflows.get(of).cloned();
        self.registered(domain, found)
            .await?
            .ok_or_else(|| Fault::unknown_workflow_type(of))
    }

    /// An activity type, registered or deprecated.
    ///
    /// # Errors
    /// `UnknownResourceFault` for the domain or the type.
    pub async fn describe_activity_type(
        &self,
        domain: &str,
        of: &ActivityType,
    ) -> Result<TypeRecord<ActivityTypeDefaults>, Fault> {
        let found = |domain: &Domain| domain.types.activities.get(of).cloned();
        self.registered(domain, found)
            .await?
            .ok_or_else(|| Fault::unknown_activity_type(of))
    }

    /// All workflow types of a domain, by name and version.
    ///
    /// # Errors
    /// `UnknownResourceFault` for the domain.
    pub async fn list_workflow_types(
        &self,
        domain: &str,
    ) -> Result<Vec<(WorkflowType, TypeRecord<WorkflowTypeDefaults>)>, Fault> {
        Ok(sorted(&self.fresh_domain(domain).await?.types.workflows))
    }

    /// All activity types of a domain, by name and version.
    ///
    /// # Errors
    /// `UnknownResourceFault` for the domain.
    pub async fn list_activity_types(
        &self,
        domain: &str,
    ) -> Result<Vec<(ActivityType, TypeRecord<ActivityTypeDefaults>)>, Fault> {
        Ok(sorted(&self.fresh_domain(domain).await?.types.activities))
    }

    /// What this node knows of a type, else what Postgres does.
    async fn registered<R>(
        &self,
        domain: &str,
        find: impl Fn(&Domain) -> Option<R>,
    ) -> Result<Option<R>, Fault> {
        let known = find(&*self.domain(domain).await?);
        match known {
            Some(record) => Ok(Some(record)),
            None => Ok(find(&*self.fresh_domain(domain).await?)),
        }
    }

    async fn fresh_domain(&self, name: &str) -> Result<Arc<Domain>, Fault> {
        self.refresh_registry().await?;
        self.domain(name).await
    }
}

fn sorted<T: Clone + Ord + Hash, R: Clone>(types: &HashMap<T, R>) -> Vec<(T, R)> {
    let mut types: Vec<(T, R)> = types
        .iter()
        .map(|(of, record)| (of.clone(), record.clone()))
        .collect();
    types.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
    types
}
