//! `apus credentials`: who may call the endpoint. It works on the database, because whoever creates the first
//! credential has none to call a node with.

use std::path::{Path, PathBuf};
use std::time::Duration;

use apus::model::Timestamp;
use apus::postgres;
use apus::store::CredentialRecord;
use apus::wire::{Issued, Keyring, KeyringError, MasterKey, NewCredential, Role};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use sqlx::postgres::PgConnectOptions;

use crate::failure::{Failure, failed};
use crate::output::{Format, Output, Times};
use crate::{duration, serve};

/// `apus credentials`.
#[derive(Args)]
pub struct Credentials {
    #[command(subcommand)]
    verb: Verb,
    #[command(flatten)]
    global: Global,
}

#[derive(Args)]
struct Global {
    /// The PostgreSQL of the nodes
    #[arg(
        long,
        env = "APUS_DATABASE_URL",
        value_name = "URL",
        hide_env_values = true,
        global = true
    )]
    database_url: Option<String>,
    /// The data directory of `apus dev`, which has to be running; used where no database is named
    #[arg(long, env = "APUS_DATA_DIR", value_name = "DIR", global = true, default_value = serve::DATA_DIR)]
    data_dir: PathBuf,
    /// The file with the secret that all nodes share; made if it is not there. That of `apus dev` is found by itself
    #[arg(long, env = "APUS_KEY_FILE", value_name = "FILE", global = true)]
    key_file: Option<PathBuf>,
    /// How to write the result
    #[arg(long, short, value_enum, global = true, default_value = "table")]
    output: Format,
    /// How to write times in tables
    #[arg(long, value_enum, global = true, default_value = "relative")]
    times: Times,
}

#[derive(Subcommand)]
enum Verb {
    /// Create a credential and print it; its secret is never shown again
    Create(Create),
    /// List credentials, without their secrets
    List(List),
    /// Give a credential another secret and print it; the old one counts for a while yet
    Rotate(Rotate),
    /// Revoke a credential for ever, at once
    Revoke(Named),
}

#[derive(Args)]
struct Create {
    /// What its holder may do: admin, operator, worker or reader
    #[arg(long)]
    role: Role,
    /// A domain that it is limited to; may be repeated. Without one it is for all domains
    #[arg(long = "domain", value_name = "NAME")]
    domains: Vec<String>,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
}

#[derive(Args)]
struct List {
    /// Those that are revoked, too
    #[arg(long)]
    all: bool,
}

#[derive(Args)]
struct Rotate {
    #[command(flatten)]
    named: Named,
    /// How long the old secret counts: 0s to 30d
    #[arg(long, value_parser = duration::parse, value_name = "DURATION", default_value = "1h")]
    grace: Duration,
}

#[derive(Args)]
struct Named {
    /// The access key id
    access_key_id: String,
}

/// Does what the verb says.
pub async fn run(credentials: Credentials) -> Result<(), Failure> {
    let global = credentials.global;
    let keyring = global.keyring().await?;
    let output = Output::new(global.output, global.times);
    match credentials.verb {
        Verb::Create(create) => {
            let new = NewCredential {
                role: create.role,
                domains: create.domains,
                description: create.description,
            };
            issued(&output, &keyring.create(&new).await?)
        }
        Verb::Rotate(Rotate { named, grace }) => {
            issued(&output, &keyring.rotate(&named.access_key_id, grace).await?)
        }
        Verb::Revoke(named) => {
            keyring.revoke(&named.access_key_id).await?;
            done(&output, &named.access_key_id)
        }
        Verb::List(wanted) => list(&output, &keyring.list(wanted.all).await?),
    }
}

