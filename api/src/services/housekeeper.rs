//! Deletes what has expired, a bounded batch at a time, so that no statement holds locks for long.

use docstore_activities::catalog::{Catalog, CatalogError};

use crate::auth::ATTEMPTS_FORGOTTEN_AFTER;

/// Rows that one statement deletes.
const BATCH: u16 = 1_000;

/// Deletes sessions that have ended, log-in attempts that are forgotten, answers that nobody asks for any more, and what
/// shows that a request of another region was taken, once its date alone would have it refused.
pub async fn clean_up(catalog: &Catalog) -> Result<(), CatalogError> {
    while catalog.purge_expired_sessions(BATCH.into()).await? == u64::from(BATCH) {}
    while catalog
        .purge_login_attempts(ATTEMPTS_FORGOTTEN_AFTER, BATCH.into())
        .await?
        == u64::from(BATCH)
    {}
    while catalog.purge_answers(BATCH.into()).await? == u64::from(BATCH) {}
    while catalog.purge_nonces(BATCH.into()).await? == u64::from(BATCH) {}
    Ok(())
}
