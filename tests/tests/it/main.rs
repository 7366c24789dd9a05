//! The integration tests, one binary.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod api;
mod aws;
mod catalog;
mod database;
mod engine;
mod sdk;
mod tidy;
