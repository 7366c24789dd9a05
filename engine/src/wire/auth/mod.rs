//! Who may call: every request is signed (AWS Signature Version 4), and each credential has a role.

mod access;

pub use access::{Access, Role, Scope, UnknownRole};

/// Whose signatures the endpoint accepts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Authentication {
    /// Those of the credentials that were created for this database.
    #[default]
    Stored,
    /// Those too of the dummy credentials that developers usually have in their environment, which may do everything.
    /// So everybody may: for programs of this machine only.
    StoredOrDummies,
}
