//! The SWF endpoint over HTTP, called without an SDK.

mod faults;
mod lists;
mod protocol;
mod steering;
pub mod support;
