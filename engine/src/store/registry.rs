//! The registry as a whole: what nodes keep in memory. Its parts are in `domains` and `registered_types`.

use chrono::{DateTime, Utc};
use sqlx::PgExecutor;
use sqlx::Row;
use sqlx::postgres::{PgPool, PgRow};

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

/// Everything that is registered: domains, and types with the domain and row each has.
///
/// # Errors
/// When Postgres fails.
pub async fn load_registry(
    pool: &PgPool,
) -> Result<(Vec<DomainRecord>, Vec<(i32, i32, TypeEntry)>), StoreError> {
    let domains = sqlx::query(DOMAINS).fetch_all(pool).await?;
    let types = sqlx::query(TYPES).fetch_all(pool).await?;
    Ok((
        domains.iter().map(domain).collect::<Result<_, _>>()?,
        types.iter().map(type_entry).collect::<Result<_, _>>()?,
    ))
}

fn type_entry(row: &PgRow) -> Result<(i32, i32, TypeEntry), StoreError> {
    let entry = if row.try_get::<&str, _>("kind")? == "workflow" {
        let (of, record) = registered_type(row)?;
        TypeEntry::Workflow(of, record)
    } else {
        let (of, record) = registered_type(row)?;
        TypeEntry::Activity(of, record)
    };
    Ok((row.try_get("domain_id")?, row.try_get("id")?, entry))
}

/// What a row's `deprecated_at` says.
pub(super) fn status(deprecated_at: Option<DateTime<Utc>>) -> RegistrationStatus {
    match deprecated_at {
        Some(_) => RegistrationStatus::Deprecated,
        None => RegistrationStatus::Registered,
    }
}

/// Tells all nodes; within a transaction, once it commits.
pub(super) async fn announce(on: impl PgExecutor<'_>) -> Result<(), StoreError> {
    sqlx::query("select pg_notify($1, '')")
        .bind(REGISTRY_CHANNEL)
        .execute(on)
        .await?;
    Ok(())
}
