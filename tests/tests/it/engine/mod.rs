//! The engine on a real Postgres.

mod crossing;
mod faults;
mod plans;
mod pollers;
mod retired;
mod runs;
mod sequences;
pub mod support;
