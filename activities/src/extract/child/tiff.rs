//! The pages of a TIFF file. The image decoder only reads the first; the file's header says which one that is.

/// Where the header holds the position of the first directory.
const FIRST: usize = 4;
const ENTRY_BYTES: usize = 12;

/// The positions of all directories, each of which is a page. Empty for BigTIFF, whose first page is read as it is.
pub(super) fn directories(bytes: &[u8], max: u32) -> Vec<u32> {
    let mut found = Vec::new();
    let mut next = if number::<2>(bytes, 2) == Some(42) {
        number::<4>(bytes, FIRST)
    } else {
        None
    };
    while let Some(position) = next.filter(|&position| position != 0) {
        // A chain that comes back to itself ends there.
        if found.len() >= max as usize || found.contains(&position) {
            break;
        }
        found.push(position);
        next = number::<2>(bytes, position as usize)
            .and_then(|entries| number::<4>(bytes, position as usize + 2 + entries as usize * ENTRY_BYTES));
    }
    found
}

/// Makes a directory the first, so that the decoder reads its page.
pub(super) fn put_first(bytes: &mut [u8], directory: u32) {
    let value = if bytes.starts_with(b"II") {
        directory.to_le_bytes()
    } else {
        directory.to_be_bytes()
    };
    bytes[FIRST..FIRST + 4].copy_from_slice(&value);
}

fn number<const N: usize>(bytes: &[u8], at: usize) -> Option<u32> {
    let digits = bytes.get(at..at.checked_add(N)?)?.iter();
    let add = |value: u32, byte: &u8| value << 8 | u32::from(*byte);
    Some(if bytes.starts_with(b"II") {
        digits.rev().fold(0, add)
    } else {
        digits.fold(0, add)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chain_of_pages_is_followed_and_ends() {
        // Two directories without entries; the second points back to the first.
        let mut bytes = b"II*\0\x08\0\0\0\0\0\x0e\0\0\0\0\0\x08\0\0\0".to_vec();
        assert_eq!(directories(&bytes, 10), [8, 14]);
        assert_eq!(directories(&bytes, 1), [8]);
        put_first(&mut bytes, 14);
        assert_eq!(directories(&bytes, 10), [14, 8]);
        assert!(directories(b"MM\0\x2b\0\x08\0\0", 10).is_empty());
    }
}
