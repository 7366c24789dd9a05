//! `apus serve`: a node on a PostgreSQL that others may share.

use std::path::PathBuf;

use apus::http::Tls;
use apus::wire::{Endpoint, WireOptions};
use clap::Args;

use super::config::Config;
use super::run::Program;
use super::settings::Settings;
use super::{files, logs, signals};
use crate::failure::{Failure, failed};

/// `apus serve`.
#[derive(Args)]
pub struct Serve {
    /// A TOML file with these settings, named as the flags are, with `_` for `-`, and limits in a table `[limits]`
    #[arg(long, env = "APUS_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    settings: Settings,
}

/// Runs a node until it is interrupted.
pub async fn serve(serve: Serve) -> Result<(), Failure> {
    let settings = match &serve.config {
        Some(path) => serve.settings.or(Settings::read(path)?),
        None => serve.settings,
    };
    let mut config = Config::new(settings, WireOptions::default())?;
    let database = config.database()?;
    logs::start("info")?;
    let stop = signals::stop()?;
    files::raise_limit();
    config.load_key()?;
    let endpoint = Endpoint::bind(config.listen, config.wire.authentication)
        .await
        .map_err(failed)?;
    let scheme = match &config.http.tls {
        Some(tls) => {
            reload_on_hangup(tls.clone())?;
            "https"
        }
        None => "http",
    };
    let program = Program {
        endpoint,
        node: config.node(database),
        wire: config.wire,
        http: config.http,
        drain_notice: config.drain_notice,
    };
    let announce = |address| println!("Apus listens at {scheme}://{address}");
    program.run(&stop, announce).await
}

/// Reads certificate and key again at every SIGHUP.
fn reload_on_hangup(tls: Tls) -> Result<(), Failure> {
    let mut hangups = signals::hangups()?;
    tokio::spawn(async move {
        while hangups.recv().await.is_some() {
            match tls.reload() {
                Ok(()) => tracing::info!("the certificate was read again"),
                Err(error) => tracing::error!(%error, "the certificate from before is kept"),
            }
        }
    });
    Ok(())
}
