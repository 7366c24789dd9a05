//! `apus dev`: a local engine with a database of its own.

use std::fs::Permissions;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use apus::node::NodeOptions;
use apus::postgres::PrivatePostgres;
use apus::wire::{Authentication, DEFAULT_PORT, DEFAULT_REGION, Endpoint, MasterKey, WireOptions};
use clap::Args;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::run::run;
use super::{failed, logs, seconds, signals};
use crate::failure::Failure;

/// The name of the private server's database.
const DATABASE: &str = "apus";
/// The file in the data directory with the secret that signs task tokens and seals credentials.
const KEY_FILE: &str = "key";
/// The account of the database server has to get through a temporary directory, and need not look around in it.
const TEMPORARY_MODE: u32 = 0o711;
/// What is thrown away at the end need not survive a power cut.
const EPHEMERAL_SETTINGS: &[(&str, &str)] = &[
    ("fsync", "off"),
    ("full_page_writes", "off"),
    ("synchronous_commit", "off"),
];

/// `apus dev`.
#[derive(Args)]
pub struct Dev {
    /// Where to listen for calls; only on this machine
    #[arg(long, env = "APUS_LISTEN", value_name = "ADDRESS:PORT",
          default_value_t = SocketAddr::from((Ipv4Addr::LOCALHOST, DEFAULT_PORT)))]
    listen: SocketAddr,
    /// Where the database keeps its files; made if it is not there
    #[arg(long, env = "APUS_DATA_DIR", value_name = "DIR", default_value = "apus-data")]
    data_dir: PathBuf,
    /// Keep everything in a temporary directory, and remove it at the end
    #[arg(long)]
    ephemeral: bool,
    /// How long a poll waits for a task, in seconds: more than 0, at most 60
    #[arg(long, env = "APUS_LONG_POLL", value_name = "SECONDS", value_parser = seconds::long_poll)]
    long_poll: Option<Duration>,
}

/// Runs a local engine until it is interrupted.
pub async fn dev(dev: Dev) -> Result<(), Failure> {
    logs::start("warn")?;
    let stop = signals::stop()?;
    let endpoint = Endpoint::bind(dev.listen, Authentication::StoredOrDummies)
        .await
        .map_err(failed)?;
    if !dev.ephemeral {
        let postgres = PrivatePostgres::start(&dev.data_dir).await.map_err(failed)?;
        return run_on(postgres, &dev.data_dir, dev.long_poll, endpoint, &stop).await;
    }
    let temporary = temporary_dir()?;
    let done = async {
        let postgres = PrivatePostgres::start_with(temporary.path(), EPHEMERAL_SETTINGS).await;
        run_on(
            postgres.map_err(failed)?,
            temporary.path(),
            dev.long_poll,
            endpoint,
            &stop,
        )
        .await
    };
    let done = done.await;
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
    long_poll: Option<Duration>,
    endpoint: Endpoint,
    stop: &CancellationToken,
) -> Result<(), Failure> {
    let serving = async {
        postgres.create_database(DATABASE).await.map_err(failed)?;
        let usual = WireOptions::local();
        let wire = WireOptions {
            long_poll: long_poll.unwrap_or(usual.long_poll),
            key: MasterKey::load_or_create(&data_dir.join(KEY_FILE)).map_err(failed)?,
            ..usual
        };
        let node = NodeOptions::new(postgres.connect_options().database(DATABASE));
        run(endpoint, node, wire, stop, announce).await
    };
    let done = tokio::select! {
        done = serving => done,
        () = postgres.ended() => Err(failed("the database has ended; see its log in the data directory")),
    };
    let stopped = postgres.shutdown().await.map_err(failed);
    done.and(stopped)
}

fn announce(address: SocketAddr) {
    println!(
        "Apus is ready at http://{address}. Only this machine reaches it, so it accepts the usual dummy credentials."
    );
    println!("For the AWS CLI and SDKs:");
    println!("  export AWS_ENDPOINT_URL_SWF=http://{address}");
    println!("  export AWS_REGION={DEFAULT_REGION} AWS_DEFAULT_REGION={DEFAULT_REGION}");
    println!("  export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test");
    println!("For apus, unless it listens at the usual place:");
    println!("  export APUS_ENDPOINT=http://{address}");
}
