//! A demo's settings.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use anyhow::Result;
use docstore_activities::catalog::Quotas;

use super::quota::ROOM;
use super::samples::Samples;
use crate::config::{Config, Settings};
use crate::routes::accounts::PlanName;
use crate::throwaway::loopback;

/// The file that says that a directory is a demo's, which may be emptied.
pub const MARK: &str = "made-by-docstore-demo";
/// Where the pages are, if nobody else is there.
const PAGES_PORT: u16 = 8480;
/// Where the object store is, if nobody else is there.
const OBJECTS_PORT: u16 = 8481;

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
