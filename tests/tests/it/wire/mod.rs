//! The SWF endpoint over HTTP, called without an SDK.

mod decisions;
mod faults;
mod lists;
mod polls;
mod protocol;
mod responses;
mod steering;
pub mod support;
mod task_pages;
mod tokens;
