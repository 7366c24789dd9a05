//! Running a node: `apus dev` with a database of its own, `apus serve` on one that others may share.

use std::io::IsTerminal;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use apus::node::{Node, NodeOptions};
use apus::postgres::PrivatePostgres;
use apus::wire::{self, DEFAULT_PORT, Endpoint, WireOptions};
use clap::Args;
use sqlx::postgres::PgConnectOptions;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

use crate::failure::Failure;

/// The name of the private server's database.
const DATABASE: &str = "apus";

/// Where the node listens.
#[derive(Args)]
struct Listen {
    /// Where to listen for calls; only on this machine
    #[arg(long, env = "APUS_LISTEN", value_name = "ADDRESS:PORT",
          default_value_t = SocketAddr::from((Ipv4Addr::LOCALHOST, DEFAULT_PORT)))]
    listen: SocketAddr,
}

/// `apus dev`.
#[derive(Args)]
pub struct Dev {
    #[command(flatten)]
    listen: Listen,
    /// Where the database keeps its files; made if it is not there
    #[arg(long, env = "APUS_DATA_DIR", value_name = "DIR", default_value = "apus-data")]
    data_dir: PathBuf,
}

/// `apus serve`.
#[derive(Args)]
pub struct Serve {
    #[command(flatten)]
    listen: Listen,
    /// The PostgreSQL, version 15 or later, that all nodes share
    #[arg(long, env = "APUS_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    database_url: PgConnectOptions,
}

/// Runs a local engine until it is interrupted.
pub async fn dev(dev: Dev) -> Result<(), Failure> {
    start_logging("warn")?;
    let mut stop = Stop::new()?;
    let endpoint = bind(&dev.listen).await?;
    let postgres = PrivatePostgres::start(&dev.data_dir).await.map_err(node_failed)?;
    let created = postgres.create_database(DATABASE).await;
    let database = postgres.connect_options().database(DATABASE);
    let done = match created {
        Ok(()) => {
            tokio::select! {
                done = run(endpoint, database, &mut stop, announce_dev) => done,
                () = postgres.ended() => Err(Failure::Node("the database has ended; see its log in the data directory".to_owned())),
            }
        }
        Err(error) => Err(node_failed(error)),
    };
    postgres.shutdown().await.map_err(node_failed)?;
    done
}

/// Runs a node until it is interrupted.
pub async fn serve(serve: Serve) -> Result<(), Failure> {
    start_logging("info")?;
    let mut stop = Stop::new()?;
    let endpoint = bind(&serve.listen).await?;
    let announce = |address| println!("Apus listens at http://{address}");
    run(endpoint, serve.database_url, &mut stop, announce).await
}

async fn bind(listen: &Listen) -> Result<Endpoint, Failure> {
    Endpoint::bind(listen.listen).await.map_err(node_failed)
}

async fn run(
    endpoint: Endpoint,
    database: PgConnectOptions,
    stop: &mut Stop,
    announce: impl FnOnce(SocketAddr),
) -> Result<(), Failure> {
    let node = Node::start(NodeOptions::new(database))
        .await
        .map_err(node_failed)?;
    let address = endpoint.address();
    let drain = CancellationToken::new();
    let serving = endpoint.serve(wire::router(node.clone(), WireOptions::default()), drain.clone());
    let mut serving = tokio::spawn(serving);
    announce(address);
    let ended = tokio::select! {
        () = stop.asked() => {
            drain.cancel();
            serving.await
        }
        ended = &mut serving => ended,
    };
    node.shutdown().await;
    match ended {
        Ok(served) => served.map_err(|error| Failure::Io("the endpoint failed".to_owned(), error)),
        Err(panic) => Err(Failure::Node(format!("the endpoint failed: {panic}"))),
    }
}

fn announce_dev(address: SocketAddr) {
    let WireOptions { region, .. } = WireOptions::default();
    println!("Apus is ready at http://{address}. It checks no signatures, so it serves this machine only.");
    println!("For the AWS CLI and SDKs:");
    println!("  export AWS_ENDPOINT_URL_SWF=http://{address}");
    println!("  export AWS_REGION={region} AWS_ACCESS_KEY_ID=dev AWS_SECRET_ACCESS_KEY=dev");
    println!("For apus, unless it listens at the usual place:");
    println!("  export APUS_ENDPOINT=http://{address}");
}

/// The signals that end the program.
struct Stop {
    interrupt: Signal,
    terminate: Signal,
}

impl Stop {
    /// Listens from now on.
    fn new() -> Result<Self, Failure> {
        let listen =
            |kind| signal(kind).map_err(|error| Failure::Io("cannot listen for signals".to_owned(), error));
        Ok(Stop {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
        })
    }

    async fn asked(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

fn start_logging(usual: &str) -> Result<(), Failure> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(usual));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    let started = if std::io::stderr().is_terminal() {
        lines.try_init()
    } else {
        lines.json().try_init()
    };
    started.map_err(|error| Failure::Node(format!("cannot start logging: {error}")))
}

fn node_failed(error: impl std::fmt::Display) -> Failure {
    Failure::Node(error.to_string())
}
