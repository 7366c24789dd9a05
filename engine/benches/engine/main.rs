//! What the engine's parts cost by themselves, without a node around them: `cargo bench -p apus`, and behind `--` the
//! name of what to run. What a workflow costs from end to end is measured by `apus bench`.
//!
//! ```text
//! runs.rs     the runs that all of them work on
//! core.rs     moves of the pure core
//! fold.rs     the state out of a long history
//! codec.rs    events to bytes and back
//! commit.rs   one batch of turns, on a durable Postgres
//! ```

#![expect(clippy::unwrap_used, reason = "a measurement that fails ends by panicking")]

mod codec;
mod commit;
mod core;
mod fold;
mod runs;

use criterion::{criterion_group, criterion_main};

criterion_group!(
    engine,
    core::one_activity,
    core::fan_out,
    core::late_activity,
    fold::long_histories,
    codec::turns,
    codec::long_histories,
    commit::batches
);
criterion_main!(engine);
