//! The SWF endpoint over HTTP, called without an SDK.

mod auth;
mod decisions;
mod domains;
mod faults;
mod lists;
mod polls;
mod protocol;
mod registered_types;
mod responses;
mod steering;
pub mod support;
mod tags;
mod task_pages;
mod tokens;
