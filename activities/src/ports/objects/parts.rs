//! Uploads in parts, of which an interrupted one goes on where it was: what a part is, how large parts are, and when all
//! of them are there.

use super::{ObjectError, ObjectKey, Objects};

/// The fewest bytes of a part, but for the last one. S3 takes 5 MiB and more.
pub const PART_BYTES_MIN: u64 = 8 << 20;
/// The most parts of an upload. S3 takes 10,000 and lists 1,000 at once.
pub const PARTS_MAX: u64 = 1_000;
/// Parts are of whole mebibytes.
const STEP_BYTES: u64 = 1 << 20;

/// An upload in parts.
#[derive(Clone, Copy, Debug)]
pub struct PartsUpload<'a> {
    /// The object that it will make.
    pub key: &'a ObjectKey,
    /// Its name, as the store gave it.
    pub name: &'a str,
}

/// A part that has arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its number, from 1.
    pub number: u32,
    /// Its length.
    pub bytes: u64,
    /// The store's tag of its content.
    pub etag: String,
}

/// How a file is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Bytes of the file.
    pub bytes: u64,
    /// Bytes of every part but the last.
    pub part_bytes: u64,
}

impl Cut {
    /// A file of so many bytes into as few parts as there may be.
    pub fn of(bytes: u64) -> Self {
        let part_bytes = bytes
            .div_ceil(PARTS_MAX)
            .next_multiple_of(STEP_BYTES)
            .max(PART_BYTES_MIN);
        Self { bytes, part_bytes }
    }

    /// How many parts there are.
    pub fn count(&self) -> u32 {
        u32::try_from(self.bytes.div_ceil(self.part_bytes)).unwrap_or(u32::MAX)
    }

    /// Bytes of the part with this number, from 1; none if there is none.
    pub fn bytes_of(&self, number: u32) -> Option<u64> {
        let begin = u64::from(number.checked_sub(1)?) * self.part_bytes;
        let left = self.bytes.checked_sub(begin)?;
        (left > 0).then(|| left.min(self.part_bytes))
    }

    /// Whether these parts are all of them, each as long as it has to be.
    pub fn is_complete(&self, parts: &[Part]) -> bool {
        let expected = (1..=self.count()).map(|number| (number, self.bytes_of(number)));
        expected.eq(parts.iter().map(|part| (part.number, Some(part.bytes))))
    }
}

/// Makes the object if all parts have arrived; false if some have not. Several may do this at once: all are told that it
/// is there.
///
/// # Errors
/// When the object store fails.
pub async fn join_if_complete(
    objects: &dyn Objects,
    upload: &PartsUpload<'_>,
    cut: &Cut,
) -> Result<bool, ObjectError> {
    let parts = objects.arrived_parts(upload).await?;
    let joined = match cut.is_complete(&parts) {
        true => objects.join_parts(upload, &parts).await.map(|()| true),
        false => Ok(false),
    };
    match joined {
        Ok(true) => Ok(true),
        // Somebody else may have joined them a moment before, and then they are no parts any more.
        not_joined => match objects.head(upload.key).await? {
            Some(_) => Ok(true),
            None => not_joined,
        },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LARGEST: u64 = 5 << 40;

    fn part(number: u32, bytes: u64) -> Part {
        Part {
            number,
            bytes,
            etag: String::new(),
        }
    }

    proptest! {
        #[test]
        fn the_parts_are_the_whole_file(bytes in 1..LARGEST) {
            let cut = Cut::of(bytes);
            let sizes: Vec<u64> = (1..).map_while(|number| cut.bytes_of(number)).collect();
            prop_assert_eq!(sizes.iter().sum::<u64>(), bytes);
            prop_assert_eq!(sizes.len(), cut.count() as usize);
            prop_assert!(sizes.len() as u64 <= PARTS_MAX);
            let parts: Vec<Part> = (1..).zip(&sizes).map(|(number, bytes)| part(number, *bytes)).collect();
            prop_assert!(cut.is_complete(&parts));
            prop_assert!(!cut.is_complete(&parts[1..]));
        }
    }

    #[test]
    fn a_part_of_another_length_is_not_the_part() {
        let cut = Cut::of(PART_BYTES_MIN + 1);
        assert!(cut.is_complete(&[part(1, PART_BYTES_MIN), part(2, 1)]));
        assert!(!cut.is_complete(&[part(1, PART_BYTES_MIN), part(2, 2)]));
        assert!(!cut.is_complete(&[part(2, 1), part(1, PART_BYTES_MIN)]));
        assert_eq!((cut.bytes_of(0), cut.bytes_of(3)), (None, None));
    }
}
