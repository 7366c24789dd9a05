//! All the SQL there is, and the storage format. Time is a parameter.

pub mod codec;
mod commit;
mod credentials;
mod derived;
mod domains;
mod heartbeat;
mod history;
mod open_runs;
mod outbox;
mod registered_types;
mod registry;
mod retention;
mod schema;
mod sweep;
mod tags;
mod tasks;
mod turn;
mod visibility;

pub use commit::{CommitConnection, MAX_STATE_AGE, commit};
pub use credentials::{
    CREDENTIALS_CHANNEL, CredentialRecord, NewCredentialRow, SealedSecret, create_credential,
    list_credentials, revoke_credential, rotate_credential,
};
pub use derived::TASKS_CHANNEL;
pub use domains::{
    DomainRecord, Listing, NewDomain, deprecate_domain, find_domain, list_domains, register_domain,
    undeprecate_domain,
};
pub use heartbeat::{Heartbeat, load_heartbeats, save_heartbeats};
pub use history::{StoredRun, load_run, read_history, read_history_page};
pub use open_runs::{count_open_runs, count_open_runs_of};
pub use outbox::{StoredMessage, claim_messages, discard_messages, has_earlier_messages};
pub use registered_types::{NewType, TypeStep, find_type, list_types, register_type, step_type};
pub use registry::{REGISTRY_CHANNEL, RegistryChange, TypeEntry, TypeRow, load_registry};
pub use retention::delete_expired;
pub use schema::{connect, migrate, ping};
pub use sweep::{claim_due, database_time, set_deadlines};
pub use tags::{add_tags, load_tags, remove_tags};
pub use tasks::{ClaimedTask, TaskKind, claim_tasks, count_tasks, discard_tasks};
pub use turn::{CloseRow, OpenRow, OutboxRow, Outcome, SuccessorRow, TaskKey, TaskRow, Turn};
pub use visibility::{
    ExecutionInfo, Filter, TimeFilter, closed_among, count_closed, count_open, find_open, find_run,
    find_run_by_id, list_closed, list_open,
};

use chrono::{DateTime, Utc};

use crate::model::Timestamp;

/// The database can't answer, or holds what this program can't read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Postgres refused, or is away.
    #[error("Postgres: {0}")]
    Database(#[from] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("the schema could not be brought up to date: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// The user of the database may not make what a committing connection makes for itself.
    #[error(
        "the user may not make temporary functions, which commits need: GRANT TEMPORARY ON DATABASE {0} TO the user"
    )]
    NoTemporary(String),
    /// A row can't be decoded.
    #[error(transparent)]
    Corrupt(#[from] codec::CorruptRow),
    /// A history does not fold.
    #[error("the history of run {0} is damaged: {1}")]
    CorruptHistory(crate::model::RunId, String),
}

fn to_sql(at: Timestamp) -> DateTime<Utc> {
    at.to_utc()
}

fn from_sql(at: DateTime<Utc>) -> Timestamp {
    Timestamp(at.timestamp_millis())
}
