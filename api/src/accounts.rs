//! The life of an account: its sign-up, changes of plan and password, its end.
//!
//! The catalog is changed first, and that is what counts; the event that sets the rest going comes after it. If it
//! can't be sent now, the reconciler sends it.

use docstore_activities::catalog::{Account, AuditEvent, CatalogError, NewAccount, Plan};
use serde_json::json;
use uuid::Uuid;

use crate::app::App;
use crate::audit;
use crate::auth::{ClientAddress, Login, confirm_password, password};
use crate::events::{AccountEvent, Event};
use crate::input;
use crate::problem::{Problem, Result};
use crate::routes::accounts::SignUp;

/// Checks what was asked for and creates the account.
///
/// # Errors
/// [`Problem::Invalid`] with the field, [`Problem::EmailTaken`].
pub async fn create(app: &App, address: ClientAddress, wanted: SignUp) -> Result<Account> {
    let email = input::email(&wanted.email)?;
    password::check("password", &wanted.password)?;
    let password_hash = app.passwords.hash(wanted.password).await?;
    let account = app
        .catalog
        .create_account(&NewAccount {
            id: Uuid::now_v7(),
            email: &email,
            password_hash: &password_hash,
            plan: wanted.plan.into(),
            home_region: &app.site.region,
        })
        .await?;
    let detail = json!({ "plan": wanted.plan });
    audit::record(app, account.id, AuditEvent::SignUp, address, detail).await?;
    announce(app, Event::AccountCreated(AccountEvent::now(account.id))).await;
    tracing::info!(account = %account.id, plan = ?account.plan, "created an account");
    Ok(account)
}

/// Gives the account another plan: its quota changes at once, its documents are indexed by the new plan soon after.
/// The plan that it has already is fine.
///
/// # Errors
/// Only those of the catalog.
pub async fn change_plan(app: &App, address: ClientAddress, login: &Login, plan: Plan) -> Result<Account> {
    let id = login.account_id();
    let change = app.catalog.change_plan(id, plan).await?;
    if change.changed {
        let detail = json!({ "plan": plan });
        audit::record(app, id, AuditEvent::PlanChanged, address, detail).await?;
        announce(app, Event::ReindexAccount(AccountEvent::now(id))).await;
        announce(app, Event::AccountChanged(AccountEvent::now(id))).await;
        tracing::info!(account = %id, ?plan, "changed the plan of an account");
    }
    Ok(change.account)
}

/// Gives the account another password and ends all its sessions but this one.
///
/// # Errors
/// [`Problem::WrongPassword`], [`Problem::LockedOut`] after too many of those, [`Problem::Invalid`] when the new one is
/// not allowed.
pub async fn change_password(
    app: &App,
    address: ClientAddress,
    login: &Login,
    current: String,
    new: String,
) -> Result<()> {
    password::check("new_password", &new)?;
    confirm_password(app, address, login, current).await?;
    let hash = app.passwords.hash(new).await?;
    let (id, old_hash) = (login.account_id(), &login.account().password_hash);
    let keep = login.token.digest();
    let ended = match app.catalog.change_password(id, old_hash, &hash, &keep).await {
        // Somebody else changed it between the two: the password that was given is not the account's any more.
        Err(CatalogError::NoSuchAccount) => return Err(Problem::WrongPassword),
        ended => ended?,
    };
    let detail = json!({ "sessions_ended": ended });
    audit::record(app, id, AuditEvent::PasswordChanged, address, detail).await?;
    announce(app, Event::AccountChanged(AccountEvent::now(id))).await;
    Ok(())
}

/// Closes the account and ends all its sessions, this one too; its documents and everything else that belongs to it are
/// removed soon after.
///
/// # Errors
/// [`Problem::WrongPassword`], [`Problem::LockedOut`] after too many of those.
pub async fn delete(app: &App, address: ClientAddress, login: &Login, password: String) -> Result<()> {
    confirm_password(app, address, login, password).await?;
    let id = login.account_id();
    if app.catalog.begin_account_deletion(id).await? {
        audit::record(app, id, AuditEvent::AccountClosed, address, json!({})).await?;
        tracing::info!(account = %id, "an account is being deleted");
    }
    announce(app, Event::DeleteAccount(AccountEvent::now(id))).await;
    Ok(())
}

/// Ends another session of the account, or this one.
///
/// # Errors
/// [`Problem::NotFound`] when the account has no such session.
pub async fn end_session(app: &App, address: ClientAddress, login: &Login, session: Uuid) -> Result<()> {
    let id = login.account_id();
    if !app.catalog.end_session_of(id, session).await? {
        return Err(Problem::NotFound);
    }
    let detail = json!({ "session": session });
    audit::record(app, id, AuditEvent::SessionEnded, address, detail).await
}

/// The change is made; a queue that is out of reach does not unmake it.
async fn announce(app: &App, event: Event) {
    if let Err(error) = event.send(&*app.queue).await {
        tracing::warn!(%event, %error, "an event was not sent; the reconciler will send it");
    }
}
