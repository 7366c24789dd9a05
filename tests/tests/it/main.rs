//! The integration tests, one binary.

mod catalog;
mod database;
mod engine;
mod tidy;
