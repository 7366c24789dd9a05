//! The engine on a real Postgres.

mod crossing;
mod faults;
mod pollers;
mod retired;
mod runs;
mod sequences;
pub mod support;
