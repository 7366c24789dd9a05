//! Connecting, and bringing the schema up to date.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};

use super::StoreError;

/// The schema that holds the engine's tables.
const SCHEMA: &str = "apus";
/// Plans of sweeps and reads are kept, and may have been made while the tables were empty: they have to use indexes.
/// Where there is none to use, what was switched off looks dear enough to be compiled, which would take longest of all;
/// and a process that helps with a page of a list takes longer to start than the page. Statements that join say `= any`
/// besides, as those of commits do.
const PLANS: [(&str, &str); 3] = [
    ("enable_seqscan", "off"),
    ("jit", "off"),
    ("max_parallel_workers_per_gather", "0"),
];
/// How long a caller waits for a free connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);

/// A pool on the engine's schema. `connections` bounds reads and sweeps; commits have a connection of their own.
///
/// # Errors
/// When the database can't be reached within ten seconds.
pub async fn connect(options: &PgConnectOptions, connections: u32) -> Result<PgPool, StoreError> {
    let pool = PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT);
    Ok(pool.connect_with(in_schema(options).options(PLANS)).await?)
}

/// Creates or upgrades the engine's tables. Safe to run from several programs at once.
///
/// # Errors
/// When the database can't be reached, or was migrated by a newer program, or its user may not make temporary functions,
/// which commits need.
pub async fn migrate(options: &PgConnectOptions) -> Result<(), StoreError> {
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .connect_with(in_schema(options))
        .await?;
    let mut connection = pool.acquire().await?;
    // `create schema if not exists` races with itself: two programs may both find it missing.
    sqlx::query("select pg_advisory_lock(hashtext('apus.migrate'))")
        .execute(&mut *connection)
        .await?;
    sqlx::query("create schema if not exists apus")
        .execute(&mut *connection)
        .await?;
    sqlx::query("select pg_advisory_unlock(hashtext('apus.migrate'))")
        .execute(&mut *connection)
        .await?;
    drop(connection);
    sqlx::migrate!("../migrations/apus").run(&pool).await?;
    let (temporary, database): (bool, String) = sqlx::query_as(
        "select has_database_privilege(current_database(), 'temporary'), quote_ident(current_database())",
    )
    .fetch_one(&pool)
    .await?;
    pool.close().await;
    match temporary {
        true => Ok(()),
        false => Err(StoreError::NoTemporary(database)),
    }
}

/// Asks for nothing.
///
/// # Errors
/// When the database does not answer.
pub async fn ping(pool: &PgPool) -> Result<(), StoreError> {
    sqlx::query("select 1").execute(pool).await?;
    Ok(())
}

pub(super) fn in_schema(options: &PgConnectOptions) -> PgConnectOptions {
    options.clone().options([("search_path", SCHEMA)])
}
