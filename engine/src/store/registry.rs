//! The registry as a whole: what nodes keep in memory. Its parts are in `domains` and `registered_types`.

use chrono::{DateTime, Utc};
use sqlx::postgres::{PgConnection, PgPool, PgRow};
use sqlx::{Postgres, Row, Transaction};

use crate::model::{
    ActivityType, ActivityTypeDefaults, RegistrationStatus, TypeRecord, WorkflowType, WorkflowTypeDefaults,
};

use super::StoreError;
use super::domains::{DOMAINS, DomainRecord, domain};
use super::registered_types::{TYPES, registered_type};

/// The channel on which nodes tell each other that the registry changed.
pub const REGISTRY_CHANNEL: &str = "apus_registry";

/// A registered type.
#[derive(Clone, Debug, PartialEq)]
pub enum TypeEntry {
    /// A workflow type.
    Workflow(WorkflowType, TypeRecord<WorkflowTypeDefaults>),
    /// An activity type.
    Activity(ActivityType, TypeRecord<ActivityTypeDefaults>),
}

/// What came of a change to the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegistryChange {
    /// It is done.
    Done,
    /// There is no such domain or type.
    Unknown,
    /// What exists is not in a state that allows it.
    WrongState,
    /// Its domain is deprecated and takes nothing new.
    DomainDeprecated,
    /// There are as many as there may be.
    LimitReached,
}

/// The row of a type in a domain.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeRow {
    /// The row.
    pub id: i32,
    /// Its domain's row.
    pub domain: i32,
    /// The type is gone: only runs that were begun know it still.
    pub deleted: bool,
    /// The type.
    pub entry: TypeEntry,
}

/// Everything that is registered, and types that were.
///
/// # Errors
/// When Postgres fails.
pub async fn load_registry(pool: &PgPool) -> Result<(Vec<DomainRecord>, Vec<TypeRow>), StoreError> {
    let domains = sqlx::query(DOMAINS).fetch_all(pool).await?;
    let types = sqlx::query(TYPES).fetch_all(pool).await?;
    Ok((
        domains.iter().map(domain).collect::<Result<_, _>>()?,
        types.iter().map(type_row).collect::<Result<_, _>>()?,
    ))
}

fn type_row(row: &PgRow) -> Result<TypeRow, StoreError> {
    let entry = if row.try_get::<&str, _>("kind")? == "workflow" {
        let (of, record) = registered_type(row)?;
        TypeEntry::Workflow(of, record)
    } else {
        let (of, record) = registered_type(row)?;
        TypeEntry::Activity(of, record)
    };
    Ok(TypeRow {
        id: row.try_get("id")?,
        domain: row.try_get("domain_id")?,
        deleted: row.try_get("deleted")?,
        entry,
    })
}

/// Lets changes to a domain and its types happen one after the other: holds the domain until the transaction ends, and
/// says whether it is deprecated.
pub(super) async fn lock_domain(
    on: &mut PgConnection,
    domain: i32,
) -> Result<RegistrationStatus, StoreError> {
    let deprecated_at = sqlx::query_scalar("select deprecated_at from domains where id = $1 for update")
        .bind(domain)
        .fetch_one(on)
        .await?;
    Ok(status(deprecated_at))
}

/// Ends a transaction: a change that was made is kept and announced to all nodes, anything else undone.
pub(super) async fn finish(
    mut transaction: Transaction<'_, Postgres>,
    change: RegistryChange,
) -> Result<RegistryChange, StoreError> {
    if change == RegistryChange::Done {
        sqlx::query("select pg_notify($1, '')")
            .bind(REGISTRY_CHANNEL)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
    }
    Ok(change)
}

/// What a row's `deprecated_at` says.
pub(super) fn status(deprecated_at: Option<DateTime<Utc>>) -> RegistrationStatus {
    match deprecated_at {
        Some(_) => RegistrationStatus::Deprecated,
        None => RegistrationStatus::Registered,
    }
}
