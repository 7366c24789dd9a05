//! Where somebody is logged in: a token in a file that nobody else can read.

use std::fs;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use super::Failure;

/// The file in the directory of the command line's own data.
const FILE: &str = "session.json";

/// A log-in that is kept.
#[derive(Clone, Serialize, Deserialize)]
pub struct Session {
    /// Where: scheme and authority. The token is shown to nobody else.
    pub server: String,
    /// Who.
    pub email: String,
    /// What the API is shown.
    pub token: String,
    /// When it ends.
    pub expires: DateTime<Utc>,
}

/// The directory of the command line's own data, its owner's only.
#[derive(Clone, Debug)]
pub struct Home(PathBuf);

impl Home {
    /// The directory that was named, or the usual one of this user.
    pub fn new(named: Option<&Path>) -> Result<Self, Failure> {
        if let Some(named) = named {
            return Ok(Self(named.to_owned()));
        }
        let of = |variable: &str| {
            std::env::var_os(variable)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        let config = of("XDG_CONFIG_HOME").or_else(|| of("HOME").map(|home| home.join(".config")));
        match config {
            Some(config) => Ok(Self(config.join("docstore"))),
            None => Err(Failure::Usage(
                "there is no HOME to keep the log-in in: name a directory with --home or DOCSTORE_HOME"
                    .to_owned(),
            )),
        }
    }

    /// A file of this directory.
    pub fn path(&self, file: &str) -> PathBuf {
        self.0.join(file)
    }

    /// The log-in that is kept, if there is one.
    pub fn session(&self) -> Result<Option<Session>, Failure> {
        self.read(FILE)
    }

    /// Keeps a log-in, in place of an earlier one.
    pub fn keep(&self, session: &Session) -> Result<(), Failure> {
        self.write(FILE, session)
    }

    /// Forgets the log-in.
    pub fn forget(&self) -> Result<(), Failure> {
        match fs::remove_file(self.path(FILE)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(Failure::Io(
                format!("cannot remove {}", self.path(FILE).display()),
                error,
            )),
            _ => Ok(()),
        }
    }

    /// Reads a file of secrets, and refuses one that others can read, too.
    pub fn read<T: DeserializeOwned>(&self, file: &str) -> Result<Option<T>, Failure> {
        let path = self.path(file);
        let cannot = |error| Failure::Io(format!("cannot read {}", path.display()), error);
        let metadata = match fs::metadata(&path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(cannot(error)),
        };
        if metadata.permissions().mode() & 0o077 != 0 {
            let path = path.display();
            return Err(Failure::Usage(format!(
                "{path} can be read by others: chmod 600 {path}"
            )));
        }
        let text = fs::read(&path).map_err(cannot)?;
        let read = serde_json::from_slice(&text)
            .map_err(|error| Failure::Usage(format!("{} is damaged ({error}): remove it", path.display())))?;
        Ok(Some(read))
    }

    /// Writes a file of secrets, whole or not at all.
    pub fn write(&self, file: &str, value: &impl Serialize) -> Result<(), Failure> {
        let path = self.path(file);
        let written = || {
            self.create()?;
            // Made for its owner only from the beginning.
            let mut temporary = NamedTempFile::new_in(&self.0)?;
            serde_json::to_writer_pretty(&mut temporary, value)?;
            temporary.flush()?;
            temporary.persist(&path).map_err(|error| error.error)?;
            Ok(())
        };
        written().map_err(|error| Failure::Io(format!("cannot write {}", path.display()), error))
    }

    /// Makes the directory, for its owner only.
    pub fn create(&self) -> std::io::Result<()> {
        use std::os::unix::fs::DirBuilderExt;
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.0)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn session() -> Session {
        Session {
            server: "http://127.0.0.1:8480".to_owned(),
            email: "ada@example.com".to_owned(),
            token: "secret".to_owned(),
            expires: Utc::now(),
        }
    }

    #[test]
    fn a_log_in_is_kept_for_its_owner_only() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::new(Some(&dir.path().join("new"))).unwrap();
        assert!(home.session().unwrap().is_none());
        home.keep(&session()).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&home.path(FILE)), 0o600);
        assert_eq!(mode(&dir.path().join("new")), 0o700);
        assert_eq!(home.session().unwrap().unwrap().token, "secret");
        home.forget().unwrap();
        home.forget().unwrap();
        assert!(home.session().unwrap().is_none());
    }

    #[test]
    fn a_log_in_that_others_can_read_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::new(Some(dir.path())).unwrap();
        home.keep(&session()).unwrap();
        fs::set_permissions(home.path(FILE), fs::Permissions::from_mode(0o644)).unwrap();
        let Err(refused) = home.session() else {
            panic!("it was read");
        };
        assert!(refused.to_string().contains("chmod 600"), "{refused}");
    }
}
