//! The registry as this node knows it: a snapshot that is replaced whole.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use sqlx::postgres::PgPool;
use tokio::sync::Mutex;

use crate::model::{
    ActivityType, DomainTypes, Fault, RegistrationStatus, TaskList, Text, TypeRecord, WorkflowType,
};
use crate::store::{self, DomainRecord, StoreError, TypeEntry, TypeRow};

/// One domain with its types.
#[derive(Clone, Debug)]
pub struct Domain {
    /// Its row.
    pub record: DomainRecord,
    /// Its name, shared.
    pub name: Text,
    /// What the core looks up.
    pub types: DomainTypes,
    /// The rows of its workflow types, also of those that were deleted: what was begun goes on.
    workflow_rows: foldhash::HashMap<WorkflowType, WorkflowRow>,
}

/// What remains of a workflow type when it is deleted.
#[derive(Clone, Debug)]
struct WorkflowRow {
    id: i32,
    default_task_list: Option<TaskList>,
}

/// All domains, by name and by row.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    by_name: HashMap<Text, Arc<Domain>>,
    by_id: foldhash::HashMap<i32, Arc<Domain>>,
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
    /// Reads begun so far. One at a time, so that an older one never takes the place of a newer one.
    reads: AtomicU64,
    /// The last read that succeeded.
    read: Mutex<u64>,
}

impl Registry {
    /// Reads the registry.
    pub async fn load(pool: PgPool) -> Result<Self, StoreError> {
        let registry = Registry {
            pool,
            current: RwLock::default(),
            reads: AtomicU64::new(0),
            read: Mutex::new(0),
        };
        registry.refresh().await?;
        Ok(registry)
    }

    /// The snapshot of now.
    pub fn current(&self) -> Arc<Snapshot> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The domain of that row, reading the registry again if it is not known.
    pub async fn domain_of(&self, id: i32) -> Result<Option<Arc<Domain>>, StoreError> {
        if let Some(domain) = self.current().by_id(id) {
            return Ok(Some(Arc::clone(domain)));
        }
        Ok(self.refresh().await?.by_id(id).cloned())
    }

    /// As that domain is now.
    pub fn latest(&self, known: &Arc<Domain>) -> Arc<Domain> {
        Arc::clone(self.current().by_id(known.record.id).unwrap_or(known))
    }

    /// Reads the registry again. Calls that come while one reads share the next read.
    pub async fn refresh(&self) -> Result<Arc<Snapshot>, StoreError> {
        let begun = self.reads.load(Ordering::Acquire);
        let mut read = self.read.lock().await;
        if *read > begun {
            return Ok(self.current());
        }
        let number = self.reads.fetch_add(1, Ordering::AcqRel) + 1;
        let snapshot = Arc::new(snapshot(store::load_registry(&self.pool).await?));
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&snapshot);
        *read = number;
        Ok(snapshot)
    }
}

fn snapshot((domains, types): (Vec<DomainRecord>, Vec<TypeRow>)) -> Snapshot {
    let mut by_id: HashMap<i32, Domain> = domains
        .into_iter()
        .map(|record| (record.id, Domain::empty(record)))
        .collect();
    for row in types {
        if let Some(domain) = by_id.get_mut(&row.domain) {
            domain.add(row);
        }
    }
    let by_id: foldhash::HashMap<i32, Arc<Domain>> = by_id
        .into_iter()
        .map(|(id, domain)| (id, Arc::new(domain)))
        .collect();
    let by_name = by_id
        .values()
        .map(|domain| (domain.name.clone(), Arc::clone(domain)))
        .collect();
    Snapshot { by_name, by_id }
}

impl Domain {
    /// A deprecated domain takes no new executions and types.
    pub fn check_registered(&self) -> Result<(), Fault> {
        match self.record.status {
            RegistrationStatus::Registered => Ok(()),
            RegistrationStatus::Deprecated => Err(Fault::domain_deprecated(&self.record.name)),
        }
    }

    /// Whether runs of that type may begin.
    pub fn may_start(&self, of: &WorkflowType) -> bool {
        self.check_registered().is_ok() && is_registered(self.types.workflows.get(of))
    }

    /// Whether activities of that type may be scheduled.
    pub fn may_schedule(&self, of: &ActivityType) -> bool {
        is_registered(self.types.activities.get(of))
    }

    /// The row of a workflow type, also of a deleted one.
    pub fn workflow_row(&self, of: &WorkflowType) -> Option<i32> {
        self.workflow_rows.get(of).map(|row| row.id)
    }

    /// The list of the decision tasks of a workflow type, also of a deleted one, where its runs name no other.
    pub fn default_task_list(&self, of: &WorkflowType) -> Option<&TaskList> {
        self.workflow_rows.get(of)?.default_task_list.as_ref()
    }

    fn empty(record: DomainRecord) -> Self {
        Domain {
            name: record.name.as_str().into(),
            record,
            types: DomainTypes::default(),
            workflow_rows: HashMap::default(),
        }
    }

    fn add(&mut self, row: TypeRow) {
        match row.entry {
            TypeEntry::Workflow(of, record) => {
                let kept = WorkflowRow {
                    id: row.id,
                    default_task_list: record.defaults.default_task_list.clone(),
                };
                self.workflow_rows.insert(of.clone(), kept);
                if !row.deleted {
                    self.types.workflows.insert(of, record);
                }
            }
            TypeEntry::Activity(of, record) => {
                if !row.deleted {
                    self.types.activities.insert(of, record);
                }
            }
        }
    }
}

fn is_registered<D>(record: Option<&TypeRecord<D>>) -> bool {
    record.is_some_and(|record| record.status == RegistrationStatus::Registered)
}
