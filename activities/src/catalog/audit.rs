//! The audit log: what happened to accounts, in the order in which it happened.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Catalog, Result};

/// Something that the audit log keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum AuditEvent {
    /// An account was created.
    SignUp,
    /// A session was opened.
    LogIn,
    /// A wrong password, or an address without an account.
    LogInFailed,
    /// An attempt that was not looked at because too many had failed before it.
    LogInLocked,
    /// The right password, in a region where the account is not at home.
    LogInElsewhere,
    /// A session was closed by its owner.
    LogOut,
    /// A document was put into the trash by its owner.
    DocumentTrashed,
    /// A document was taken out of the trash by its owner.
    DocumentRestored,
    /// A document was deleted for good by its owner.
    DocumentDeleted,
    /// All that lay in the trash was deleted for good by its owner.
    TrashEmptied,
    /// A session was ended by its owner from another one.
    SessionEnded,
    /// The account got another plan.
    PlanChanged,
    /// The password was changed, and the other sessions ended.
    PasswordChanged,
    /// Somebody who was logged in gave a wrong password where it has to be given again.
    PasswordRefused,
    /// The owner asked for the account's deletion; it was closed.
    AccountClosed,
    /// Nothing of the account is left in this region.
    AccountDeleted,
    /// The account's home region told of it.
    ReplicaStored,
    /// The account's home region told of its end.
    ReplicaRemoved,
}

/// A line of the audit log.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct AuditRecord {
    /// Grows from line to line.
    pub id: i64,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// To which account, where that is known.
    pub account_id: Option<Uuid>,
    /// What happened.
    pub event: AuditEvent,
    /// The network address that asked for it.
    pub address: Option<String>,
    /// What else is known.
    pub detail: serde_json::Value,
}

impl Catalog {
    /// Adds a line to the audit log.
    pub async fn audit(
        &self,
        account: Option<Uuid>,
        event: AuditEvent,
        address: Option<&str>,
        detail: serde_json::Value,
    ) -> Result<()> {
        sqlx::query("INSERT INTO audit_log (account_id, event, address, detail) VALUES ($1, $2, $3, $4)")
            .bind(account)
            .bind(event)
            .bind(address)
            .bind(detail)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// The newest `limit` lines about an account, newest first.
    pub async fn audit_records(&self, account: Uuid, limit: i64) -> Result<Vec<AuditRecord>> {
        let records =
            sqlx::query_as("SELECT * FROM audit_log WHERE account_id = $1 ORDER BY id DESC LIMIT $2")
                .bind(account)
                .bind(limit)
                .fetch_all(&self.pool)
                .await?;
        Ok(records)
    }
}
