//! The audit log, for what somebody at a network address does to an account.

use docstore_activities::catalog::AuditEvent;
use serde_json::Value;
use uuid::Uuid;

use crate::app::App;
use crate::auth::ClientAddress;
use crate::problem::Result;

/// Adds a line about an account.
///
/// # Errors
/// Only those of the catalog.
pub async fn record(
    app: &App,
    account: Uuid,
    event: AuditEvent,
    address: ClientAddress,
    detail: Value,
) -> Result<()> {
    let address = address.0.to_string();
    app.catalog
        .audit(Some(account), event, Some(&address), detail)
        .await?;
    Ok(())
}
