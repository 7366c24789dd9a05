//! The directory of the server's socket: short, private, and gone when the server is.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::PostgresError;
use super::account::Account;

/// A socket's path is limited to 107 bytes, so it cannot be in the data directory, which may be anywhere.
const ROOT: &str = "/tmp";

/// An existing directory that only the server's account (and root) can enter. Removed when dropped.
#[derive(Debug)]
pub(super) struct SocketDir {
    path: PathBuf,
}

impl SocketDir {
    /// Creates the directory for the cluster at `pgdata`, or empties the one that a killed server left. The name
    /// follows from the cluster's, so each start uses the same one.
    pub(super) fn create(pgdata: &Path, account: &Account) -> Result<Self, PostgresError> {
        let path = Self::path_for(pgdata);
        match DirBuilder::new().mode(0o700).create(&path) {
            Ok(()) => account.own(&path)?,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => clear(&path, account)?,
            Err(error) => return Err(PostgresError::file("create", path)(error)),
        }
        Ok(Self { path })
    }

    /// Where the directory is while the server of this cluster runs.
    pub(super) fn path_for(pgdata: &Path) -> PathBuf {
        let hash = Sha256::digest(pgdata.as_os_str().as_encoded_bytes());
        Path::new(ROOT).join(format!("apus-{}", hex::encode(&hash[..8])))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for SocketDir {
    fn drop(&mut self) {
        // Gone is what it should be, so one that somebody else removed is no failure.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Empties a directory after making sure that nobody else could have put it there for us to trust.
fn clear(dir: &Path, account: &Account) -> Result<(), PostgresError> {
    let found = fs::symlink_metadata(dir).map_err(PostgresError::file("look at", dir))?;
    let private = found.permissions().mode() & 0o077 == 0;
    if !found.is_dir() || !private || found.uid() != account.uid() {
        return Err(PostgresError::SocketDirectory {
            path: dir.to_path_buf(),
            owner: account.uid(),
        });
    }
    for entry in fs::read_dir(dir)
        .map_err(PostgresError::file("read", dir))?
        .flatten()
    {
        fs::remove_file(entry.path()).map_err(PostgresError::file("remove", entry.path()))?;
    }
    Ok(())
}
