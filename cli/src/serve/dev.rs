//! `apus dev`: a local engine with a database of its own.

use std::fmt::Display;
use std::fs::Permissions;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use apus::postgres::PrivatePostgres;
use apus::wire::{DEFAULT_REGION, Endpoint, MasterKey, WireOptions};
use clap::Args;
use sqlx::ConnectOptions as _;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::config::{Config, LISTEN};
use super::run::Program;
use super::seconds::Seconds;
use super::settings::{Compat, LimitSetting, Settings};
use super::{files, logs, signals};
use crate::failure::{Failure, failed};

/// The name of the private server's database.
pub const DATABASE: &str = "apus";
/// The usual data directory.
pub const DATA_DIR: &str = "apus-data";
/// The file in the data directory with the secret that signs task tokens and seals credentials.
pub const KEY_FILE: &str = "key";
/// The account of the database server has to get through a temporary directory, and need not look around in it.
const TEMPORARY_MODE: u32 = 0o711;
/// What is thrown away at the end need not survive a power cut, and must not be written to any more once the server has
/// ended, as its log would be.
const EPHEMERAL_SETTINGS: &[(&str, &str)] = &[
    ("logging_collector", "off"),
    ("fsync", "off"),
    ("full_page_writes", "off"),
    ("synchronous_commit", "off"),
];

/// `apus dev`.
#[derive(Args)]
pub struct Dev {
    /// Where to listen for calls; only on this machine
    #[arg(long, env = "APUS_LISTEN", value_name = "ADDRESS:PORT", default_value_t = LISTEN)]
    listen: SocketAddr,
    /// Where the database keeps its files; made if it is not there
    #[arg(long, env = "APUS_DATA_DIR", value_name = "DIR", default_value = DATA_DIR)]
    data_dir: PathBuf,
    /// Keep everything in a temporary directory, and remove it at the end
    #[arg(long)]
    ephemeral: bool,
    /// How long a poll waits for a task, in seconds: more than 0, at most 60
    #[arg(long, env = "APUS_LONG_POLL", value_name = "SECONDS")]
    long_poll: Option<Seconds>,
    /// The account id in ARNs, 12 digits
    #[arg(long, env = "APUS_ACCOUNT", value_name = "DIGITS")]
    account: Option<String>,
    /// Whether to limit what Amazon limits and others need not: domains, and the rate of calls
    #[arg(long, env = "APUS_COMPAT", value_name = "HOW")]
    compat: Option<Compat>,
    /// Whether to limit the rate of calls as Amazon does
    #[arg(long, env = "APUS_THROTTLE", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    throttle: Option<bool>,
    /// A limit of the service; may be given several times
    #[arg(long, env = "APUS_LIMIT", value_name = "NAME=VALUE", value_delimiter = ',')]
    limit: Vec<LimitSetting>,
}

/// Runs a local engine until it is interrupted.
pub async fn dev(dev: Dev) -> Result<(), Failure> {
    let settings = Settings {
        listen: Some(dev.listen),
        long_poll: dev.long_poll,
        account: dev.account,
        compat: dev.compat,
        throttle: dev.throttle,
        limit: dev.limit,
        ..Settings::default()
    };
    let config = Config::new(settings, WireOptions::local())?;
    logs::start("warn")?;
    let stop = signals::stop()?;
    files::raise_limit();
    let endpoint = Endpoint::bind(config.listen, config.wire.authentication)
        .await
        .map_err(failed)?;
    if dev.ephemeral {
        return run_ephemeral(config, endpoint, &stop).await;
    }
    let postgres = PrivatePostgres::start(&dev.data_dir).await.map_err(failed)?;
    run_on(postgres, &dev.data_dir, config, endpoint, &stop).await
}

async fn run_ephemeral(config: Config, endpoint: Endpoint, stop: &CancellationToken) -> Result<(), Failure> {
    let temporary = temporary_dir()?;
    let done = match PrivatePostgres::start_with(temporary.path(), EPHEMERAL_SETTINGS).await {
        Ok(postgres) => run_on(postgres, temporary.path(), config, endpoint, stop).await,
        Err(error) => Err(failed(error)),
    };
    // The cluster may lie elsewhere, where the server's account can reach it.
    let removed = PrivatePostgres::remove(temporary.path()).await.map_err(failed);
    let closed = temporary
        .close()
        .map_err(|error| Failure::Io("cannot remove the temporary directory".to_owned(), error));
    done.and(removed).and(closed)
}

fn temporary_dir() -> Result<TempDir, Failure> {
    let created = tempfile::Builder::new()
        .prefix("apus-dev-")
        .permissions(Permissions::from_mode(TEMPORARY_MODE))
        .tempdir();
    created.map_err(|error| Failure::Io("cannot create a temporary directory".to_owned(), error))
}

/// Runs the engine on its server, and stops that too.
async fn run_on(
    postgres: PrivatePostgres,
    data_dir: &Path,
    config: Config,
    endpoint: Endpoint,
    stop: &CancellationToken,
) -> Result<(), Failure> {
    let serving = async {
        postgres.create_database(DATABASE).await.map_err(failed)?;
        let database = postgres.connect_options().database(DATABASE);
        let url = database.to_url_lossy();
        let node = config.node(database);
        let key = MasterKey::load_or_create(&data_dir.join(KEY_FILE)).map_err(failed)?;
        let program = Program {
            endpoint,
            node,
            wire: WireOptions { key, ..config.wire },
            http: config.http,
            drain_notice: config.drain_notice,
        };
        program.run(stop, |address| announce(address, &url)).await
    };
    let done = tokio::select! {
        done = serving => done,
        () = postgres.ended() => Err(failed("the database has ended; see its log in the data directory")),
    };
    let stopped = postgres.shutdown().await.map_err(failed);
    done.and(stopped)
}

fn announce(address: SocketAddr, database: &impl Display) {
    println!(
        "Apus is ready at http://{address}. Only this machine reaches it, so it accepts the usual dummy credentials."
    );
    println!("For the AWS CLI and SDKs:");
    println!("  export AWS_ENDPOINT_URL_SWF=http://{address}");
    println!("  export AWS_REGION={DEFAULT_REGION} AWS_DEFAULT_REGION={DEFAULT_REGION}");
    println!("  export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test");
    println!("For apus, unless it listens at the usual place:");
    println!("  export APUS_ENDPOINT=http://{address}");
    println!("For programs with a node of their own on this database:");
    println!("  export APUS_DATABASE_URL='{database}'");
}
