//! Keys of objects, which only the server makes.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The longest key in bytes. S3 itself takes 1,024.
pub const KEY_BYTES_MAX: usize = 256;
/// The most segments between slashes that a key may have.
pub const KEY_SEGMENTS_MAX: usize = 8;
/// The longest segment in bytes.
pub const KEY_SEGMENT_BYTES_MAX: usize = 64;

/// A key that is safe in a URL, a form, a log line and on any file system.
///
/// Segments of `a-z`, `0-9` and `-`, joined by single slashes. The alphabet has no dot, so that a
/// key can never climb out of its bucket; it has no upper case, so that two keys never meet on a
/// file system that folds case. No part of a user's input belongs in a key.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ObjectKey(String);

/// A text that is no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Nothing, or more than [`KEY_BYTES_MAX`] bytes.
    #[error("an object key has 1 to {KEY_BYTES_MAX} bytes, this one has {0}")]
    Length(usize),
    /// More than [`KEY_SEGMENTS_MAX`] segments.
    #[error("an object key has at most {KEY_SEGMENTS_MAX} segments, this one has {0}")]
    Segments(usize),
    /// An empty segment or one of more than [`KEY_SEGMENT_BYTES_MAX`] bytes.
    #[error("a segment of an object key has 1 to {KEY_SEGMENT_BYTES_MAX} bytes, this one has {0}")]
    SegmentLength(usize),
    /// A character outside `a-z`, `0-9` and `-`.
    #[error("an object key is made of a-z, 0-9, '-' and '/', not of {0:?}")]
    Character(char),
}

impl ObjectKey {
    /// Checks a text and makes it a key.
    pub fn new(key: impl Into<String>) -> Result<Self, KeyError> {
        let key = key.into();
        check(&key)?;
        Ok(Self(key))
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn check(key: &str) -> Result<(), KeyError> {
    if key.is_empty() || key.len() > KEY_BYTES_MAX {
        return Err(KeyError::Length(key.len()));
    }
    let segments = key.split('/').count();
    if segments > KEY_SEGMENTS_MAX {
        return Err(KeyError::Segments(segments));
    }
    for segment in key.split('/') {
        if let Some(odd) = segment
            .chars()
            .find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-'))
        {
            return Err(KeyError::Character(odd));
        }
        if segment.is_empty() || segment.len() > KEY_SEGMENT_BYTES_MAX {
            return Err(KeyError::SegmentLength(segment.len()));
        }
    }
    Ok(())
}

impl TryFrom<String> for ObjectKey {
    type Error = KeyError;

    fn try_from(key: String) -> Result<Self, KeyError> {
        Self::new(key)
    }
}

impl From<ObjectKey> for String {
    fn from(key: ObjectKey) -> Self {
        key.0
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn server_made_keys_are_taken() {
        for key in ["a", "documents/0198-ab/7", "x/y", "x"] {
            assert_eq!(ObjectKey::new(key).map(String::from), Ok(key.to_owned()));
        }
    }

    #[test]
    fn odd_keys_are_refused() {
        let long_segment = "a".repeat(KEY_SEGMENT_BYTES_MAX + 1);
        let long = ["a"; KEY_BYTES_MAX].join("/");
        let odd = [
            "",
            "/",
            "/a",
            "a/",
            "a//b",
            "..",
            "../x",
            "a/../b",
            "a\\b",
            "a%2fb",
            "a\0b",
            "A",
            "é",
            "e\u{301}",
            "a b",
            "a.b",
            "~",
            &long_segment,
            &long,
        ];
        for key in odd {
            assert!(ObjectKey::new(key).is_err(), "{key:?} was taken");
        }
    }
}
