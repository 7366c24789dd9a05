//! Every setting of the program: a flag, else an environment variable, else a line of a TOML file, else a default.
//!
//! [`Settings`] is what somebody wrote down, all of it optional; [`Config`] is what holds, checked and complete.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, ensure};
use docstore_activities::catalog::Quotas;
use docstore_activities::ports::regions::PeerSettings;
use docstore_activities::ports::{self, AwsSides, MailSide, MetricsSide, ObjectsSide, QueueSide};
use serde::Deserialize;
use sqlx::postgres::PgConnectOptions;

use crate::rate_limit::Rates;

/// What somebody wrote down.
#[derive(Clone, Debug, Default, clap::Args, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// A TOML file with these settings, named as the flags are, with `_` for `-`
    #[arg(long, env = "DOCSTORE_CONFIG", value_name = "FILE")]
    #[serde(skip)]
    pub config: Option<PathBuf>,
    /// Where everything embedded keeps its data
    #[arg(long, env = "DOCSTORE_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Where the web API listens
    #[arg(long, env = "DOCSTORE_LISTEN", value_name = "ADDRESS:PORT")]
    pub listen: Option<SocketAddr>,
    /// Where browsers reach the web API, if that is not where it listens
    #[arg(long, env = "DOCSTORE_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
    /// Proxies before the program that add to `X-Forwarded-For`
    #[arg(long, env = "DOCSTORE_FORWARDED_HOPS", value_name = "NUMBER")]
    pub forwarded_hops: Option<usize>,
    /// The region of this deployment
    #[arg(long, env = "DOCSTORE_REGION", value_name = "NAME")]
    pub region: Option<String>,
    /// Where the embedded object store listens
    #[arg(long, env = "DOCSTORE_OBJECTS_LISTEN", value_name = "ADDRESS:PORT")]
    pub objects_listen: Option<SocketAddr>,
    /// Where the engine's endpoint listens, for `apus` and the AWS CLI; only on this machine
    #[arg(long, env = "DOCSTORE_ENGINE_LISTEN", value_name = "ADDRESS:PORT")]
    pub engine_listen: Option<SocketAddr>,
    /// A PostgreSQL 15 or later, as a URL; without it the program runs a private one in the data directory
    #[arg(
        long,
        env = "DOCSTORE_DATABASE_URL",
        value_name = "URL",
        hide_env_values = true
    )]
    pub database_url: Option<String>,
    /// A replica of the database that lists are read from while it keeps up, as a URL
    #[arg(
        long,
        env = "DOCSTORE_READ_DATABASE_URL",
        value_name = "URL",
        hide_env_values = true
    )]
    pub read_database_url: Option<String>,
    /// Connections to the database that DocStore's own tables may take
    #[arg(long, env = "DOCSTORE_DATABASE_CONNECTIONS", value_name = "NUMBER")]
    pub database_connections: Option<u32>,
    /// Requests a second that a node takes of one account, ten times as many at once; 0 for any number
    #[arg(long, env = "DOCSTORE_ACCOUNT_REQUESTS", value_name = "NUMBER")]
    pub account_requests: Option<u32>,
    /// Requests a second that a node takes of one network address, ten times as many at once; 0 for any number
    #[arg(long, env = "DOCSTORE_ADDRESS_REQUESTS", value_name = "NUMBER")]
    pub address_requests: Option<u32>,
    /// Bytes that a free account may store
    #[arg(long, env = "DOCSTORE_QUOTA_FREE", value_name = "BYTES")]
    pub quota_free: Option<u64>,
    /// Bytes that a premium account may store
    #[arg(long, env = "DOCSTORE_QUOTA_PREMIUM", value_name = "BYTES")]
    pub quota_premium: Option<u64>,
    /// The most bytes of a document
    #[arg(long, env = "DOCSTORE_MAX_DOCUMENT_BYTES", value_name = "BYTES")]
    pub max_document_bytes: Option<u64>,
    /// How long an upload form is valid
    #[arg(long, env = "DOCSTORE_FORM_LIFETIME_SECONDS", value_name = "SECONDS")]
    pub form_lifetime_seconds: Option<u64>,
    /// How long a download link is valid
    #[arg(long, env = "DOCSTORE_LINK_LIFETIME_SECONDS", value_name = "SECONDS")]
    pub link_lifetime_seconds: Option<u64>,
    /// The program that reads documents in a process of its own: this one, unless another is named
    #[arg(long, env = "DOCSTORE_READER_PROGRAM", value_name = "FILE", hide = true)]
    pub reader_program: Option<PathBuf>,
    /// AWS for all of the following that have no table of their own; only in the file.
    #[arg(skip)]
    pub aws: Option<AwsSides>,
    /// Where documents are; only in the file. Without it, the embedded object store.
    #[arg(skip)]
    pub objects: Option<ObjectsSide>,
    /// Where events go; only in the file. Without it, a table of the database.
    #[arg(skip)]
    pub queue: Option<QueueSide>,
    /// What sends mail; only in the file. Without it, a folder of files.
    #[arg(skip)]
    pub mail: Option<MailSide>,
    /// Where figures go; only in the file. Without it, Prometheus.
    #[arg(skip)]
    pub metrics: Option<MetricsSide>,
    /// The other regions; only in the file.
    #[arg(skip)]
    pub peers: Option<Vec<PeerSettings>>,
}

