//! Roles, and what each of them may do.

use std::fmt;
use std::str::FromStr;

/// What the holder of a credential is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// May do everything.
    Admin,
    /// Starts, steers and ends runs, and reads.
    Operator,
    /// Polls for tasks and answers them, and reads.
    Worker,
    /// Reads.
    Reader,
}

/// What an action does, as far as roles go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// Changes what is registered: domains, types, tags.
    Administer,
    /// Starts, signals, cancels, terminates.
    Operate,
    /// Takes tasks and answers them.
    Work,
    /// Lists, counts, describes, reads histories.
    Read,
}

/// Where an action's request names the domain that it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The member `domain`.
    Domain,
    /// The member `name`: the domain itself.
    Name,
    /// The member `resourceArn`, a domain's.
    Arn,
    /// The member `taskToken`, of a run in the domain.
    Token,
    /// Nowhere: it lists domains, and answers with those that the caller may see.
    Listing,
}

impl Role {
    /// All of them, the mightiest first.
    pub const ALL: [Role; 4] = [Role::Admin, Role::Operator, Role::Worker, Role::Reader];

    /// Whether the role allows that.
    pub fn allows(self, access: Access) -> bool {
        match self {
            Role::Admin => true,
            Role::Operator => matches!(access, Access::Operate | Access::Read),
            Role::Worker => matches!(access, Access::Work | Access::Read),
            Role::Reader => access == Access::Read,
        }
    }

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Admin => "admin",
            Role::Operator => "operator",
            Role::Worker => "worker",
            Role::Reader => "reader",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// No role is called so.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is no role: take admin, operator, worker or reader")]
pub struct UnknownRole(String);

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(name: &str) -> Result<Self, UnknownRole> {
        let found = Role::ALL.into_iter().find(|role| role.as_str() == name);
        found.ok_or_else(|| UnknownRole(name.to_owned()))
    }
}
