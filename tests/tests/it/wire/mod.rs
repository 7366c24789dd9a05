//! The SWF endpoint over HTTP, called without an SDK.

mod auth;
mod credentials;
mod decisions;
mod domains;
mod faults;
mod guarded;
mod lists;
mod polls;
mod protocol;
mod registered_types;
mod responses;
mod roles;
mod steering;
pub mod support;
mod tags;
mod task_pages;
mod tokens;
