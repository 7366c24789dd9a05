//! The registry as this node knows it: a snapshot that is replaced whole.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use sqlx::postgres::PgPool;

use crate::model::{DomainTypes, Fault, RegistrationStatus, Text, WorkflowType};
use crate::store::{self, DomainRecord, StoreError, TypeEntry};

/// One domain with its types.
#[derive(Clone, Debug)]
pub struct Domain {
    /// Its row.
    pub record: DomainRecord,
    /// Its name, shared.
    pub name: Text,
    /// What the core looks up.
    pub types: DomainTypes,
    /// The rows of its workflow types.
    pub workflow_type_ids: HashMap<WorkflowType, i32>,
}

/// All domains, by name and by row.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    by_name: HashMap<Text, Arc<Domain>>,
    by_id: HashMap<i32, Arc<Domain>>,
}

impl Snapshot {
    /// The domain of that name, registered or deprecated.
    pub fn domain(&self, name: &str) -> Result<&Arc<Domain>, Fault> {
        self.by_name.get(name).ok_or_else(|| Fault::unknown_domain(name))
    }

    /// All domains.
    pub fn domains(&self) -> impl Iterator<Item = &Arc<Domain>> {
        self.by_id.values()
    }

    /// The domain of that row.
    pub fn by_id(&self, id: i32) -> Option<&Arc<Domain>> {
        self.by_id.get(&id)
    }
}

/// Holds the current snapshot.
#[derive(Debug)]
pub struct Registry {
    pool: PgPool,
    current: RwLock<Arc<Snapshot>>,
}

impl Registry {
    /// Reads the registry.
    pub async fn load(pool: PgPool) -> Result<Self, StoreError> {
        let registry = Registry {
            pool,
            current: RwLock::default(),
        };
        registry.refresh().await?;
        Ok(registry)
    }

    /// The snapshot of now.
    pub fn current(&self) -> Arc<Snapshot> {
        Arc::clone(
            &self
                .current
                .read()
                .unwrap_or_else(std::sync::PoisonError::into_inner),
        )
    }

    /// The domain of that row, reading the registry again if it is not known.
    pub async fn domain_of(&self, id: i32) -> Result<Option<Arc<Domain>>, StoreError> {
        if let Some(domain) = self.current().by_id(id) {
            return Ok(Some(Arc::clone(domain)));
        }
        Ok(self.refresh().await?.by_id(id).cloned())
    }

    /// Reads the registry again.
    pub async fn refresh(&self) -> Result<Arc<Snapshot>, StoreError> {
        let (domains, types) = store::load_registry(&self.pool).await?;
        let mut by_id: HashMap<i32, Domain> = domains
            .into_iter()
            .map(|record| (record.id, domain(record)))
            .collect();
        for (domain_id, type_id, entry) in types {
            let Some(domain) = by_id.get_mut(&domain_id) else {
                continue;
            };
            match entry {
                TypeEntry::Workflow(of, record) => {
                    domain.workflow_type_ids.insert(of.clone(), type_id);
                    domain.types.workflows.insert(of, record);
                }
                TypeEntry::Activity(of, record) => {
                    domain.types.activities.insert(of, record);
                }
            }
        }
        let by_id: HashMap<i32, Arc<Domain>> = by_id
            .into_iter()
            .map(|(id, domain)| (id, Arc::new(domain)))
            .collect();
        let by_name = by_id
            .values()
            .map(|domain| (domain.name.clone(), Arc::clone(domain)))
            .collect();
        let snapshot = Arc::new(Snapshot { by_name, by_id });
        *self
            .current
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = Arc::clone(&snapshot);
        Ok(snapshot)
    }
}

impl Domain {
    /// A deprecated domain takes no new executions and types.
    pub fn check_registered(&self) -> Result<(), Fault> {
        match self.record.status {
            RegistrationStatus::Registered => Ok(()),
            RegistrationStatus::Deprecated => Err(Fault::new(
                crate::model::FaultKind::DomainDeprecatedFault,
                self.record.name.clone(),
            )),
        }
    }
}

fn domain(record: DomainRecord) -> Domain {
    Domain {
        name: record.name.as_str().into(),
        record,
        types: DomainTypes::default(),
        workflow_type_ids: HashMap::new(),
    }
}