/// What holds.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where everything embedded keeps its data.
    pub data_dir: PathBuf,
    /// Where the web API listens.
    pub listen: SocketAddr,
    /// Where browsers reach the web API: scheme and authority. Without it, where it listens.
    pub public_url: Option<String>,
    /// Proxies before the program that add to `X-Forwarded-For`.
    pub forwarded_hops: usize,
    /// The region of this deployment.
    pub region: String,
    /// Where the engine's endpoint listens: a loopback address.
    pub engine_listen: SocketAddr,
    /// A database of somebody else; without it the program runs a private one.
    pub database: Option<PgConnectOptions>,
    /// A replica of the database that lists are read from while it keeps up.
    pub read_database: Option<PgConnectOptions>,
    /// Connections that DocStore's own tables may take.
    pub database_connections: u32,
    /// How many requests are taken.
    pub rates: Rates,
    /// Bytes that an account may store.
    pub quotas: Quotas,
    /// The most bytes of a document.
    pub max_document_bytes: u64,
    /// How long an upload form is valid.
    pub form_lifetime: Duration,
    /// How long a download link is valid.
    pub link_lifetime: Duration,
    /// The program that reads documents, if not this one.
    pub reader_program: Option<PathBuf>,
    /// Where the embedded object store listens.
    pub objects_listen: SocketAddr,
    /// AWS for all of the following that are not set.
    pub aws: Option<AwsSides>,
    /// Where documents are, if not in the embedded object store.
    pub objects: Option<ObjectsSide>,
    /// Where events go, if not into a table of the database.
    pub queue: Option<QueueSide>,
    /// What sends mail, if not a folder of files.
    pub mail: Option<MailSide>,
    /// Where figures go, if not to Prometheus only.
    pub metrics: Option<MetricsSide>,
    /// The other regions.
    pub peers: Vec<PeerSettings>,
}

impl Config {
    /// Which side stands behind each port, for a deployment that browsers reach at `public_url`.
    pub fn ports(&self, public_url: &str) -> ports::Settings {
        let usual = match &self.aws {
            Some(aws) => aws.settings(),
            None => {
                ports::Settings::embedded(&self.data_dir, self.objects_listen, vec![public_url.to_owned()])
            }
        };
        ports::Settings {
            objects: self.objects.clone().unwrap_or(usual.objects),
            queue: self.queue.clone().unwrap_or(usual.queue),
            mail: self.mail.clone().unwrap_or(usual.mail),
            metrics: self.metrics.clone().unwrap_or(usual.metrics),
        }
    }
}

impl Settings {
    /// What holds: these settings, completed by their file and by the defaults.
    pub fn resolve(self) -> anyhow::Result<Config> {
        let file = match &self.config {
            Some(path) => Self::read(path)?,
            None => Self::default(),
        };
        self.or(file).complete()
    }

    fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the settings in {}", path.display()))?;
        toml::from_str(&text).with_context(|| format!("the settings in {} are not right", path.display()))
    }

    /// These settings where they are set, otherwise the others.
    fn or(self, other: Self) -> Self {
        Self {
            config: self.config,
            data_dir: self.data_dir.or(other.data_dir),
            listen: self.listen.or(other.listen),
            public_url: self.public_url.or(other.public_url),
            forwarded_hops: self.forwarded_hops.or(other.forwarded_hops),
            region: self.region.or(other.region),
            engine_listen: self.engine_listen.or(other.engine_listen),
            database_url: self.database_url.or(other.database_url),
            read_database_url: self.read_database_url.or(other.read_database_url),
            database_connections: self.database_connections.or(other.database_connections),
            account_requests: self.account_requests.or(other.account_requests),
            address_requests: self.address_requests.or(other.address_requests),
            quota_free: self.quota_free.or(other.quota_free),
            quota_premium: self.quota_premium.or(other.quota_premium),
            max_document_bytes: self.max_document_bytes.or(other.max_document_bytes),
            form_lifetime_seconds: self.form_lifetime_seconds.or(other.form_lifetime_seconds),
            link_lifetime_seconds: self.link_lifetime_seconds.or(other.link_lifetime_seconds),
            reader_program: self.reader_program.or(other.reader_program),
            objects_listen: self.objects_listen.or(other.objects_listen),
            aws: self.aws.or(other.aws),
            objects: self.objects.or(other.objects),
            queue: self.queue.or(other.queue),
            mail: self.mail.or(other.mail),
            metrics: self.metrics.or(other.metrics),
            peers: self.peers.or(other.peers),
        }
    }

    fn complete(self) -> anyhow::Result<Config> {
        let (usual, rates) = (Quotas::default(), Rates::default());
        let config = Config {
            data_dir: self.data_dir.unwrap_or_else(|| PathBuf::from("docstore-data")),
            listen: self
                .listen
                .unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 8480))),
            public_url: self.public_url.map(|url| check_public_url(&url)).transpose()?,
            forwarded_hops: self.forwarded_hops.unwrap_or(0),
            region: self.region.unwrap_or_else(|| "us-west-2".to_owned()),
            database: self.database_url.map(|url| database(&url)).transpose()?,
            read_database: self.read_database_url.map(|url| database(&url)).transpose()?,
            database_connections: self.database_connections.unwrap_or(16),
            rates: Rates {
                account: self.account_requests.unwrap_or(rates.account),
                address: self.address_requests.unwrap_or(rates.address),
            },
            quotas: Quotas {
                free: self.quota_free.unwrap_or(usual.free),
                premium: self.quota_premium.unwrap_or(usual.premium),
            },
            // S3 takes no larger object in one form.
            max_document_bytes: self.max_document_bytes.unwrap_or(5_000_000_000),
            form_lifetime: Duration::from_secs(self.form_lifetime_seconds.unwrap_or(3_600)),
            link_lifetime: Duration::from_secs(self.link_lifetime_seconds.unwrap_or(300)),
            reader_program: self.reader_program,
            objects_listen: self
                .objects_listen
                .unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 8481))),
            engine_listen: self
                .engine_listen
                .unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, apus::wire::DEFAULT_PORT))),
            aws: self.aws,
            objects: self.objects,
            queue: self.queue,
            mail: self.mail,
            metrics: self.metrics,
            peers: self.peers.unwrap_or_default(),
        };
        ensure!(
            config.database_connections > 0,
            "the database needs at least one connection"
        );
        ensure!(
            config.read_database.is_none() || config.database.is_some(),
            "a read replica needs the database that it is a replica of: set the database's URL too"
        );
        ensure!(
            (1..=32).contains(&config.region.len()),
            "the region's name has 1 to 32 characters"
        );
        for lifetime in [config.form_lifetime, config.link_lifetime] {
            ensure!(
                (1..=SIGNED_LIFETIME_MAX_SECONDS).contains(&lifetime.as_secs()),
                "forms and links are valid for 1 to {SIGNED_LIFETIME_MAX_SECONDS} seconds"
            );
        }
        Ok(config)
    }
}

/// The object store signs nothing for longer.
const SIGNED_LIFETIME_MAX_SECONDS: u64 = docstore_activities::ports::objects::SIGNED_LIFE_MAX.as_secs();

fn database(url: &str) -> anyhow::Result<PgConnectOptions> {
    url.parse()
        .context("the database's URL is not like postgres://user@host/name")
}

fn check_public_url(url: &str) -> anyhow::Result<String> {
    let url = url.trim_end_matches('/');
    let authority = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    ensure!(
        authority.is_some_and(|authority| !authority.is_empty() && authority.chars().all(plain)),
        "the public URL is a scheme and a host, such as https://docs.example.com, not {url:?}"
    );
    Ok(url.to_owned())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::io::Write;

    use super::*;

    #[test]
    fn a_flag_is_stronger_than_the_file_and_the_file_than_the_default() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"region = 'ap-southeast-2'\nquota_free = 7\n[metrics]\nside = 'prometheus'\n")
            .unwrap();
        let flags = Settings {
            config: Some(file.path().to_owned()),
            quota_free: Some(9),
            ..Settings::default()
        };
        let config = flags.resolve().unwrap();
        assert_eq!(config.region, "ap-southeast-2");
        assert_eq!(
            config.quotas,
            Quotas {
                free: 9,
                ..Quotas::default()
            }
        );
        assert_eq!(config.listen.port(), 8480);
    }

    #[test]
    fn what_cannot_hold_is_refused_with_what_to_do() {
        let refused = |settings: Settings| format!("{:#}", settings.resolve().unwrap_err());
        let unknown = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(unknown.path(), "regoin = 'x'").unwrap();
        let settings = Settings {
            config: Some(unknown.path().to_owned()),
            ..Settings::default()
        };
        assert!(
            refused(settings).contains("regoin"),
            "a misspelt setting is not ignored"
        );
        let settings = Settings {
            public_url: Some("docs.example.com".to_owned()),
            ..Settings::default()
        };
        assert!(refused(settings).contains("https://docs.example.com"));
        let settings = Settings {
            link_lifetime_seconds: Some(0),
            ..Settings::default()
        };
        assert!(refused(settings).contains("seconds"));
    }
}
