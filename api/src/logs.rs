//! Logs: readable lines on a terminal, JSON elsewhere; `RUST_LOG` says how much.

use std::io::{self, IsTerminal};

use anyhow::anyhow;
use tracing_subscriber::EnvFilter;

/// What is logged when nobody says otherwise. s3s takes an object that is not there for an error.
pub const USUAL: &str = "info,s3s=off";
/// The same where the output is for people to read: what they should know of, and no more.
pub const QUIET: &str = "warn,s3s=off,sqlx=error";

/// Starts logging to standard error, as `RUST_LOG` says or else as `usual` does.
pub fn start(usual: &str) -> anyhow::Result<()> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(usual));
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
