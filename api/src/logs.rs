//! Logs: readable lines on a terminal, JSON elsewhere; `RUST_LOG` says how much.

use std::io::{self, IsTerminal};

use anyhow::anyhow;
use tracing_subscriber::EnvFilter;

/// What is logged when nobody says otherwise. s3s takes an object that is not there for an error.
const USUAL: &str = "info,s3s=off";

/// Starts logging to standard error.
pub fn start() -> anyhow::Result<()> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(USUAL));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr);
    let started = if io::stderr().is_terminal() {
        lines.try_init()
    } else {
        lines.json().try_init()
    };
    started.map_err(|error| anyhow!("cannot start logging: {error}"))
}
