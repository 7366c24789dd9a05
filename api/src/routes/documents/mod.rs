//! Documents: what they are, what is in them, and what their owner does to them.

pub mod body;
pub mod change;
pub mod content;
pub mod history;
pub mod list;
pub mod show;
pub mod trash;
pub mod versions;

pub use body::{DocumentBody, ReasonBody};
pub use list::DocumentList;
pub(crate) use list::{decode_cursor, encode_cursor};
