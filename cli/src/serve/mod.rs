//! Running a node: `apus dev` with a database of its own, `apus serve` on one that others may share.

mod dev;
mod logs;
mod production;
mod run;
mod seconds;
mod signals;

pub use dev::{Dev, dev};
pub use production::{Serve, serve};

use crate::failure::Failure;

fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::Node(error.to_string())
}
