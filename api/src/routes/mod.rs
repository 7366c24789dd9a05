//! The handlers of the API, one file a noun.

pub mod accounts;
pub mod documents;
pub mod health;
pub mod parts;
pub mod search;
pub mod sessions;
pub mod uploads;
