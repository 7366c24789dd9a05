//! Registering domains and types.

use crate::model::{Fault, FaultKind, RegisteredType};
use crate::store;

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

    /// Registers a type.
    ///
    /// # Errors
    /// `UnknownResourceFault` for the domain, `DomainDeprecatedFault` when it takes no new types,
    /// `TypeAlreadyExistsFault` when name and version are taken, also by a deprecated type.
    pub async fn register_type<T: RegisteredType>(
        &self,
        domain: &str,
        of: T,
        description: Option<&str>,
        defaults: T::Defaults,
    ) -> Result<(), Fault> {
        check_name("name", of.name())?;
        let domain = self.domain(domain).await?;
        domain.check_registered()?;
        let (pool, id) = (&self.shared.pool, domain.record.id);
        let done = store::register_type(pool, id, &of, description, &defaults, self.now()).await;
        let new = done.map_err(|error| database_failed(&error))?;
        self.refresh_registry().await?;
        if new { Ok(()) } else { Err(Fault::type_exists(&of)) }
    }

    /// As [`Node::register_type`]; a type that exists is fine, whatever its defaults and status.
    ///
    /// # Errors
    /// `UnknownResourceFault` for the domain, `DomainDeprecatedFault` when it takes no new types.
    pub async fn ensure_type<T: RegisteredType>(
        &self,
        domain: &str,
        of: T,
        defaults: T::Defaults,
    ) -> Result<(), Fault> {
        if self.find_type(domain, &of).await?.is_some() {
            // Another node may have registered it, and this one not have heard of it yet.
            return self.refresh_registry().await;
        }
        exists_is_fine(self.register_type(domain, of, None, defaults).await)
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