impl Global {
    async fn keyring(&self) -> Result<Keyring, Failure> {
        let (database, usual) = match &self.database_url {
            Some(url) => (
                url.parse().map_err(|_| no_url())?,
                Path::new(serve::KEY_FILE).to_owned(),
            ),
            None => (self.dev()?, self.data_dir.join(serve::DEV_KEY_FILE)),
        };
        let key_file = self.key_file.as_ref().unwrap_or(&usual);
        let key = MasterKey::load_or_create(key_file).map_err(failed)?;
        Ok(Keyring::open(&database, &key).await?)
    }

    fn dev(&self) -> Result<PgConnectOptions, Failure> {
        let running = postgres::running(&self.data_dir);
        let running = running.map_err(|error| {
            Failure::Usage(format!(
                "{error}; start `apus dev`, or name a database with --database-url"
            ))
        })?;
        Ok(running.database(serve::DATABASE))
    }
}

fn no_url() -> Failure {
    Failure::Usage("the database's URL must look like postgres://user:password@host/name".to_owned())
}

impl From<KeyringError> for Failure {
    fn from(error: KeyringError) -> Self {
        match error {
            KeyringError::Unknown(_) => Failure::NoCredential(error.to_string()),
            KeyringError::Invalid(message) => Failure::Usage(message),
            KeyringError::Store(_) | KeyringError::OtherKey | KeyringError::TooMany => failed(error),
        }
    }
}

/// For a shell to read, so that nobody has to copy a secret by hand.
fn issued(output: &Output, issued: &Issued) -> Result<(), Failure> {
    let Issued { access_key, secret } = issued;
    match output.format {
        Format::Json => output.json(&json!({ "accessKeyId": access_key, "secretAccessKey": secret })),
        Format::Table => {
            eprintln!("The secret is not shown again.");
            output.line(&format!("export AWS_ACCESS_KEY_ID={access_key}"))?;
            output.line(&format!("export AWS_SECRET_ACCESS_KEY={secret}"))
        }
    }
}

fn done(output: &Output, access_key: &str) -> Result<(), Failure> {
    match output.format {
        Format::Json => output.json(&json!({ "accessKeyId": access_key })),
        Format::Table => output.line(&format!("{access_key} revoked")),
    }
}

fn list(output: &Output, credentials: &[CredentialRecord]) -> Result<(), Failure> {
    if output.format == Format::Json {
        let credentials: Vec<Value> = credentials.iter().map(listed).collect();
        return output.json(&json!({ "credentials": credentials }));
    }
    let time = |at: Option<Timestamp>| at.map_or_else(|| "-".to_owned(), |at| output.time(seconds(at)));
    let row = |one: &CredentialRecord| {
        let domains = one.domains.as_ref().map(|domains| domains.join(","));
        vec![
            one.access_key.clone(),
            one.role.clone(),
            domains.unwrap_or_else(|| "all".to_owned()),
            time(Some(one.created_at)),
            time(one.rotated_at),
            time(one.revoked_at),
            one.description.clone().unwrap_or_else(|| "-".to_owned()),
        ]
    };
    let headings = [
        "ACCESS KEY ID",
        "ROLE",
        "DOMAINS",
        "CREATED",
        "ROTATED",
        "REVOKED",
        "DESCRIPTION",
    ];
    output.table(&headings, credentials.iter().map(row).collect())
}

/// One credential for programs; what is not there is left out.
fn listed(one: &CredentialRecord) -> Value {
    let mut listed = json!({
        "accessKeyId": one.access_key,
        "role": one.role,
        "createdAt": one.created_at,
    });
    let until = one.secrets.iter().find_map(|secret| secret.until);
    let optional = [
        ("domains", one.domains.as_ref().map(|domains| json!(domains))),
        ("description", one.description.as_ref().map(|text| json!(text))),
        ("rotatedAt", one.rotated_at.map(|at| json!(at))),
        ("previousSecretUntil", until.map(|at| json!(at))),
        ("revokedAt", one.revoked_at.map(|at| json!(at))),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            listed[name] = value;
        }
    }
    listed
}

fn seconds(at: Timestamp) -> f64 {
    at.0 as f64 / 1000.0
}
