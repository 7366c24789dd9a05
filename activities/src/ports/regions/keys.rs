//! The key that two regions share, and nobody else.

use std::fmt;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The fewest bytes of a key: as many as its hash has.
const KEY_BYTES_MIN: usize = 32;
/// The most keys of a pair: the one in use, and its successor or predecessor while they are exchanged.
const KEYS_MAX: usize = 2;
/// The most bytes of a key file.
const FILE_BYTES_MAX: u64 = 4_096;

/// A code that proves who wrote a text.
pub type Code = [u8; 32];

/// The keys of a pair of regions. The first proves, any of them is believed.
#[derive(Clone)]
pub struct PairKeys(Vec<Vec<u8>>);

/// Why a key file can't be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// It can't be read.
    #[error("cannot read the key file {path}: {source}")]
    Read {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// It holds no keys of the form that is expected.
    #[error(
        "the key file {0} must hold one or two lines, each {KEY_BYTES_MIN} random bytes or more in base64; `openssl rand -base64 32` makes one"
    )]
    Form(String),
}

impl PairKeys {
    /// Reads the keys from a file: a line each.
    ///
    /// # Errors
    /// When the file can't be read, or holds anything else.
    pub fn read(path: &Path) -> Result<Self, KeyFileError> {
        let name = || path.display().to_string();
        let read = |source| KeyFileError::Read { path: name(), source };
        if std::fs::metadata(path).map_err(read)?.len() > FILE_BYTES_MAX {
            return Err(KeyFileError::Form(name()));
        }
        let text = std::fs::read_to_string(path).map_err(read)?;
        Self::parse(&text).ok_or_else(|| KeyFileError::Form(name()))
    }

    fn parse(text: &str) -> Option<Self> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let keys = lines.map(|line| {
            let key = STANDARD.decode(line).ok()?;
            (key.len() >= KEY_BYTES_MIN).then_some(key)
        });
        let keys = keys.collect::<Option<Vec<_>>>()?;
        (1..=KEYS_MAX).contains(&keys.len()).then_some(Self(keys))
    }

    /// The code of a text, by the key in use.
    pub(super) fn prove(&self, text: &str) -> Code {
        let key = self.0.first().expect("there is a key, or there were no pair");
        mac(key, text).finalize().into_bytes().into()
    }

    /// Whether the code is that of the text by one of the keys. Takes the same time wherever they differ.
    pub(super) fn believes(&self, text: &str, code: &Code) -> bool {
        self.0.iter().any(|key| mac(key, text).verify_slice(code).is_ok())
    }
}

fn mac(key: &[u8], text: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(text.as_bytes());
    mac
}

impl fmt::Debug for PairKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PairKeys(..)")
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn line(byte: u8) -> String {
        STANDARD.encode([byte; 32])
    }

    #[test]
    fn a_successor_is_believed_before_it_is_used() {
        let old = PairKeys::parse(&line(1)).unwrap();
        let both = PairKeys::parse(&format!("{}\n{}\n", line(1), line(2))).unwrap();
        let new = PairKeys::parse(&format!("\n{}", line(2))).unwrap();
        assert!(old.believes("text", &both.prove("text")));
        assert!(both.believes("text", &new.prove("text")));
        assert!(!old.believes("text", &new.prove("text")));
        assert!(!old.believes("another text", &old.prove("text")));
    }

    #[test]
    fn what_is_no_key_is_refused_and_keys_are_not_printed() {
        let short = STANDARD.encode([1; 31]);
        let three = [line(1), line(2), line(3)].join("\n");
        for text in ["", "secret", &short, &three] {
            assert!(PairKeys::parse(text).is_none(), "{text:?}");
        }
        let keys = PairKeys::parse(&line(1)).unwrap();
        assert!(!format!("{keys:?}").contains('1'));
    }
}
