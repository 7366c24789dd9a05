//! Opening and closing sessions.

use std::time::Duration;

use chrono::{DateTime, Utc};
use docstore_activities::catalog::{Account, Attempt, AuditEvent, BackOff, NewSession, SessionKind};
use serde_json::json;

use super::{ClientAddress, Login, Token, UserAgent};
use crate::app::App;
use crate::input;
use crate::problem::{Problem, Result};

/// How long a session lasts.
pub const SESSION_LIFETIME: Duration = Duration::from_secs(14 * 24 * 3600);

/// How guesses at one account's password are braked.
pub(super) const ACCOUNT_BACK_OFF: BackOff = BackOff {
    free_attempts: 5,
    first_wait: Duration::from_secs(1),
    longest_wait: Duration::from_secs(15 * 60),
    forget_after: Duration::from_secs(24 * 3600),
};

/// How guesses from one network are braked; many people may share one.
const NETWORK_BACK_OFF: BackOff = BackOff {
    free_attempts: 50,
    ..ACCOUNT_BACK_OFF
};

/// How old a record of attempts is when it says nothing any more.
pub(crate) const ATTEMPTS_FORGOTTEN_AFTER: Duration = ACCOUNT_BACK_OFF.forget_after;

/// What somebody who wants to log in shows.
pub struct Credentials<'a> {
    /// The account's e-mail address.
    pub email: &'a str,
    /// The account's password.
    pub password: String,
    /// Where he is.
    pub address: ClientAddress,
    /// What his client calls itself.
    pub user_agent: UserAgent,
}

/// A session that has just been opened.
pub struct OpenSession {
    /// Its secret, which only its owner gets.
    pub token: Token,
    /// When it ends.
    pub expires: DateTime<Utc>,
    /// Whose it is.
    pub account: Account,
}

/// Opens a session for somebody who knows the account's password. That there is no such account, and that the password
/// is wrong, look and last the same. Whoever is at home in another region is told so, once he has shown the password.
pub async fn log_in(app: &App, shown: Credentials<'_>, kind: SessionKind) -> Result<OpenSession> {
    let email = input::email(shown.email).map_err(|_| Problem::WrongCredentials)?;
    let account_subject = format!("email:{}", email.to_lowercase());
    let network_subject = format!("network:{}", shown.address.network());
    let address = shown.address.0.to_string();
    for (subject, back_off) in [
        (&network_subject, &NETWORK_BACK_OFF),
        (&account_subject, &ACCOUNT_BACK_OFF),
    ] {
        if let Attempt::LockedFor(wait) = app.catalog.begin_login_attempt(subject, back_off).await? {
            app.catalog
                .audit(
                    None,
                    AuditEvent::LogInLocked,
                    Some(&address),
                    json!({ "email": email }),
                )
                .await?;
            return Err(Problem::LockedOut(wait));
        }
    }
    let account = app.catalog.account_by_email(&email).await?;
    let hash = account.as_ref().map(|account| account.password_hash.as_str());
    let known = account.as_ref().map(|account| account.id);
    let right = app.passwords.verify(shown.password, hash).await?;
    let Some(account) = account.filter(|_| right) else {
        app.catalog
            .audit(
                known,
                AuditEvent::LogInFailed,
                Some(&address),
                json!({ "email": email }),
            )
            .await?;
        return Err(Problem::WrongCredentials);
    };
    app.catalog.clear_login_attempts(&account_subject).await?;
    app.catalog.refund_login_attempt(&network_subject).await?;
    if account.home_region != app.site.region {
        let detail = json!({ "home": account.home_region });
        app.catalog
            .audit(known, AuditEvent::LogInElsewhere, Some(&address), detail)
            .await?;
        let home = app.regions.peer(&account.home_region);
        return Err(Problem::WrongRegion {
            url: home.map(|home| home.public_url.clone()),
            home: account.home_region,
        });
    }
    // Always a new token: whatever token the client had before cannot have been planted to become this session.
    let token = Token::generate();
    let expires = app
        .catalog
        .create_session(&NewSession {
            token: &token.digest(),
            account: account.id,
            password_hash: &account.password_hash,
            kind,
            lifetime: SESSION_LIFETIME,
            address: Some(&address),
            user_agent: shown.user_agent.0.as_deref(),
        })
        .await?
        // The password was changed, or the account closed, since it was looked at.
        .ok_or(Problem::WrongCredentials)?;
    app.catalog
        .audit(Some(account.id), AuditEvent::LogIn, Some(&address), json!({}))
        .await?;
    Ok(OpenSession {
        token,
        expires,
        account,
    })
}

/// Closes a session.
pub async fn log_out(app: &App, login: &Login, address: ClientAddress) -> Result<()> {
    app.catalog.end_session(&login.token.digest()).await?;
    let address = address.0.to_string();
    app.catalog
        .audit(
            Some(login.account_id()),
            AuditEvent::LogOut,
            Some(&address),
            json!({}),
        )
        .await?;
    Ok(())
}
