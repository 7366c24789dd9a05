//! Data directories that are made to be thrown away: a file in them says whose they are, and no other is ever emptied.

use std::fs;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use apus::postgres::PrivatePostgres;

/// Makes the directory ready for whoever puts this mark into it; what he left there earlier goes if he is to begin
/// `fresh`.
pub async fn prepare(dir: &Path, mark: &str, fresh: bool) -> Result<()> {
    fs::create_dir_all(dir).with_context(|| format!("cannot create {}", dir.display()))?;
    let mark_file = dir.join(mark);
    if fresh {
        let is_empty = fs::read_dir(dir)?.next().is_none();
        ensure!(
            is_empty || mark_file.exists(),
            "{} holds something else; name another directory with --data-dir",
            dir.display()
        );
        empty(dir, mark)
            .await
            .with_context(|| format!("cannot empty {}", dir.display()))?;
    }
    fs::write(&mark_file, "").with_context(|| format!("cannot write {}", mark_file.display()))
}

/// Removes everything but the mark, so that a directory that could not be emptied can be emptied later.
async fn empty(dir: &Path, mark: &str) -> Result<()> {
    PrivatePostgres::remove(&dir.join("postgres")).await?;
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let removed = match path.is_dir() {
            true => fs::remove_dir_all(&path),
            false if path.ends_with(mark) => Ok(()),
            false => fs::remove_file(&path),
        };
        removed.or_else(|error| match error.kind() {
            ErrorKind::NotFound => Ok(()),
            _ => Err(error),
        })?;
    }
    Ok(())
}

/// A port of this machine that nobody else reaches; any that is free for 0.
pub fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}
