//! A node as it serves in production: `apus serve`, this program once more, on the bench's database. Signatures are
//! checked, with credentials of that database; all settings are the defaults.

use std::process::Stdio;
use std::time::Duration;

use apus::wire::{Keyring, MasterKey, NewCredential, Role};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Child;

use crate::failure::{Failure, failed};

use super::super::process::{cannot_start, end, ended, this_program};
use super::session::Session;

/// What a failure calls it.
const TITLE: &str = "`apus serve`";
/// What the program says before its address.
const ANNOUNCED: &str = "Apus listens at ";
/// How long it may take to start.
const STARTS_WITHIN: Duration = Duration::from_secs(60);
/// How the settings of a node are named in the environment. Those of whoever runs the bench are not meant.
const SETTINGS: &str = "APUS_";

/// The node's process.
pub struct Server {
    child: Child,
    endpoint: String,
    keyring: Keyring,
    /// Holds the key of the cluster.
    _dir: TempDir,
}

impl Server {
    /// Starts one and waits until it listens.
    pub async fn start(database: &PgConnectOptions) -> Result<Self, Failure> {
        let dir = TempDir::new().map_err(|error| Failure::Io("cannot make a directory".to_owned(), error))?;
        let key_file = dir.path().join("apus.key");
        let key = MasterKey::load_or_create(&key_file).map_err(failed)?;
        let keyring = Keyring::open(database, &key).await?;
        let mut command = this_program()?;
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with(SETTINGS) {
                command.env_remove(name);
            }
        }
        let mut child = command
            .args(["serve", "--listen", "127.0.0.1:0", "--key-file"])
            .arg(&key_file)
            .env("APUS_DATABASE_URL", database.to_url_lossy().as_str())
            .env("RUST_LOG", "warn")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(cannot_start)?;
        let endpoint = tokio::time::timeout(STARTS_WITHIN, announced(&mut child)).await;
        let endpoint = endpoint.map_err(|_| failed("`apus serve` does not start"))??;
        Ok(Server {
            child,
            endpoint,
            keyring,
            _dir: dir,
        })
    }

    /// What a client with a credential of this role needs to call it.
    pub async fn session(&self, role: Role) -> Result<Session, Failure> {
        let new = NewCredential {
            role,
            domains: Vec::new(),
            description: None,
        };
        let issued = self.keyring.create(&new).await?;
        Ok(Session {
            endpoint: self.endpoint.clone(),
            access_key: issued.access_key,
            secret: issued.secret,
        })
    }

    /// Its process.
    pub fn pid(&self) -> Result<u32, Failure> {
        self.child.id().ok_or_else(|| failed("`apus serve` has ended"))
    }

    /// Waits for it to end although nobody asked it to.
    pub async fn ended(&mut self) -> Failure {
        ended(&mut self.child, TITLE).await
    }

    /// Ends it as its operator would.
    pub async fn stop(mut self) -> Result<(), Failure> {
        if let Some(pid) = self.child.id() {
            kill(Pid::from_raw(pid as i32), Signal::SIGTERM).map_err(failed)?;
        }
        end(&mut self.child, TITLE).await
    }
}

/// The address that it says it listens at.
async fn announced(child: &mut Child) -> Result<String, Failure> {
    let mut line = String::new();
    if let Some(output) = &mut child.stdout {
        BufReader::new(output)
            .read_line(&mut line)
            .await
            .map_err(failed)?;
    }
    let endpoint = line.trim_end().strip_prefix(ANNOUNCED);
    let endpoint = endpoint.ok_or_else(|| failed("`apus serve` did not start; its log says why"))?;
    Ok(endpoint.to_owned())
}
