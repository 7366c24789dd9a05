//! What holds: the settings, completed by the defaults and checked.

use std::net::{Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use apus::http::{HttpOptions, Tls};
use apus::model::Limits;
use apus::node::NodeOptions;
use apus::wire::{DEFAULT_PORT, MasterKey, WireOptions};
use sqlx::postgres::PgConnectOptions;

use super::seconds::{ClockSkew, Seconds};
use super::settings::{Compat, Settings};
use super::usage;
use crate::failure::{Failure, failed};

/// Where a node listens unless it is told otherwise.
pub const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), DEFAULT_PORT);
/// The file with the secret of the cluster, unless another is named.
pub const KEY_FILE: &str = "apus.key";
/// The longest that a poll may be held: Amazon's own.
const LONG_POLL_MAX: Duration = Duration::from_secs(60);
/// How long requests under way may take. What remains of ten seconds is for the engine and its database.
const DRAIN: Duration = Duration::from_secs(5);
/// How the URL of a database begins.
const SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];
/// The digits of an account id.
const ACCOUNT_DIGITS: usize = 12;
/// Connections to the database.
const DATABASE_CONNECTIONS: RangeInclusive<usize> = 1..=1_000;

/// How a program is to run.
pub struct Config {
    /// Where it listens.
    pub listen: SocketAddr,
    /// What it answers, and to whom.
    pub wire: WireOptions,
    /// How it treats clients.
    pub http: HttpOptions,
    /// How long it goes on to take calls once it is to stop.
    pub drain_notice: Duration,
    node: NodeTuning,
    database_url: Option<String>,
    key_file: PathBuf,
}

/// What a node is told besides its database.
struct NodeTuning {
    limits: Limits,
    cache_bytes: Option<usize>,
    commit_connections: Option<usize>,
    read_connections: Option<u32>,
}

impl Config {
    /// Completes the settings. What is not set is as in `usual`.
    pub fn new(settings: Settings, usual: WireOptions) -> Result<Self, Failure> {
        let limits = limits(&settings)?;
        let http = http(&settings)?;
        let node = NodeTuning {
            limits,
            cache_bytes: settings.cache_mib.map(|mib| mib.saturating_mul(1 << 20)),
            commit_connections: settings.commit_connections.map(connections).transpose()?,
            read_connections: match settings.read_connections {
                Some(number) => connections(number as usize).map(|_| Some(number))?,
                None => None,
            },
        };
        let wire = WireOptions {
            account: settings.account.map_or(Ok(usual.account), account)?,
            long_poll: settings.long_poll.map_or(Ok(usual.long_poll), long_poll)?,
            clock_skew: settings
                .clock_skew
                .map_or(usual.clock_skew, |ClockSkew(skew)| skew),
            throttle: settings
                .throttle
                .unwrap_or(settings.compat == Some(Compat::Strict)),
            ..usual
        };
        Ok(Config {
            listen: settings.listen.unwrap_or(LISTEN),
            wire,
            http,
            drain_notice: settings
                .drain_notice
                .map_or(Duration::ZERO, |Seconds(notice)| notice),
            node,
            database_url: settings.database_url,
            key_file: settings.key_file.unwrap_or_else(|| PathBuf::from(KEY_FILE)),
        })
    }

    /// Reads the secret of the cluster, making it if there is none.
    pub fn load_key(&mut self) -> Result<(), Failure> {
        let path = &self.key_file;
        if !path.exists() {
            tracing::info!(
                file = %path.display(),
                "there is no key yet; one is made, and every node of this database needs a copy of it"
            );
        }
        self.wire.key = MasterKey::load_or_create(path).map_err(failed)?;
        Ok(())
    }

    /// The database that all nodes share.
    pub fn database(&self) -> Result<PgConnectOptions, Failure> {
        let Some(url) = &self.database_url else {
            return Err(usage(
                "no database is named: give --database-url, APUS_DATABASE_URL, or database_url in the file",
            ));
        };
        let is_postgres = SCHEMES.iter().any(|scheme| url.starts_with(scheme));
        let options = url.parse().ok().filter(|_| is_postgres);
        options.ok_or_else(|| usage("the database's URL is not like postgres://user:password@host/name"))
    }

    /// A node on this database.
    pub fn node(&self, database: PgConnectOptions) -> NodeOptions {
        let usual = NodeOptions::new(database);
        NodeOptions {
            limits: self.node.limits.clone(),
            cache_bytes: self.node.cache_bytes.unwrap_or(usual.cache_bytes),
            commit_connections: self.node.commit_connections.unwrap_or(usual.commit_connections),
            read_connections: self.node.read_connections.unwrap_or(usual.read_connections),
            ..usual
        }
    }
}

fn limits(settings: &Settings) -> Result<Limits, Failure> {
    let mut limits = match settings.compat.unwrap_or_default() {
        Compat::Relaxed => Limits::default(),
        Compat::Strict => Limits::strict(),
    };
    for (name, value) in &settings.limits {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        limits.set(name, &value).map_err(usage)?;
    }
    for limit in &settings.limit {
        limits.set(&limit.name, &limit.value).map_err(usage)?;
    }
    limits.check().map_err(usage)?;
    Ok(limits)
}

fn http(settings: &Settings) -> Result<HttpOptions, Failure> {
    let usual = HttpOptions::default();
    let tls = match (&settings.tls_cert, &settings.tls_key) {
        (Some(certificate), Some(key)) => Some(Tls::load(certificate, key).map_err(usage)?),
        (None, None) => None,
        _ => {
            return Err(usage(
                "a certificate and its key go together: tls_cert and tls_key",
            ));
        }
    };
    let max_connections = settings.max_connections.unwrap_or(usual.max_connections);
    if max_connections == 0 {
        return Err(usage("a node needs at least one connection of a client"));
    }
    Ok(HttpOptions {
        max_connections,
        drain_within: settings.drain.map_or(DRAIN, |Seconds(drain)| drain),
        tls,
    })
}

fn account(digits: String) -> Result<String, Failure> {
    if digits.len() == ACCOUNT_DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(digits)
    } else {
        Err(usage(format!(
            "an account id has {ACCOUNT_DIGITS} digits, unlike {digits:?}"
        )))
    }
}

fn long_poll(Seconds(held): Seconds) -> Result<Duration, Failure> {
    if held.is_zero() || held > LONG_POLL_MAX {
        return Err(usage(format!(
            "a poll is held for more than 0 and at most {} seconds",
            LONG_POLL_MAX.as_secs()
        )));
    }
    Ok(held)
}

fn connections(number: usize) -> Result<usize, Failure> {
    if DATABASE_CONNECTIONS.contains(&number) {
        return Ok(number);
    }
    Err(usage(format!(
        "a node takes {} to {} connections of each kind to its database, not {number}",
        DATABASE_CONNECTIONS.start(),
        DATABASE_CONNECTIONS.end()
    )))
}
