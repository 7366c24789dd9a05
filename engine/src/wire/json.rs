//! Bodies: JSON in, checked for depth first, and JSON out, without nulls.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::model::without_nulls;

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
    serde_json::to_value(answer)
        .and_then(|value| serde_json::to_vec(&without_nulls(value)))
        .map_err(|error| Refusal::Internal(format!("The answer can't be written: {error}")))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_counts_brackets_outside_of_strings() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(!is_too_deep(nested(DEPTH_MAX).as_bytes()));
        assert!(is_too_deep(nested(DEPTH_MAX + 1).as_bytes()));
        let text = format!(r#"["\"{}"]"#, "[".repeat(100));
        assert!(!is_too_deep(text.as_bytes()));
        assert!(read::<Value>(nested(100_000).as_bytes()).is_err());
    }
}
