//! The engine on a real Postgres.

mod commits;
mod crossing;
mod dead_rows;
mod faults;
mod held;
mod late_answers;
mod ledger;
mod plans;
mod pollers;
mod retired;
mod runs;
mod sequences;
pub mod support;
