//! The ports: objects, queues, mail and metrics, each with its AWS side and its embedded side.
//!
//! DocStore reaches the world outside only through these four traits. Which side stands behind a
//! trait is one setting; everything else in DocStore is the same on both.

pub mod aws;
pub mod fault;
pub mod mail;
pub mod metrics;
pub mod objects;
pub mod queue;
