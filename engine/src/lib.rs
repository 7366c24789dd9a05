//! A durable workflow engine: Amazon SWF's model on nothing but Postgres.

pub mod core;
pub mod http;
pub mod metrics;
pub mod model;
pub mod node;
pub mod postgres;
pub mod sdk;
pub mod store;
pub mod wire;
