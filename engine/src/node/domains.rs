//! Domains: registering, looking at and retiring them, and their tags. Reads go to Postgres: what any node acknowledged
//! is seen.

use crate::model::{Fault, FaultKind, Tags, Text};
use crate::store::{self, DomainRecord, Listing, NewDomain, RegistryChange};

use super::{Node, database_failed};

impl Node {
    /// `RegisterDomain`.
    ///
    /// # Errors
    /// `DomainAlreadyExistsFault` when the name is taken, also by a deprecated domain; `TooManyTagsFault`;
    /// `LimitExceededFault` when there are as many domains as there may be.
    pub async fn register_domain(&self, new: NewDomain<'_>) -> Result<(), Fault> {
        self.check_name("name", new.name)?;
        let limits = self.limits();
        if new.tags.len() > limits.domain_tags {
            return Err(Fault::too_many_tags(limits.domain_tags));
        }
        let done = store::register_domain(&self.shared.pool, new, limits.domains, self.now()).await;
        match self.registry_changed(done).await? {
            RegistryChange::LimitReached => Err(Fault::limit_exceeded("domains")),
            RegistryChange::Done => Ok(()),
            _ => Err(Fault::domain_exists(new.name)),
        }
    }

    /// As [`Node::register_domain`]; a domain that exists is fine, whatever its retention and status.
    ///
    /// # Errors
    /// When the database can't be asked, or there are as many domains as there may be.
    pub async fn ensure_domain(&self, name: &str, retention_days: u32) -> Result<(), Fault> {
        if self.shared.registry.current().domain(name).is_ok() {
            return Ok(());
        }
        let new = NewDomain {
            name,
            description: None,
            retention_days: Some(retention_days),
            tags: &Tags::new(),
        };
        match self.register_domain(new).await {
            Err(fault) if fault.kind == FaultKind::DomainAlreadyExistsFault => Ok(()),
            done => done,
        }
    }

    /// `DeprecateDomain`: takes its types with it. What runs there goes on; nothing new begins.
    ///
    /// # Errors
    /// `UnknownResourceFault` for the domain, `DomainDeprecatedFault` when it is deprecated already.
    pub async fn deprecate_domain(&self, name: &str) -> Result<(), Fault> {
        let domain = self.domain(name).await?.record.id;
        let done = store::deprecate_domain(&self.shared.pool, domain, self.now()).await;
        match self.registry_changed(done).await? {
            RegistryChange::Done => Ok(()),
            _ => Err(Fault::domain_deprecated(name)),
        }
    }

    /// `UndeprecateDomain`. Its types stay deprecated.
    ///
    /// # Errors
    /// `UnknownResourceFault` for the domain, `DomainAlreadyExistsFault` when it is not deprecated.
    pub async fn undeprecate_domain(&self, name: &str) -> Result<(), Fault> {
        let domain = self.domain(name).await?.record.id;
        let done = store::undeprecate_domain(&self.shared.pool, domain).await;
        match self.registry_changed(done).await? {
            RegistryChange::Done => Ok(()),
            _ => Err(Fault::domain_exists(name)),
        }
    }

    /// `DescribeDomain`: registered or deprecated.
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

    /// `ListDomains`, in the order of their names.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn list_domains(&self, listing: &Listing<String>) -> Result<Vec<DomainRecord>, Fault> {
        let listed = store::list_domains(&self.shared.pool, listing).await;
        listed.map_err(|error| database_failed(&error))
    }

    /// `TagResource`: adds tags to a domain, in the place of those with the same keys.
    ///
    /// # Errors
    /// `UnknownResourceFault` for the domain; `TooManyTagsFault` when it would have more than it may.
    pub async fn tag_domain(&self, name: &str, tags: &Tags) -> Result<(), Fault> {
        let domain = self.domain(name).await?.record.id;
        let max = self.limits().domain_tags;
        let done = store::add_tags(&self.shared.pool, domain, tags, max).await;
        match done.map_err(|error| database_failed(&error))? {
            RegistryChange::Done => Ok(()),
            _ => Err(Fault::too_many_tags(max)),
        }
    }

    /// `UntagResource`: takes the tags with these keys from a domain, as far as it has them.
    ///
    /// # Errors
    /// `UnknownResourceFault` for the domain.
    pub async fn untag_domain(&self, name: &str, keys: &[String]) -> Result<(), Fault> {
        let domain = self.domain(name).await?.record.id;
        let done = store::remove_tags(&self.shared.pool, domain, keys).await;
        done.map_err(|error| database_failed(&error))
    }

    /// `ListTagsForResource`: the tags of a domain.
    ///
    /// # Errors
    /// `UnknownResourceFault` for the domain.
    pub async fn domain_tags(&self, name: &str) -> Result<Tags, Fault> {
        let domain = self.domain(name).await?.record.id;
        let tags = store::load_tags(&self.shared.pool, domain).await;
        tags.map_err(|error| database_failed(&error))
    }
}
