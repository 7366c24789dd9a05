//! Documents: the list, one of them, and what can be done with them.

mod actions;
mod document;
mod filters;
mod list;
pub mod row;
mod standing;

pub use actions::delete;
pub use document::show;
pub use list::list;
