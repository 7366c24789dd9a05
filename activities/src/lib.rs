//! DocStore's activities and the ports they reach the world through.

pub mod catalog;
pub mod extract;
pub mod ports;
pub mod search;
