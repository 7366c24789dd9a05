//! The password once more, from somebody who is logged in: a session that was left open or stolen is not enough to take
//! the account over or to delete it.

use docstore_activities::catalog::{Attempt, AuditEvent};
use serde_json::json;

use super::log_in::ACCOUNT_BACK_OFF;
use super::{ClientAddress, Login};
use crate::app::App;
use crate::audit;
use crate::problem::{Problem, Result};

/// Refuses unless this is the account's password. Guesses are braked as at the log-in, but counted by themselves: who
/// fails to log in does not keep the owner from changing his password.
///
/// # Errors
/// [`Problem::WrongPassword`], [`Problem::LockedOut`].
pub async fn confirm_password(
    app: &App,
    address: ClientAddress,
    login: &Login,
    password: String,
) -> Result<()> {
    let id = login.account_id();
    let subject = format!("account:{id}");
    if let Attempt::LockedFor(wait) = app
        .catalog
        .begin_login_attempt(&subject, &ACCOUNT_BACK_OFF)
        .await?
    {
        return Err(Problem::LockedOut(wait));
    }
    let hash = Some(login.account().password_hash.as_str());
    if app.passwords.verify(password, hash).await? {
        app.catalog.clear_login_attempts(&subject).await?;
        return Ok(());
    }
    audit::record(app, id, AuditEvent::PasswordRefused, address, json!({})).await?;
    Err(Problem::WrongPassword)
}
