//! Support for the tests that need more than one crate.

mod database;

pub use database::{DurableCluster, TestDatabase, database, durable_cluster};
