//! The program `apus`, run as an operator runs it.

mod bench;
mod credentials;
mod domains;
mod drain;
mod exit_codes;
mod garbage;
mod limits;
mod node;
mod nodes;
mod program;
mod runs;
mod settings;
mod tls;
