//! Bodies: JSON in, checked for depth first, and JSON out, without nulls.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::refusal::Refusal;

/// Deeper JSON is refused before it is read; the deepest request of SWF has 6 levels.
const DEPTH_MAX: usize = 32;

/// Reads a request.
pub(super) fn read<R: DeserializeOwned>(body: &[u8]) -> Result<R, Refusal> {
    if is_too_deep(body) {
        let message = format!("The request is nested deeper than {DEPTH_MAX} levels");
        return Err(Refusal::Serialization(message));
    }
    serde_json::from_slice(body).map_err(|error| Refusal::Serialization(error.to_string()))
}

/// Writes an answer. Absent optional members are left out.
pub(super) fn write(answer: &impl Serialize) -> Result<Vec<u8>, Refusal> {
    let written = serde_json::to_vec(answer);
    let written =
        written.map_err(|error| Refusal::Internal(format!("The answer can't be written: {error}")))?;
    Ok(without_nulls(&written))
}

/// Writes a fault.
pub(super) fn fault(code: &str, message: &str) -> Vec<u8> {
    let fault: Value = json!({ "__type": code, "message": message });
    fault.to_string().into_bytes()
}

/// Whether brackets outside of strings are nested too deeply. Wrong JSON is left to the reader.
fn is_too_deep(body: &[u8]) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0usize, false, false);
    for byte in body {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH_MAX {
            return true;
        }
    }
    false
}

/// JSON without spaces, less the members of objects that are null. It is done on what is written: a tree of values to
/// take them out of would cost more than all the rest of an answer.
fn without_nulls(json: &[u8]) -> Vec<u8> {
    const NULL: &[u8] = b":null";
    let mut kept = Vec::with_capacity(json.len());
    let (mut at, mut string_begins) = (0, 0);
    while let Some(&byte) = json.get(at) {
        if byte == b'"' {
            string_begins = kept.len();
            let string = string_bytes(&json[at..]);
            kept.extend_from_slice(&json[at..at + string]);
            at += string;
        } else if json[at..].starts_with(NULL) {
            kept.truncate(string_begins);
            at += NULL.len();
            match json.get(at) {
                Some(b',') => at += 1,
                _ if kept.last() == Some(&b',') => drop(kept.pop()),
                _ => {}
            }
        } else {
            kept.push(byte);
            at += 1;
        }
    }
    kept
}

/// How long the string is that the JSON begins with, with its quotes.
fn string_bytes(json: &[u8]) -> usize {
    let mut at = 1;
    while let Some(byte) = json.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    json.len()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use proptest::prelude::*;

    use super::*;
    use crate::model;

    #[test]
    fn depth_counts_brackets_outside_of_strings() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(!is_too_deep(nested(DEPTH_MAX).as_bytes()));
        assert!(is_too_deep(nested(DEPTH_MAX + 1).as_bytes()));
        let text = format!(r#"["\"{}"]"#, "[".repeat(100));
        assert!(!is_too_deep(text.as_bytes()));
        assert!(read::<Value>(nested(100_000).as_bytes()).is_err());
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let text = r#"[a:,{}\[\]"\\nul]{0,8}"#;
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<i64>().prop_map(Value::from),
            text.prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(text, inner, 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn absent_members_are_left_out(json in any_json()) {
            let written = write(&json).unwrap();
            let read: Value = serde_json::from_slice(&written).unwrap();
            prop_assert_eq!(read, model::without_nulls(json));
        }
    }
}
