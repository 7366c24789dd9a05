//! `docstore account`.

use std::io::{self, BufRead, IsTerminal};

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand, ValueEnum};
use console::Term;
use http::Method;
use indicatif::DecimalBytes;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::client::{Client, Connection};
use super::session::Session;
use super::{Failure, document, output};

/// What can be done with an account.
#[derive(Subcommand)]
pub enum Verb {
    /// Create an account and log in
    SignUp(SignUp),
    /// Log in; the token is kept in a file that nobody else can read
    LogIn(Who),
    /// Log out
    LogOut(Connection),
    /// Show the account that is logged in, and what it stores
    Show(Connection),
    /// Change what the account pays for
    Plan(PlanChange),
    /// Change the password; every other session ends
    Password(Connection),
    /// List the account's sessions, the latest used first
    Sessions(Connection),
    /// End one of the account's sessions
    EndSession(EndSession),
    /// Delete the account and everything that it stores
    Delete(Connection),
}

/// Another plan.
#[derive(Args)]
pub struct PlanChange {
    /// What the account is to pay for
    #[arg(value_enum, value_name = "PLAN")]
    plan: Plan,
    #[command(flatten)]
    connection: Connection,
}

/// The end of a session.
#[derive(Args)]
pub struct EndSession {
    /// The session, as `sessions` shows it
    #[arg(value_name = "ID", value_parser = document::parse_id)]
    session: Uuid,
    #[command(flatten)]
    connection: Connection,
}

/// A new account.
#[derive(Args)]
pub struct SignUp {
    #[command(flatten)]
    who: Who,
    /// What the account pays for
    #[arg(long, value_enum, default_value = "free")]
    plan: Plan,
}

/// Whose account. The password is asked for, or is the first line of standard input.
#[derive(Args)]
pub struct Who {
    /// The account's e-mail address
    #[arg(value_name = "EMAIL")]
    email: String,
    #[command(flatten)]
    connection: Connection,
}

/// What an account pays for.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Plan {
    /// Documents are found by name, date and tag
    Free,
    /// More storage, and the full text of every document
    Premium,
}

/// A session as the API opens it.
#[derive(Deserialize)]
struct Opened {
    token: String,
    expires: DateTime<Utc>,
}

/// An account as the API shows it.
#[derive(Deserialize)]
struct Account {
    email: String,
    plan: String,
    home_region: String,
    created: DateTime<Utc>,
    usage: Usage,
}

#[derive(Deserialize)]
struct Usage {
    quota_bytes: u64,
    bytes_used: u64,
    bytes_reserved: u64,
    documents: u64,
    over_quota: bool,
}

#[derive(Deserialize)]
struct Sessions {
    sessions: Vec<OpenSession>,
}

#[derive(Deserialize)]
struct OpenSession {
    id: Uuid,
    kind: String,
    current: bool,
    last_seen: DateTime<Utc>,
    address: Option<String>,
}

/// Does it.
pub async fn run(verb: Verb) -> Result<(), Failure> {
    match verb {
        Verb::SignUp(new) => sign_up(new).await,
        Verb::LogIn(who) => {
            let client = who.connection.open()?;
            let password = password(&format!("Password of {}", who.email), Asked::Once)?;
            log_in(&client, &who.email, &password).await
        }
        Verb::LogOut(connection) => log_out(&connection).await,
        Verb::Show(connection) => show(&connection).await,
        Verb::Plan(change) => change_plan(&change).await,
        Verb::Password(connection) => change_password(&connection).await,
        Verb::Sessions(connection) => sessions(&connection).await,
        Verb::EndSession(end) => end_session(&end).await,
        Verb::Delete(connection) => delete(&connection).await,
    }
}

async fn sign_up(new: SignUp) -> Result<(), Failure> {
    let Who { email, connection } = new.who;
    let client = connection.open()?;
    let password = password(&format!("Password of {email}"), Asked::Twice)?;
    let account = json!({ "email": email, "password": password, "plan": new.plan.name() });
    client
        .change(Method::POST, "/v1/accounts", Some(&account))
        .await?;
    log_in(&client, &email, &password).await
}

async fn log_in(client: &Client, email: &str, password: &str) -> Result<(), Failure> {
    let credentials = json!({ "email": email, "password": password, "kind": "bearer" });
    let open = async |client: &Client| -> Result<Opened, Failure> {
        client.post("/v1/sessions", Some(&credentials)).await
    };
    // Once only: a home that sends further on is none.
    let (opened, server) = match open(client).await {
        Err(Failure::AtHomeElsewhere { home, .. }) => (open(&client.at(&home)?).await?, home),
        opened => (opened?, client.server()),
    };
    let session = Session {
        server,
        email: email.to_owned(),
        token: opened.token,
        expires: opened.expires,
    };
    client.home.keep(&session)?;
    output::line(&format!(
        "Logged in at {} as {}, until {}.",
        session.server,
        output::printable(email),
        output::time(session.expires)
    ))
}

