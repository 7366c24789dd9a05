//! Workflow and activity types: registering, looking at and retiring them. Reads go to Postgres: what any node
//! acknowledged is seen.

use crate::model::{Fault, FaultKind, RegisteredType, TypeRecord};
use crate::store::{self, Listing, NewType, RegistryChange, TypeStep};

use super::{Node, database_failed};

impl Node {
    /// `RegisterWorkflowType`, `RegisterActivityType`. A deleted type can be registered again.
    ///
    /// # Errors
    /// `UnknownResourceFault` for the domain, `DomainDeprecatedFault` when it takes no new types,
    /// `TypeAlreadyExistsFault` when name and version are taken, also by a deprecated type, `LimitExceededFault` when
    /// the domain has as many types of that kind as it may.
    pub async fn register_type<T: RegisteredType>(
        &self,
        domain: &str,
        new: NewType<'_, T>,
    ) -> Result<(), Fault> {
        let of = new.of;
        self.check_name("name", of.name())?;
        let (id, max) = (self.domain(domain).await?.record.id, self.limits().types(T::KIND));
        let done = store::register_type(&self.shared.pool, id, new, max, self.now()).await;
        match self.registry_changed(done).await? {
            RegistryChange::Done => Ok(()),
            RegistryChange::DomainDeprecated => Err(Fault::domain_deprecated(domain)),
            RegistryChange::LimitReached => {
                let kind = T::KIND.as_str();
                Err(Fault::limit_exceeded(format_args!("{kind} types per domain")))
            }
            RegistryChange::WrongState | RegistryChange::Unknown => Err(Fault::type_exists(of)),
        }
    }

    /// As [`Node::register_type`]; a type that exists is fine, whatever its defaults and status.
    ///
    /// # Errors
    /// `UnknownResourceFault` for the domain; `DomainDeprecatedFault` and `LimitExceededFault` when the type is new.
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
        let new = NewType {
            of: &of,
            description: None,
            defaults: &defaults,
        };
        match self.register_type(domain, new).await {
            Err(fault) if fault.kind == FaultKind::TypeAlreadyExistsFault => Ok(()),
            done => done,
        }
    }

    /// `DeprecateWorkflowType`, `DeprecateActivityType`: no new runs, or tasks, of that type. What is under way goes
    /// on. Other nodes hear of it a moment later.
    ///
    /// # Errors
    /// `UnknownResourceFault` for the domain or the type, `TypeDeprecatedFault` when it is deprecated already.
    pub async fn deprecate_type<T: RegisteredType>(&self, domain: &str, of: &T) -> Result<(), Fault> {
        self.step_type(domain, of, TypeStep::Deprecate).await
    }

    /// `UndeprecateWorkflowType`, `UndeprecateActivityType`.
    ///
    /// # Errors
    /// `UnknownResourceFault` for the domain or the type, `TypeAlreadyExistsFault` when it is not deprecated,
    /// `DomainDeprecatedFault` when its domain is.
    pub async fn undeprecate_type<T: RegisteredType>(&self, domain: &str, of: &T) -> Result<(), Fault> {
        self.step_type(domain, of, TypeStep::Undeprecate).await
    }

    /// `DeleteWorkflowType`, `DeleteActivityType`: nothing knows the type any more but the runs and tasks that were
    /// begun, which go on. Name and version are free again.
    ///
    /// # Errors
    /// `UnknownResourceFault` for the domain or the type, `TypeNotDeprecatedFault` when it is in use.
    pub async fn delete_type<T: RegisteredType>(&self, domain: &str, of: &T) -> Result<(), Fault> {
        self.step_type(domain, of, TypeStep::Delete).await
    }

    async fn step_type<T: RegisteredType>(&self, domain: &str, of: &T, step: TypeStep) -> Result<(), Fault> {
        let id = self.domain(domain).await?.record.id;
        let done = store::step_type(&self.shared.pool, id, of, step, self.now()).await;
        match self.registry_changed(done).await? {
            RegistryChange::Done => Ok(()),
            RegistryChange::Unknown => Err(Fault::unknown_type(of)),
            RegistryChange::DomainDeprecated => Err(Fault::domain_deprecated(domain)),
            RegistryChange::WrongState | RegistryChange::LimitReached => Err(match step {
                TypeStep::Deprecate => Fault::type_deprecated(of),
                TypeStep::Undeprecate => Fault::type_exists(of),
                TypeStep::Delete => Fault::type_not_deprecated(),
            }),
        }
    }

    /// `DescribeWorkflowType`, `DescribeActivityType`: registered or deprecated.
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

    /// `ListWorkflowTypes`, `ListActivityTypes`, in the order of their names, then of their versions.
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

    async fn find_type<T: RegisteredType>(
        &self,
        domain: &str,
        of: &T,
    ) -> Result<Option<TypeRecord<T::Defaults>>, Fault> {
        let domain = self.domain(domain).await?;
        let found = store::find_type(&self.shared.pool, domain.record.id, of).await;
        found.map_err(|error| database_failed(&error))
    }
}
