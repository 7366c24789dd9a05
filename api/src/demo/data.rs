//! The demo's data directory: made new, or taken up where an earlier demo ended.

use std::fs;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use apus::postgres::PrivatePostgres;
use docstore_activities::catalog::Quotas;

use super::quota::ROOM;
use super::samples::Samples;
use crate::config::{Config, Settings};
use crate::routes::accounts::PlanName;

/// The file that says that a directory is a demo's, which may be emptied.
const MARK: &str = "made-by-docstore-demo";
/// Where the pages are, if nobody else is there.
const PAGES_PORT: u16 = 8480;
/// Where the object store is, if nobody else is there.
const OBJECTS_PORT: u16 = 8481;

/// Makes the directory ready; what an earlier demo left there goes if the demo is to begin `fresh`.
pub async fn prepare(dir: &Path, fresh: bool) -> Result<()> {
    fs::create_dir_all(dir).with_context(|| format!("cannot create {}", dir.display()))?;
    let mark = dir.join(MARK);
    if fresh {
        let is_empty = fs::read_dir(dir)?.next().is_none();
        ensure!(
            is_empty || mark.exists(),
            "{} holds what no demo made; name another directory with --data-dir",
            dir.display()
        );
        empty(dir)
            .await
            .with_context(|| format!("cannot empty {}", dir.display()))?;
    }
    fs::write(&mark, "").with_context(|| format!("cannot write {}", mark.display()))
}

/// Removes everything but the mark, so that a directory that could not be emptied can be emptied later.
async fn empty(dir: &Path) -> Result<()> {
    PrivatePostgres::remove(&dir.join("postgres")).await?;
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let removed = match path.is_dir() {
            true => fs::remove_dir_all(&path),
            false if path.ends_with(MARK) => Ok(()),
            false => fs::remove_file(&path),
        };
        removed.or_else(|error| match error.kind() {
            ErrorKind::NotFound => Ok(()),
            _ => Err(error),
        })?;
    }
    Ok(())
}

/// The settings of a demo: everything embedded, on this machine only, the quota just above what the samples need.
/// A demo that people look at is where they expect it.
pub fn config(dir: &Path, samples: &Samples, lasting: bool) -> Result<Config> {
    let listen = |usual| {
        if lasting {
            usual_or_free(usual)
        } else {
            loopback(0)
        }
    };
    let settings = Settings {
        data_dir: Some(dir.to_owned()),
        listen: Some(listen(PAGES_PORT)),
        objects_listen: Some(listen(OBJECTS_PORT)),
        engine_listen: Some(listen(apus::wire::DEFAULT_PORT)),
        quota_free: Some(samples.bytes_of(PlanName::Free)? + ROOM),
        quota_premium: Some(Quotas::default().premium),
        ..Settings::default()
    };
    settings.resolve()
}

fn usual_or_free(port: u16) -> SocketAddr {
    match TcpListener::bind(loopback(port)) {
        Ok(_) => loopback(port),
        Err(_) => loopback(0),
    }
}

fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}
