//! The integration tests, one binary.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod activities;
mod api;
mod aws;
mod browser;
mod catalog;
mod cli;
mod conformance;
mod database;
mod demo;
mod engine;
mod operation;
mod regions;
mod schema;
mod sdk;
mod tidy;
mod wire;
