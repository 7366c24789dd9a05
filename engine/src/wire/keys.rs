//! The secret that all nodes of one database share. Postgres never sees it: what it protects there (the secrets of
//! credentials) can't be read from a dump alone, and task tokens can't be forged.

use std::fmt;
use std::fs::OpenOptions;
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The bytes of a key.
const BYTES: usize = 32;
/// A key file is a line of base64; a longer one is something else.
const FILE_BYTES_MAX: u64 = 256;

/// The secret of a cluster: 32 random bytes, kept in a file as a line of base64. Cheap to clone; never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct MasterKey([u8; BYTES]);

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file can't be read or written.
    #[error("the key file {path} can't be used: {error}")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// It is no key.
    #[error(
        "this is no key: it must be {BYTES} bytes in base64, such as `openssl rand -base64 {BYTES}` prints"
    )]
    Malformed,
}

impl MasterKey {
    /// A new key that exists nowhere else: what it signs is worthless after this process.
    pub fn random() -> Self {
        MasterKey(rand::random())
    }

    /// Reads a key as it stands in a file.
    ///
    /// # Errors
    /// [`KeyError::Malformed`].
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let bytes = STANDARD_NO_PAD.decode(text.trim().trim_end_matches('='));
        let bytes = bytes.map_err(|_| KeyError::Malformed)?;
        bytes.try_into().map(MasterKey).map_err(|_| KeyError::Malformed)
    }

    /// Reads the key in this file, or makes a new one there that only the owner may read.
    ///
    /// # Errors
    /// When the file is no key, or can't be read or made.
    pub fn load_or_create(path: &Path) -> Result<Self, KeyError> {
        match Self::create(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Self::load(path),
            created => created.map_err(|error| file_error(path, error)),
        }
    }

    /// Reads the key in this file.
    ///
    /// # Errors
    /// When the file is no key, or can't be read.
    pub fn load(path: &Path) -> Result<Self, KeyError> {
        let mut text = String::new();
        let read =
            std::fs::File::open(path).and_then(|file| file.take(FILE_BYTES_MAX).read_to_string(&mut text));
        read.map_err(|error| file_error(path, error))?;
        Self::parse(&text)
    }

    fn create(path: &Path) -> io::Result<Self> {
        let key = Self::random();
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)?;
        writeln!(file, "{}", STANDARD_NO_PAD.encode(key.0))?;
        file.sync_all()?;
        Ok(key)
    }

    /// A key for one purpose; those of different purposes tell nothing about each other.
    pub(super) fn derive(&self, purpose: &str) -> [u8; BYTES] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of every length");
        mac.update(purpose.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(..)")
    }
}

fn file_error(path: &Path, error: io::Error) -> KeyError {
    KeyError::File {
        path: path.to_owned(),
        error,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn a_key_is_made_once_and_read_ever_after() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        let made = MasterKey::load_or_create(&path).unwrap();
        assert!(MasterKey::load_or_create(&path).unwrap() == made);
        assert_ne!(made.derive("a"), made.derive("b"));
        assert!(MasterKey::parse("c2hvcnQ=").is_err());
    }
}
