//! The integration tests, one binary.

mod database;
mod tidy;
