//! The operating-system account that the server runs under: the program's own, or another one when that is root.

use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use nix::unistd::{User, getegid, geteuid};

use super::PostgresError;

/// Accounts to switch to from root, best first; Debian's packages create the first.
const UNPRIVILEGED: [&str; 2] = ["postgres", "nobody"];

/// A user and group id, and whether the program has to switch to them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Account {
    uid: u32,
    gid: u32,
    switch: bool,
}

impl Account {
    /// The account for `pgdata`, which may not exist yet. A cluster that exists is run by its owner.
    pub(super) fn choose(pgdata: &Path) -> Result<Self, PostgresError> {
        let root = geteuid().is_root();
        match std::fs::metadata(pgdata) {
            Ok(found) if root => Ok(Self {
                uid: found.uid(),
                gid: found.gid(),
                switch: true,
            }),
            Ok(found) if found.uid() != geteuid().as_raw() => Err(PostgresError::NotOwner {
                path: pgdata.to_path_buf(),
                owner: found.uid(),
            }),
            _ if root => Self::unprivileged(),
            _ => Ok(Self {
                uid: geteuid().as_raw(),
                gid: getegid().as_raw(),
                switch: false,
            }),
        }
    }

    fn unprivileged() -> Result<Self, PostgresError> {
        let known = UNPRIVILEGED
            .iter()
            .find_map(|name| User::from_name(name).ok().flatten());
        let user = known.ok_or(PostgresError::NoAccount)?;
        Ok(Self {
            uid: user.uid.as_raw(),
            gid: user.gid.as_raw(),
            switch: true,
        })
    }

    pub(super) fn uid(&self) -> u32 {
        self.uid
    }

    /// Makes `command` run under this account, without supplementary groups.
    pub(super) fn apply(&self, command: &mut Command) {
        if self.switch {
            command.uid(self.uid).gid(self.gid);
        }
    }

    /// Gives `path` to this account.
    pub(super) fn own(&self, path: &Path) -> Result<(), PostgresError> {
        if self.switch {
            std::os::unix::fs::chown(path, Some(self.uid), Some(self.gid))
                .map_err(PostgresError::file("change the owner of", path))?;
        }
        Ok(())
    }

    /// Whether this account can reach what is inside `dir`: all parents must let it pass (a 0700 home does not).
    /// Asked of the system, which knows access lists and mount options too.
    pub(super) fn can_enter(&self, dir: &Path) -> bool {
        let mut test = Command::new("test");
        test.arg("-x").arg(dir).stdin(Stdio::null());
        self.apply(&mut test);
        test.status().is_ok_and(|status| status.success())
    }
}
