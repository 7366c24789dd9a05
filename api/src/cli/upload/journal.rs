//! Which uploads were begun from here, so that the same command started again goes on with them.
//!
//! One file in the command line's own directory, read and written under a lock: several commands may run at once.

use std::collections::BTreeMap;
use std::fs;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::begun::Begun;
use super::file::{File, Stamp};
use crate::cli::Failure;
use crate::cli::client::Client;
use crate::cli::session::Home;

/// The journal, in the command line's own directory.
const FILE: &str = "uploads.json";
/// Its lock.
const LOCK: &str = "uploads.lock";
/// Uploads that are kept; the oldest are forgotten.
const ENTRIES_MAX: usize = 10_000;

/// The uploads of one account.
pub struct Journal {
    home: Home,
    /// The account: who uploads, and where.
    account: String,
}

/// An upload that was begun, and of what.
#[derive(Serialize, Deserialize)]
pub struct Entry {
    /// The upload.
    pub begun: Begun,
    /// What the file was.
    pub stamp: Stamp,
    at: DateTime<Utc>,
}

/// By account and path.
type Entries = BTreeMap<String, Entry>;

impl Journal {
    /// The journal of who calls.
    pub fn new(client: &Client) -> Self {
        let who = client.session().map_or("", |session| session.email.as_str());
        Self {
            home: client.home.clone(),
            account: format!("{who} {}", client.server()),
        }
    }

    /// The upload of the file at this path that was begun last.
    pub fn find(&self, file: &File) -> Result<Option<Entry>, Failure> {
        let mut entries: Entries = self.home.read(FILE)?.unwrap_or_default();
        Ok(entries.remove(&self.key(file)))
    }

    /// Writes down how a file's upload begins.
    pub fn enter(&self, file: &File, begun: &Begun) -> Result<(), Failure> {
        let cannot = |error| Failure::Io("cannot keep what is uploaded".to_owned(), error);
        self.home.create().map_err(cannot)?;
        let lock = fs::File::create(self.home.path(LOCK)).map_err(cannot)?;
        // Held until the file is closed.
        lock.lock().map_err(cannot)?;
        let mut entries: Entries = self.home.read(FILE)?.unwrap_or_default();
        let entry = Entry {
            begun: begun.clone(),
            stamp: file.stamp,
            at: Utc::now(),
        };
        entries.insert(self.key(file), entry);
        while entries.len() > ENTRIES_MAX {
            let oldest = entries.iter().min_by_key(|(_, entry)| entry.at);
            let Some(oldest) = oldest.map(|(key, _)| key.clone()) else {
                break;
            };
            entries.remove(&oldest);
        }
        self.home.write(FILE, &entries)
    }

    fn key(&self, file: &File) -> String {
        format!("{} {}", self.account, file.path.display())
    }
}
