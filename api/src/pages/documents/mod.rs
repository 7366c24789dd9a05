//! Documents: the list, the trash, one of them, and what can be done with them.

mod actions;
mod document;
mod filters;
mod list;
mod new_version;
pub mod row;
mod standing;
mod trash;

pub use actions::{delete, delete_version, edit, empty_trash, restore, retry, trash};
pub use document::show;
pub use list::list;
pub use new_version::{choose, describe};
pub use trash::list as list_trash;
