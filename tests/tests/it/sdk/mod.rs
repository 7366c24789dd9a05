//! Workflows and activities in Rust, from a client through the node to workers and back.

mod durable;
pub mod support;
mod workers;
