//! A file that is to be uploaded, as it was when the command began.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::cli::Failure;

/// A file on this machine.
pub struct File {
    /// Where it is, from the root.
    pub path: PathBuf,
    /// Its name.
    pub name: String,
    /// What it was.
    pub stamp: Stamp,
}

/// What tells a file from what it becomes when somebody writes to it.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// Bytes.
    pub size: u64,
    /// When it was last written to.
    modified: DateTime<Utc>,
}

impl File {
    /// Looks at a file.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        match (name, stamp(path)?) {
            (Some(name), Some(stamp)) => Ok(Self {
                path: std::path::absolute(path).map_err(|error| cannot_read(path, error))?,
                name,
                stamp,
            }),
            _ => Err(Failure::Usage(format!("{} is no file", path.display()))),
        }
    }

    /// Refuses a file that somebody has written to since: what is sent would be neither the old nor the new.
    pub fn check_unchanged(&self) -> Result<(), Failure> {
        if stamp(&self.path)? == Some(self.stamp) {
            return Ok(());
        }
        Err(Failure::Changed(self.path.display().to_string()))
    }
}

/// None of what is no file.
fn stamp(path: &Path) -> Result<Option<Stamp>, Failure> {
    let cannot = |error| cannot_read(path, error);
    let metadata = std::fs::metadata(path).map_err(cannot)?;
    let modified = metadata.modified().map_err(cannot)?.into();
    let size = metadata.len();
    Ok(metadata.is_file().then_some(Stamp { size, modified }))
}

/// The system does not let the file be read.
pub fn cannot_read(path: &Path, error: std::io::Error) -> Failure {
    if error.kind() == ErrorKind::NotFound {
        return Failure::NotFound(format!("there is no file {}", path.display()));
    }
    Failure::Io(format!("cannot read {}", path.display()), error)
}
