//! Registering domains and types.

use crate::model::{
    ActivityType, ActivityTypeDefaults, Fault, FaultKind, WorkflowType, WorkflowTypeDefaults,
};
use crate::store::{self, Registration};

use super::{Node, database_failed};

impl Node {
    /// Registers a domain. Closed runs are kept for `retention_days`; none keeps nothing.
    ///
    /// # Errors
    /// `DomainAlreadyExistsFault` when the name is taken, also by a deprecated domain.
    pub async fn register_domain(
        &self,
        name: &str,
        description: Option<&str>,
        retention_days: Option<u32>,
    ) -> Result<(), Fault> {
        check_name("name", name)?;
        let days = retention_days.map(|days| days as i32);
        let done = store::register_domain(&self.shared.pool, name, description, days, self.now()).await;
        let new = done.map_err(|error| database_failed(&error))?;
        self.refresh_registry().await?;
        if new {
            Ok(())
        } else {
            Err(Fault::new(FaultKind::DomainAlreadyExistsFault, name.to_owned()))
        }
    }

    /// As [`Node::register_domain`]; a domain that exists is fine.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn ensure_domain(&self, name: &str, retention_days: u32) -> Result<(), Fault> {
        if self.shared.registry.current().domain(name).is_ok() {
            return Ok(());
        }
        exists_is_fine(self.register_domain(name, None, Some(retention_days)).await)
    }

    /// Registers a workflow type.
    ///
    /// # Errors
    /// `UnknownResourceFault` for the domain, `TypeAlreadyExistsFault` when name and version are taken.
    pub async fn register_workflow_type(
        &self,
        domain: &str,
        of: WorkflowType,
        description: Option<&str>,
        defaults: WorkflowTypeDefaults,
    ) -> Result<(), Fault> {
        let text = format!("WorkflowType=[name={}, version={}]", of.name, of.version);
        check_name("name", &of.name)?;
        self.register_type(domain, Registration::Workflow(of, defaults), description, text)
            .await
    }

    /// Registers an activity type.
    ///
    /// # Errors
    /// `UnknownResourceFault` for the domain, `TypeAlreadyExistsFault` when name and version are taken.
    pub async fn register_activity_type(
        &self,
        domain: &str,
        of: ActivityType,
        description: Option<&str>,
        defaults: ActivityTypeDefaults,
    ) -> Result<(), Fault> {
        let text = format!("ActivityType=[name={}, version={}]", of.name, of.version);
        check_name("name", &of.name)?;
        self.register_type(domain, Registration::Activity(of, defaults), description, text)
            .await
    }

    /// As [`Node::register_workflow_type`]; a type that exists is fine, whatever its defaults.
    ///
    /// # Errors
    /// `UnknownResourceFault` for the domain.
    pub async fn ensure_workflow_type(
        &self,
        domain: &str,
        of: WorkflowType,
        defaults: WorkflowTypeDefaults,
    ) -> Result<(), Fault> {
        exists_is_fine(self.register_workflow_type(domain, of, None, defaults).await)
    }

    /// As [`Node::register_activity_type`]; a type that exists is fine, whatever its defaults.
    ///
    /// # Errors
    /// `UnknownResourceFault` for the domain.
    pub async fn ensure_activity_type(
        &self,
        domain: &str,
        of: ActivityType,
        defaults: ActivityTypeDefaults,
    ) -> Result<(), Fault> {
        exists_is_fine(self.register_activity_type(domain, of, None, defaults).await)
    }

    async fn register_type(
        &self,
        domain: &str,
        what: Registration,
        description: Option<&str>,
        text: String,
    ) -> Result<(), Fault> {
        let domain = self.domain(domain).await?;
        domain.check_registered()?;
        let id = domain.record.id;
        let done = store::register_type(&self.shared.pool, id, &what, description, self.now()).await;
        let new = done.map_err(|error| database_failed(&error))?;
        self.refresh_registry().await?;
        if new {
            Ok(())
        } else {
            Err(Fault::new(FaultKind::TypeAlreadyExistsFault, text))
        }
    }

    /// The domain of that name; looked up again if this node has not heard of it.
    pub(super) async fn domain(&self, name: &str) -> Result<std::sync::Arc<super::registry::Domain>, Fault> {
        if let Ok(domain) = self.shared.registry.current().domain(name) {
            return Ok(domain.clone());
        }
        self.refresh_registry().await?;
        self.shared.registry.current().domain(name).cloned()
    }

    pub(super) async fn refresh_registry(&self) -> Result<(), Fault> {
        self.shared
            .registry
            .refresh()
            .await
            .map(drop)
            .map_err(|error| database_failed(&error))
    }
}

fn exists_is_fine(done: Result<(), Fault>) -> Result<(), Fault> {
    match done {
        Err(fault)
            if matches!(
                fault.kind,
                FaultKind::DomainAlreadyExistsFault | FaultKind::TypeAlreadyExistsFault
            ) =>
        {
            Ok(())
        }
        done => done,
    }
}

/// SWF's rule for names and ids: no edge whitespace, no `:` `/` `|` or control characters, not `arn`.
pub(super) fn check_name(what: &str, name: &str) -> Result<(), Fault> {
    let forbidden = |c: char| matches!(c, ':' | '/' | '|') || c.is_control();
    let bad = name.is_empty()
        || name.chars().count() > 256
        || name.trim() != name
        || name == "arn"
        || name.contains(forbidden);
    if bad {
        let rule = "1 to 256 characters, no whitespace at its ends, no ':', '/', '|' or control characters, not 'arn'";
        return Err(Fault::validation(format!(
            "Value '{name}' at '{what}' is not allowed: it must have {rule}"
        )));
    }
    Ok(())
}
