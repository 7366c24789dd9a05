//! Run ids as deciders write them.

use std::fmt;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use super::{RunId, Text};

/// Bytes of a run id in storage.
const ID_BYTES: usize = 16;

/// The run that a decision is for. To deciders run ids are opaque texts: one that can't be an id of ours names no run,
/// and is shown as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RunName {
    /// A run, or none.
    Id(RunId),
    /// Any other text; no run.
    Other(Text),
}

impl RunName {
    /// The run id, if it can be one.
    pub fn id(&self) -> Option<RunId> {
        match self {
            RunName::Id(run_id) => Some(*run_id),
            RunName::Other(_) => None,
        }
    }
}

impl From<RunId> for RunName {
    fn from(run_id: RunId) -> Self {
        RunName::Id(run_id)
    }
}

impl From<&str> for RunName {
    fn from(text: &str) -> Self {
        // Only as we write ids ourselves, so that each is shown as it was written.
        match text.parse::<RunId>() {
            Ok(run_id) if run_id.to_string() == text => RunName::Id(run_id),
            _ => RunName::Other(text.into()),
        }
    }
}

impl fmt::Display for RunName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RunName::Id(run_id) => run_id.fmt(f),
            RunName::Other(text) => f.write_str(text),
        }
    }
}

impl Serialize for RunName {
    /// In storage an id has 16 bytes. A text of 16 bytes gets one more, zero, which no text contains.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return serializer.collect_str(self);
        }
        match self {
            RunName::Id(run_id) => run_id.serialize(serializer),
            RunName::Other(text) if text.len() == ID_BYTES => {
                serializer.serialize_bytes(format!("{text}\0").as_bytes())
            }
            RunName::Other(text) => serializer.serialize_bytes(text.as_bytes()),
        }
    }
}

impl<'de> Deserialize<'de> for RunName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            String::deserialize(deserializer).map(|text| RunName::from(text.as_str()))
        } else {
            deserializer.deserialize_bytes(Stored)
        }
    }
}

/// Reads the form that storage has.
struct Stored;

impl Visitor<'_> for Stored {
    type Value = RunName;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a run id")
    }

    fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<RunName, E> {
        if let Ok(id) = <[u8; ID_BYTES]>::try_from(bytes) {
            return Ok(RunName::Id(RunId(Uuid::from_bytes(id))));
        }
        let text = std::str::from_utf8(bytes).map_err(E::custom)?;
        Ok(RunName::Other(text.trim_end_matches('\0').into()))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn every_text_comes_back_as_it_was_written() {
        let id = RunId(Uuid::from_u128(7));
        assert_eq!(RunName::from(id.to_string().as_str()), RunName::Id(id));
        let stored = postcard::to_stdvec(&RunName::Id(id)).unwrap();
        assert_eq!(
            stored,
            postcard::to_stdvec(&id).unwrap(),
            "as before there were other texts"
        );
        for text in [
            id.to_string(),
            id.0.hyphenated().to_string(),
            "r".to_owned(),
            "exactly sixteen!".to_owned(),
            "a text of seventeen".to_owned(),
        ] {
            let name = RunName::from(text.as_str());
            assert_eq!(name.to_string(), text);
            let stored = postcard::to_stdvec(&name).unwrap();
            assert_eq!(postcard::from_bytes::<RunName>(&stored).unwrap(), name);
            let json = serde_json::to_string(&name).unwrap();
            assert_eq!(json, format!("{text:?}"));
            assert_eq!(serde_json::from_str::<RunName>(&json).unwrap(), name);
        }
    }
}
