//! What the program says of itself, on standard error.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::failure::{Failure, failed};

/// Starts logging, as `RUST_LOG` says and otherwise from the level `usual` on: lines on a terminal, JSON elsewhere.
pub fn start(usual: &str) -> Result<(), Failure> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(usual));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    let started = if std::io::stderr().is_terminal() {
        lines.try_init()
    } else {
        lines.json().try_init()
    };
    started.map_err(|error| failed(format!("cannot start logging: {error}")))
}