async fn log_out(connection: &Connection) -> Result<(), Failure> {
    let client = connection.log_in()?;
    match client.change(Method::DELETE, "/v1/sessions/current", None).await {
        // It has ended already: what is left of it here goes all the same.
        Err(Failure::Refused(problem)) if problem.code == "unauthenticated" => {}
        ended => ended?,
    }
    client.home.forget()?;
    output::line(&format!("Logged out at {}.", client.server()))
}

async fn show(connection: &Connection) -> Result<(), Failure> {
    let client = connection.log_in()?;
    let shown: Value = client.get("/v1/account", &[]).await?;
    if connection.json {
        return output::json(&shown);
    }
    let Account {
        email,
        plan,
        home_region,
        created,
        usage,
    } = serde_json::from_value(shown).map_err(anyhow::Error::from)?;
    let used = format!(
        "{} of {}",
        DecimalBytes(usage.bytes_used),
        DecimalBytes(usage.quota_bytes)
    );
    let mut rows = vec![
        row("Account", email),
        row("Plan", plan),
        row("Home region", home_region),
        row("Created", output::time(created)),
        row("Stored", used),
        row("Documents", usage.documents.to_string()),
    ];
    if usage.bytes_reserved > 0 {
        rows.push(row(
            "Being uploaded",
            DecimalBytes(usage.bytes_reserved).to_string(),
        ));
    }
    if usage.over_quota {
        rows.push(row(
            "Over quota",
            "uploads are blocked until there is room".to_owned(),
        ));
    }
    output::table(&[], rows)
}

async fn change_plan(change: &PlanChange) -> Result<(), Failure> {
    let client = change.connection.log_in()?;
    let wanted = json!({ "plan": change.plan.name() });
    client.change(Method::PATCH, "/v1/account", Some(&wanted)).await?;
    show(&change.connection).await
}

async fn change_password(connection: &Connection) -> Result<(), Failure> {
    let client = connection.log_in()?;
    let change = json!({
        "current_password": password("Current password", Asked::Once)?,
        "new_password": password("New password", Asked::Twice)?,
    });
    client
        .change(Method::PUT, "/v1/account/password", Some(&change))
        .await?;
    output::line("The password is changed; all other sessions have ended.")
}

async fn sessions(connection: &Connection) -> Result<(), Failure> {
    let client = connection.log_in()?;
    let shown: Value = client.get("/v1/sessions", &[]).await?;
    if connection.json {
        return output::json(&shown);
    }
    let Sessions { sessions } = serde_json::from_value(shown).map_err(anyhow::Error::from)?;
    let rows = sessions.into_iter().map(|session| {
        vec![
            session.id.to_string(),
            output::time(session.last_seen),
            session.address.unwrap_or_else(|| "-".to_owned()),
            if session.current {
                "this one".to_owned()
            } else {
                session.kind
            },
        ]
    });
    output::table(&["ID", "LAST USED", "FROM", "KIND"], rows.collect())
}

async fn end_session(end: &EndSession) -> Result<(), Failure> {
    let client = end.connection.log_in()?;
    client
        .change(Method::DELETE, &format!("/v1/sessions/{}", end.session), None)
        .await?;
    output::line("The session has ended.")
}

async fn delete(connection: &Connection) -> Result<(), Failure> {
    let client = connection.log_in()?;
    let prompt = "This deletes the account and everything that it stores. Its password";
    let confirmation = json!({ "password": password(prompt, Asked::Once)? });
    client
        .change(Method::DELETE, "/v1/account", Some(&confirmation))
        .await?;
    client.home.forget()?;
    output::line("The account is deleted.")
}

fn row(name: &str, value: String) -> Vec<String> {
    vec![name.to_owned(), value]
}

/// Whether a slip would lock somebody out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    Once,
    Twice,
}

/// Asks for a password, without showing it. Where nobody sits, it is the next line of standard input.
fn password(prompt: &str, asked: Asked) -> Result<String, Failure> {
    let cannot = |error| Failure::Io("cannot read the password".to_owned(), error);
    if !io::stdin().is_terminal() {
        let mut password = String::new();
        io::stdin().lock().read_line(&mut password).map_err(cannot)?;
        let password = password.trim_end_matches(['\r', '\n']);
        if password.is_empty() {
            return Err(Failure::Usage("give the password on standard input".to_owned()));
        }
        return Ok(password.to_owned());
    }
    let terminal = Term::stderr();
    let ask = |prompt: &str| {
        terminal.write_str(&format!("{prompt}: "))?;
        terminal.read_secure_line()
    };
    let password = ask(&output::printable(prompt)).map_err(cannot)?;
    if asked == Asked::Twice && ask("Again").map_err(cannot)? != password {
        return Err(Failure::Usage("the two passwords are not the same".to_owned()));
    }
    Ok(password)
}

impl Plan {
    fn name(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Premium => "premium",
        }
    }
}
