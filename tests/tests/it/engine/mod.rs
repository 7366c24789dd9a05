//! The engine on a real Postgres.

mod commits;
mod crossing;
mod faults;
mod held;
mod ledger;
mod plans;
mod pollers;
mod retired;
mod runs;
mod sequences;
pub mod support;
