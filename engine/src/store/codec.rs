//! The storage format of a commit's events: compact, versioned, readable for ever.
//!
//! First byte: the format. Later formats get a new number and keep a decoder for the old ones; the tests hold one row
//! of each. postcard carries no names, so within a format fields and variants are append-only and never reordered.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::model::{Event, EventAttributes, EventId, Message, Recipient, Timestamp};

/// postcard.
const PLAIN: u8 = 1;
/// LZ4 block of the same postcard, its size before it.
const LZ4: u8 = 2;
/// From this size on compression is worth its time: such rows would otherwise go to TOAST.
const COMPRESS_FROM_BYTES: usize = 2_000;
/// Most rows are no larger.
const USUAL_ROW_BYTES: usize = 512;
/// The largest row that is decoded; a larger one is corrupt.
const MAX_ROW_BYTES: usize = 256 << 20;

/// A stored row that can't be read: written by a newer program, or damaged.
#[derive(Debug, thiserror::Error)]
#[error("a stored row can't be decoded ({0}): it is damaged or was written by a newer version")]
pub struct CorruptRow(String);

#[derive(Serialize)]
struct RowOut<'a> {
    nonce: u32,
    first_at: Timestamp,
    events: Vec<(u64, &'a EventAttributes)>,
}

#[derive(Deserialize)]
struct RowIn {
    #[expect(
        dead_code,
        reason = "tells two nodes' equal commits apart; compared as bytes, never read"
    )]
    nonce: u32,
    first_at: Timestamp,
    events: Vec<(u64, EventAttributes)>,
}

/// Encodes the events of one commit. `nonce` differs between commits, so that equal bytes mean the same commit.
pub fn encode_events(events: &[Event], nonce: u32) -> Vec<u8> {
    let first_at = events.first().map_or(Timestamp(0), |event| event.at);
    let events = events
        .iter()
        .map(|event| ((event.at.0 - first_at.0) as u64, &event.attributes))
        .collect();
    encode(&RowOut {
        nonce,
        first_at,
        events,
    })
}

/// Decodes the events of one commit, the first of which has the id `first`.
///
/// # Errors
/// [`CorruptRow`] when the row is damaged or of an unknown format.
pub fn decode_events(row: &[u8], first: EventId) -> Result<Vec<Event>, CorruptRow> {
    let row: RowIn = decode(row)?;
    let first_at = row.first_at;
    let event = |(number, (delta, attributes)): (usize, (u64, EventAttributes))| Event {
        id: first + number as u64,
        at: first_at.plus_millis(delta as i64),
        attributes,
    };
    Ok(row.events.into_iter().enumerate().map(event).collect())
}

/// Encodes a message and where it goes.
pub fn encode_message(recipient: &Recipient, message: &Message) -> Vec<u8> {
    encode(&(recipient, message))
}

/// Decodes a message and where it goes.
///
/// # Errors
/// [`CorruptRow`] when the row is damaged or of an unknown format.
pub fn decode_message(row: &[u8]) -> Result<(Recipient, Message), CorruptRow> {
    decode(row)
}

fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    let mut row = Vec::with_capacity(USUAL_ROW_BYTES);
    row.push(PLAIN);
    let plain = postcard::to_extend(value, row).expect("the model's types always serialise");
    if plain.len() < COMPRESS_FROM_BYTES {
        return plain;
    }
    let mut packed = vec![LZ4];
    packed.extend(lz4_flex::compress_prepend_size(&plain[1..]));
    if packed.len() < plain.len() { packed } else { plain }
}

fn decode<T: for<'de> Deserialize<'de>>(row: &[u8]) -> Result<T, CorruptRow> {
    let body = match row.split_first() {
        Some((&PLAIN, body)) => Cow::Borrowed(body),
        Some((&LZ4, packed)) => Cow::Owned(unpack(packed)?),
        Some((format, _)) => return Err(CorruptRow(format!("unknown format {format}"))),
        None => return Err(CorruptRow("empty".into())),
    };
    postcard::from_bytes(&body).map_err(|error| CorruptRow(error.to_string()))
}

fn unpack(packed: &[u8]) -> Result<Vec<u8>, CorruptRow> {
    let (size, body) =
        lz4_flex::block::uncompressed_size(packed).map_err(|error| CorruptRow(error.to_string()))?;
    if size > MAX_ROW_BYTES {
        return Err(CorruptRow(format!("claims {size} bytes")));
    }
    lz4_flex::decompress(body, size).map_err(|error| CorruptRow(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{MarkerRecorded, WorkflowExecutionCompleted};

    fn history() -> Vec<Event> {
        let marker = MarkerRecorded {
            marker_name: "m".into(),
            details: Some("d".repeat(3_000).into()),
            decision_task_completed_event_id: 4,
        };
        let closed = WorkflowExecutionCompleted {
            result: Some("7".into()),
            decision_task_completed_event_id: 4,
        };
        vec![
            Event {
                id: 5,
                at: Timestamp(1_000),
                attributes: marker.into(),
            },
            Event {
                id: 6,
                at: Timestamp(1_250),
                attributes: closed.into(),
            },
        ]
    }

    #[test]
    fn what_is_encoded_is_decoded() -> Result<(), CorruptRow> {
        let events = history();
        assert_eq!(decode_events(&encode_events(&events, 9), 5)?, events);
        assert_eq!(decode_events(&encode_events(&events[1..], 9), 6)?, events[1..]);
        Ok(())
    }

    #[test]
    fn large_rows_are_compressed_and_small_ones_are_not() {
        assert_eq!(encode_events(&history(), 0)[0], LZ4);
        assert_eq!(encode_events(&history()[1..], 0)[0], PLAIN);
    }

    #[test]
    fn rows_of_every_format_stay_readable() -> Result<(), CorruptRow> {
        // Written by the first version; never regenerate these.
        let plain = [1, 9, 196, 19, 1, 0, 2, 1, 1, 55, 4];
        assert_eq!(decode_events(&plain, 6)?, history()[1..]);
        Ok(())
    }

    #[test]
    fn damage_is_an_error() {
        for row in [
            &[][..],
            &[3, 1],
            &[1, 9, 196],
            &[2, 255, 255, 255, 255, 0],
            &[2, 1],
        ] {
            assert!(decode_events(row, 1).is_err(), "{row:?}");
        }
    }
}
