//! The program `apus`, run as an operator runs it.

mod exit_codes;
mod node;
mod nodes;
mod program;
mod runs;
