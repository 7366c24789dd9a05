//! Payloads are JSON texts: inputs, results, signals, details.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::model::Data;

/// A payload could not be written or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PayloadError {
    /// The value has no JSON form (a map whose keys are no strings, a failing `Serialize`).
    #[error("{what} can't be written as JSON: {message}")]
    Unwritable {
        /// Which payload.
        what: &'static str,
        /// What the serializer said.
        message: String,
    },
    /// The text is not JSON of the expected type: sender and receiver disagree on it.
    #[error("{what} is not what was expected: {message}")]
    Unreadable {
        /// Which payload.
        what: &'static str,
        /// What the deserializer said.
        message: String,
    },
    /// The text is longer than the engine takes. Keep large things elsewhere and pass a key.
    #[error("{what} has {chars} characters, {limit} are allowed: keep it elsewhere and pass a key")]
    TooLarge {
        /// Which payload.
        what: &'static str,
        /// Its length.
        chars: usize,
        /// The limit.
        limit: usize,
    },
}

impl PayloadError {
    /// The stable code of this failure, as it is written to histories.
    pub fn reason(&self) -> &'static str {
        match self {
            PayloadError::Unwritable { .. } => "unwritable_payload",
            PayloadError::Unreadable { .. } => "unreadable_payload",
            PayloadError::TooLarge { .. } => "payload_too_large",
        }
    }
}

/// Writes a payload of at most `limit` characters.
pub(super) fn write<T: Serialize>(what: &'static str, value: &T, limit: usize) -> Result<Data, PayloadError> {
    let text = serde_json::to_string(value).map_err(|error| PayloadError::Unwritable {
        what,
        message: error.to_string(),
    })?;
    // Bytes bound characters from above, so the count is only needed near the limit.
    if text.len() > limit {
        let chars = text.chars().count();
        if chars > limit {
            return Err(PayloadError::TooLarge { what, chars, limit });
        }
    }
    Ok(text.into())
}

/// Reads a payload; an absent one reads as `null`.
pub(super) fn read<T: DeserializeOwned>(what: &'static str, data: Option<&Data>) -> Result<T, PayloadError> {
    serde_json::from_str(data.map_or("null", |data| data)).map_err(|error| PayloadError::Unreadable {
        what,
        message: error.to_string(),
    })
}

/// The first `limit` characters of a text for people, as the engine takes it: it stores no U+0000.
pub(super) fn plain<T: for<'a> From<&'a str> + From<String>>(text: &str, limit: usize) -> T {
    let cut = match text.char_indices().nth(limit) {
        Some((end, _)) => &text[..end],
        None => text,
    };
    if cut.contains('\0') {
        cut.replace('\0', "\u{fffd}").into()
    } else {
        cut.into()
    }
}
