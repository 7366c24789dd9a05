//! `apus serve`: a node on a PostgreSQL that others may share.

use std::net::{Ipv4Addr, SocketAddr};

use apus::node::NodeOptions;
use apus::wire::{DEFAULT_PORT, Endpoint, WireOptions};
use clap::Args;
use sqlx::postgres::PgConnectOptions;

use super::run::run;
use super::{failed, logs, signals};
use crate::failure::Failure;

/// `apus serve`.
#[derive(Args)]
pub struct Serve {
    /// Where to listen for calls; only on this machine
    #[arg(long, env = "APUS_LISTEN", value_name = "ADDRESS:PORT",
          default_value_t = SocketAddr::from((Ipv4Addr::LOCALHOST, DEFAULT_PORT)))]
    listen: SocketAddr,
    /// The PostgreSQL, version 15 or later, that all nodes share
    #[arg(long, env = "APUS_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    database_url: PgConnectOptions,
}

/// Runs a node until it is interrupted.
pub async fn serve(serve: Serve) -> Result<(), Failure> {
    logs::start("info")?;
    let stop = signals::stop()?;
    let wire = WireOptions::default();
    let endpoint = Endpoint::bind(serve.listen, wire.authentication)
        .await
        .map_err(failed)?;
    let node = NodeOptions::new(serve.database_url);
    let announce = |address| println!("Apus listens at http://{address}");
    run(endpoint, node, wire, &stop, announce).await
}
