//! Which uploads were begun from here, so that the same command started again goes on with them.
//!
//! One file in the command line's own directory, read and written under a lock: several commands may run at once.

use std::collections::BTreeMap;
use std::fs;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{File, Form};
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

/// An upload that was begun.
#[derive(Clone, Serialize, Deserialize)]
pub struct Begun {
    /// Its form.
    pub form: Form,
    size: u64,
    modified: DateTime<Utc>,
    at: DateTime<Utc>,
}

/// By account and path.
type Uploads = BTreeMap<String, Begun>;

impl Journal {
    /// The journal of who calls.
    pub fn new(client: &Client) -> Self {
        let who = client.session().map_or("", |session| session.email.as_str());
        Self {
            home: client.home.clone(),
            account: format!("{who} {}", client.server()),
        }
    }

    /// The upload of this file that was begun last, if the file has not changed since.
    pub fn find(&self, file: &File) -> Result<Option<Begun>, Failure> {
        let uploads: Uploads = self.home.read(FILE)?.unwrap_or_default();
        let begun = uploads.get(&self.key(file));
        let is_same = |begun: &&Begun| begun.size == file.size && begun.modified == file.modified;
        Ok(begun.filter(is_same).cloned())
    }

    /// Writes down that a file's upload begins with this form.
    pub fn enter(&self, file: &File, form: &Form) -> Result<(), Failure> {
        let cannot = |error| Failure::Io("cannot keep what is uploaded".to_owned(), error);
        self.home.create().map_err(cannot)?;
        let lock = fs::File::create(self.home.path(LOCK)).map_err(cannot)?;
        // Held until the file is closed.
        lock.lock().map_err(cannot)?;
        let mut uploads: Uploads = self.home.read(FILE)?.unwrap_or_default();
        let begun = Begun {
            form: form.clone(),
            size: file.size,
            modified: file.modified,
            at: Utc::now(),
        };
        uploads.insert(self.key(file), begun);
        while uploads.len() > ENTRIES_MAX {
            let oldest = uploads.iter().min_by_key(|(_, begun)| begun.at);
            let Some(oldest) = oldest.map(|(key, _)| key.clone()) else {
                break;
            };
            uploads.remove(&oldest);
        }
        self.home.write(FILE, &uploads)
    }

    fn key(&self, file: &File) -> String {
        format!("{} {}", self.account, file.path.display())
    }
}
