//! The engine on a real Postgres.

mod runs;
mod support;
