//! Domains and types.

use chrono::{DateTime, Utc};
use sqlx::postgres::PgPool;
use sqlx::types::Json;

use crate::model::{
    ActivityType, ActivityTypeDefaults, RegistrationStatus, Timestamp, TypeRecord, WorkflowType,
    WorkflowTypeDefaults,
};

use super::{StoreError, from_sql};

/// The channel on which nodes tell each other that the registry changed.
pub const REGISTRY_CHANNEL: &str = "apus_registry";

/// A registered domain.
#[derive(Clone, Debug, PartialEq)]
pub struct DomainRecord {
    /// Its row.
    pub id: i32,
    /// Its name.
    pub name: String,
    /// The registrar's words.
    pub description: Option<String>,
    /// Registered or deprecated.
    pub status: RegistrationStatus,
    /// Days that a closed run is kept; none keeps nothing.
    pub retention_days: Option<i32>,
}

/// A registered type.
#[derive(Clone, Debug, PartialEq)]
pub enum TypeEntry {
    /// A workflow type.
    Workflow(WorkflowType, TypeRecord<WorkflowTypeDefaults>),
    /// An activity type.
    Activity(ActivityType, TypeRecord<ActivityTypeDefaults>),
}

/// What a registration names and gives.
#[derive(Clone, Debug)]
pub enum Registration {
    /// A workflow type with its defaults.
    Workflow(WorkflowType, WorkflowTypeDefaults),
    /// An activity type with its defaults.
    Activity(ActivityType, ActivityTypeDefaults),
}

type DomainRow = (i32, String, Option<String>, Option<DateTime<Utc>>, Option<i32>);

type TypeRow = (
    i32,
    i32,
    String,
    String,
    String,
    Option<String>,
    DateTime<Utc>,
    Option<DateTime<Utc>>,
    Json<serde_json::Value>,
);

/// Everything that is registered: domains, and types with the domain and row each has.
///
/// # Errors
/// When Postgres fails.
pub async fn load_registry(
    pool: &PgPool,
) -> Result<(Vec<DomainRecord>, Vec<(i32, i32, TypeEntry)>), StoreError> {
    let domains: Vec<DomainRow> =
        sqlx::query_as("select id, name, description, deprecated_at, retention_days from domains")
            .fetch_all(pool)
            .await?;
    let types: Vec<TypeRow> = sqlx::query_as(
        "select domain_id, id, kind, name, version, description, created_at, deprecated_at, defaults from types",
    )
    .fetch_all(pool)
    .await?;
    let domains = domains
        .into_iter()
        .map(
            |(id, name, description, deprecated_at, retention_days)| DomainRecord {
                id,
                name,
                description,
                status: status(deprecated_at),
                retention_days,
            },
        )
        .collect();
    Ok((
        domains,
        types.into_iter().map(type_entry).collect::<Result<_, _>>()?,
    ))
}

fn status(deprecated_at: Option<DateTime<Utc>>) -> RegistrationStatus {
    match deprecated_at {
        Some(_) => RegistrationStatus::Deprecated,
        None => RegistrationStatus::Registered,
    }
}

fn type_entry(row: TypeRow) -> Result<(i32, i32, TypeEntry), StoreError> {
    let (domain, id, kind, name, version, description, created, deprecated, Json(defaults)) = row;
    let unreadable = |error: serde_json::Error| StoreError::Database(sqlx::Error::Decode(error.into()));
    let entry = if kind == "workflow" {
        let record = record(
            description,
            created,
            deprecated,
            serde_json::from_value(defaults).map_err(unreadable)?,
        );
        TypeEntry::Workflow(WorkflowType::new(name, version), record)
    } else {
        let record = record(
            description,
            created,
            deprecated,
            serde_json::from_value(defaults).map_err(unreadable)?,
        );
        TypeEntry::Activity(ActivityType::new(name, version), record)
    };
    Ok((domain, id, entry))
}

fn record<D>(
    description: Option<String>,
    created: DateTime<Utc>,
    deprecated: Option<DateTime<Utc>>,
    defaults: D,
) -> TypeRecord<D> {
    TypeRecord {
        status: status(deprecated),
        description: description.map(Into::into),
        created: from_sql(created),
        deprecated: deprecated.map(from_sql),
        defaults,
    }
}

/// Registers a domain; false when that name is taken.
///
/// # Errors
/// When Postgres fails.
pub async fn register_domain(
    pool: &PgPool,
    name: &str,
    description: Option<&str>,
    retention_days: Option<i32>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "insert into domains (name, description, retention_days, created_at) values ($1, $2, $3, $4)
         on conflict (name) do nothing",
    )
    .bind(name)
    .bind(description)
    .bind(retention_days)
    .bind(super::to_sql(now))
    .execute(pool)
    .await?;
    announce(pool, done.rows_affected()).await
}

/// Registers a type; false when that name and version are taken.
///
/// # Errors
/// When Postgres fails.
pub async fn register_type(
    pool: &PgPool,
    domain: i32,
    registration: &Registration,
    description: Option<&str>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let unwritable = |error: serde_json::Error| StoreError::Database(sqlx::Error::Encode(error.into()));
    let (kind, name, version, defaults) = match registration {
        Registration::Workflow(of, defaults) => (
            "workflow",
            &of.name,
            &of.version,
            serde_json::to_value(defaults).map_err(unwritable)?,
        ),
        Registration::Activity(of, defaults) => (
            "activity",
            &of.name,
            &of.version,
            serde_json::to_value(defaults).map_err(unwritable)?,
        ),
    };
    let done = sqlx::query(
        "insert into types (domain_id, kind, name, version, description, created_at, defaults)
         values ($1, $2, $3, $4, $5, $6, $7) on conflict (domain_id, kind, name, version) do nothing",
    )
    .bind(domain)
    .bind(kind)
    .bind(&**name)
    .bind(&**version)
    .bind(description)
    .bind(super::to_sql(now))
    .bind(Json(defaults))
    .execute(pool)
    .await?;
    announce(pool, done.rows_affected()).await
}

async fn announce(pool: &PgPool, changed: u64) -> Result<bool, StoreError> {
    if changed > 0 {
        sqlx::query("select pg_notify($1, '')")
            .bind(REGISTRY_CHANNEL)
            .execute(pool)
            .await?;
    }
    Ok(changed > 0)
}
