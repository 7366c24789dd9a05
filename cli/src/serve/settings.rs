//! The settings of a node, as somebody wrote them down: each is looked for as a flag, then in the environment, then in
//! the file.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use apus::model::Limits;
use clap::{Args, ValueEnum};
use serde::Deserialize;

use super::seconds::{ClockSkew, Seconds};
use crate::failure::Failure;

/// All that can be set. In the file a setting is called as its flag, with `_` for `-`.
#[derive(Clone, Debug, Default, Args, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Where to listen for calls
    #[arg(long, env = "APUS_LISTEN", value_name = "ADDRESS:PORT")]
    pub listen: Option<SocketAddr>,
    /// The PostgreSQL, version 15 or later, that all nodes share
    #[arg(long, env = "APUS_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// The file with the secret that all nodes share; made if it is not there
    #[arg(long, env = "APUS_KEY_FILE", value_name = "FILE")]
    pub key_file: Option<PathBuf>,
    /// The certificate to show, with those that lead to a known authority, as PEM
    #[arg(long, env = "APUS_TLS_CERT", value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,
    /// Its key, as PEM
    #[arg(long, env = "APUS_TLS_KEY", value_name = "FILE")]
    pub tls_key: Option<PathBuf>,
    /// How far a caller's clock may be off, in seconds, or `off`
    #[arg(long, env = "APUS_CLOCK_SKEW", value_name = "SECONDS")]
    pub clock_skew: Option<ClockSkew>,
    /// How long requests under way may take once the node is to stop, in seconds
    #[arg(long, env = "APUS_DRAIN", value_name = "SECONDS")]
    pub drain: Option<Seconds>,
    /// How long a node that is to stop goes on to take calls, so that it is noticed that it is not ready, in seconds
    #[arg(long, env = "APUS_DRAIN_NOTICE", value_name = "SECONDS")]
    pub drain_notice: Option<Seconds>,
    /// Connections of clients at the same time
    #[arg(long, env = "APUS_MAX_CONNECTIONS", value_name = "NUMBER")]
    pub max_connections: Option<usize>,
    /// Memory for runs, in MiB
    #[arg(long, env = "APUS_CACHE_MIB", value_name = "MIB")]
    pub cache_mib: Option<usize>,
    /// Connections to the database that commit
    #[arg(long, env = "APUS_COMMIT_CONNECTIONS", value_name = "NUMBER")]
    pub commit_connections: Option<usize>,
    /// Connections to the database for everything else
    #[arg(long, env = "APUS_READ_CONNECTIONS", value_name = "NUMBER")]
    pub read_connections: Option<u32>,
    /// The account id in ARNs, 12 digits
    #[arg(long, env = "APUS_ACCOUNT", value_name = "DIGITS")]
    pub account: Option<String>,
    /// How long a poll waits for a task, in seconds: more than 0, at most 60
    #[arg(long, env = "APUS_LONG_POLL", value_name = "SECONDS")]
    pub long_poll: Option<Seconds>,
    /// Whether to limit what Amazon limits and others need not: domains, and the rate of calls
    #[arg(long, env = "APUS_COMPAT", value_name = "HOW")]
    pub compat: Option<Compat>,
    /// Whether to limit the rate of calls as Amazon does
    #[arg(long, env = "APUS_THROTTLE", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    pub throttle: Option<bool>,
    /// A limit of the service; may be given several times
    #[arg(long, env = "APUS_LIMIT", value_name = "NAME=VALUE", value_delimiter = ',')]
    #[serde(skip)]
    pub limit: Vec<LimitSetting>,
    /// The limits in the file
    #[arg(skip)]
    pub limits: toml::Table,
}

/// How far to follow Amazon.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Compat {
    /// Amazon's limits, but any number of domains and calls
    #[default]
    Relaxed,
    /// All of Amazon's limits
    Strict,
}

/// One limit, as a flag says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitSetting {
    /// Which.
    pub name: String,
    /// Its value.
    pub value: String,
}

impl FromStr for LimitSetting {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((name, value)) = text.split_once('=') else {
            return Err("a limit is given as NAME=VALUE, such as data_chars=65536".to_owned());
        };
        let (name, value) = (name.trim().to_owned(), value.trim().to_owned());
        // What is wrong with it is best said where it stands.
        let checked = Limits::default().set(&name, &value);
        checked.map_err(|error| error.to_string())?;
        Ok(LimitSetting { name, value })
    }
}

impl Settings {
    /// The settings in a file.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| Failure::Io(format!("cannot read the settings in {}", path.display()), error))?;
        toml::from_str(&text).map_err(|error| {
            Failure::Usage(format!(
                "the settings in {} are not right: {error}",
                path.display()
            ))
        })
    }

    /// These settings where they are set, otherwise the others. Of limits, each counts for itself.
    pub fn or(self, other: Self) -> Self {
        Settings {
            listen: self.listen.or(other.listen),
            database_url: self.database_url.or(other.database_url),
            key_file: self.key_file.or(other.key_file),
            tls_cert: self.tls_cert.or(other.tls_cert),
            tls_key: self.tls_key.or(other.tls_key),
            clock_skew: self.clock_skew.or(other.clock_skew),
            drain: self.drain.or(other.drain),
            drain_notice: self.drain_notice.or(other.drain_notice),
            max_connections: self.max_connections.or(other.max_connections),
            cache_mib: self.cache_mib.or(other.cache_mib),
            commit_connections: self.commit_connections.or(other.commit_connections),
            read_connections: self.read_connections.or(other.read_connections),
            account: self.account.or(other.account),
            long_poll: self.long_poll.or(other.long_poll),
            compat: self.compat.or(other.compat),
            throttle: self.throttle.or(other.throttle),
            limit: [other.limit, self.limit].concat(),
            limits: other.limits.into_iter().chain(self.limits).collect(),
        }
    }
}
