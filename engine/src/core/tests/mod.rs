//! Tests of the core: the executions that Amazon's answers record, every move and every refusal, and properties.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod activities;
mod children;
mod closing;
mod decision_tasks;
mod external;
mod oracle;
mod properties;
mod rate;
mod recorded;
mod run;
mod starting;
mod world;
