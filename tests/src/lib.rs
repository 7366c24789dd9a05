//! Support for the tests that need more than one crate.

mod browser;
mod database;
mod fault_proxy;
mod moto;
mod programs;
mod recorder;
mod signer;

pub use browser::{Browser, Look};
pub use database::{DurableCluster, TestDatabase, database, durable_cluster};
pub use fault_proxy::{Fault, FaultProxy};
pub use moto::{Moto, moto};
pub use programs::{program, python_program};
pub use recorder::{Answer, Recorded, Recorder};
pub use signer::Signer;
