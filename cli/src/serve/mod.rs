//! Running a node: `apus dev` with a database of its own, `apus serve` on one that others may share.
//!
//! ```text
//! settings.rs   what somebody wrote down: flags, environment, file
//! config.rs     what holds: settings, completed and checked
//! run.rs        a node behind its endpoint, from its start to its end
//! figures.rs    /metrics
//! ```

mod config;
mod dev;
mod figures;
mod files;
mod logs;
mod production;
mod run;
mod seconds;
mod settings;
mod signals;

pub use dev::{Dev, dev};
pub use production::{Serve, serve};

use crate::failure::Failure;

fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::Node(error.to_string())
}

fn usage(error: impl std::fmt::Display) -> Failure {
    Failure::Usage(error.to_string())
}
