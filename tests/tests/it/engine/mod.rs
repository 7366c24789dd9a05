//! The engine on a real Postgres.

mod crossing;
mod faults;
mod runs;
mod sequences;
pub mod support;
