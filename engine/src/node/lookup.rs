//! Looking at what is registered. Reads go to Postgres: what was acknowledged by any node is seen.

use crate::model::{Fault, RegisteredType, Text, TypeRecord};
use crate::store::{self, DomainRecord, Listing};

use super::{Node, database_failed};

impl Node {
    /// A domain, registered or deprecated.
    ///
    /// # Errors
    /// `UnknownResourceFault` when there is none of that name.
    pub async fn describe_domain(&self, name: &str) -> Result<DomainRecord, Fault> {
        let found = store::find_domain(&self.shared.pool, name).await;
        found
            .map_err(|error| database_failed(&error))?
            .ok_or_else(|| Fault::unknown_domain(name))
    }

    /// The number of a domain, short and never another's. Only nodes of the same database know it.
    ///
    /// # Errors
    /// `UnknownResourceFault` when there is none of that name.
    pub async fn domain_id(&self, name: &str) -> Result<i32, Fault> {
        Ok(self.domain(name).await?.record.id)
    }

    /// The name of the domain of that number, if there is one.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn domain_name(&self, id: i32) -> Result<Option<Text>, Fault> {
        let found = self.shared.registry.domain_of(id).await;
        let domain = found.map_err(|error| database_failed(&error))?;
        Ok(domain.map(|domain| domain.name.clone()))
    }

    /// Domains in the order of their names.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn list_domains(&self, listing: &Listing<String>) -> Result<Vec<DomainRecord>, Fault> {
        let listed = store::list_domains(&self.shared.pool, listing).await;
        listed.map_err(|error| database_failed(&error))
    }

    /// A type, registered or deprecated.
    ///
    /// # Errors
    /// `UnknownResourceFault` for the domain or the type.
    pub async fn describe_type<T: RegisteredType>(
        &self,
        domain: &str,
        of: &T,
    ) -> Result<TypeRecord<T::Defaults>, Fault> {
        let found = self.find_type(domain, of).await?;
        found.ok_or_else(|| Fault::unknown_type(of))
    }

    /// Types of a domain in the order of their names, then of their versions.
    ///
    /// # Errors
    /// `UnknownResourceFault` for the domain.
    pub async fn list_types<T: RegisteredType>(
        &self,
        domain: &str,
        listing: &Listing<T>,
    ) -> Result<Vec<(T, TypeRecord<T::Defaults>)>, Fault> {
        let domain = self.domain(domain).await?;
        let listed = store::list_types(&self.shared.pool, domain.record.id, listing).await;
        listed.map_err(|error| database_failed(&error))
    }

    pub(super) async fn find_type<T: RegisteredType>(
        &self,
        domain: &str,
        of: &T,
    ) -> Result<Option<TypeRecord<T::Defaults>>, Fault> {
        let domain = self.domain(domain).await?;
        let found = store::find_type(&self.shared.pool, domain.record.id, of).await;
        found.map_err(|error| database_failed(&error))
    }
}
