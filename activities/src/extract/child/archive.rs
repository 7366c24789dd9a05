//! Zip containers under limits.

use std::{
    fs::File,
    io::{BufReader, Read},
    path::Path,
};

use zip::{ZipArchive, result::ZipError};

use super::{
    super::sniff::{kind_of_mimetype, kind_of_names},
    DocumentKind, ExtractError, Limits, text,
};

/// An entry that unpacks to more than this must not do so at more than [`MAX_RATIO`].
const RATIO_FROM_BYTES: u64 = 8 << 20;
/// XML of real documents packs to a tenth, a long empty table to a hundredth.
const MAX_RATIO: u64 = 250;
/// More entries than any document has.
const MAX_ENTRIES: usize = 100_000;

/// A document in a zip container.
pub(super) struct Package {
    zip: ZipArchive<BufReader<File>>,
    bytes_left: u64,
    limit: u64,
}

impl Package {
    /// Opens the container; refuses one that claims to unpack to more than allowed.
    pub(super) fn open(file: &Path, limits: &Limits) -> Result<Self, ExtractError> {
        let mut zip = open(file)?;
        let limit = limits.unpacked_bytes;
        if zip.len() > MAX_ENTRIES {
            return Err(ExtractError::too_large(
                "entries in the container",
                MAX_ENTRIES as u64,
            ));
        }
        let mut declared = 0u64;
        for index in 0..zip.len() {
            let entry = zip.by_index_raw(index).map_err(zip_error)?;
            check_ratio(entry.size(), entry.compressed_size())?;
            declared = declared.saturating_add(entry.size());
        }
        if declared > limit {
            return Err(ExtractError::too_large("unpacked bytes", limit));
        }
        Ok(Self {
            zip,
            bytes_left: limit,
            limit,
        })
    }

    /// The names of all entries, in the container's order.
    pub(super) fn names(&self) -> Vec<String> {
        self.zip
            .file_names()
            .filter_map(|name| name.ok().map(std::borrow::Cow::into_owned))
            .collect()
    }

    /// The text of an entry; `None` when there is none of that name.
    pub(super) fn read(&mut self, name: &str) -> Result<Option<String>, ExtractError> {
        let entry = match self.zip.by_name(name) {
            Ok(entry) => entry,
            Err(ZipError::FileNotFound) => return Ok(None),
            Err(error) => return Err(zip_error(error)),
        };
        let packed = entry.compressed_size();
        let mut bytes = Vec::new();
        // The declared size may be a lie: what counts is what comes out.
        entry
            .take(self.bytes_left + 1)
            .read_to_end(&mut bytes)
            .map_err(ExtractError::corrupt)?;
        let size = bytes.len() as u64;
        check_ratio(size, packed)?;
        self.bytes_left = self
            .bytes_left
            .checked_sub(size)
            .ok_or_else(|| ExtractError::too_large("unpacked bytes", self.limit))?;
        Ok(Some(text::decode(&bytes, None)))
    }

    /// The text of an entry without which the document is none.
    pub(super) fn require(&mut self, name: &str) -> Result<String, ExtractError> {
        self.read(name)?
            .ok_or_else(|| ExtractError::Corrupt(format!("it has no {name}")))
    }
}

/// The kind of document in a zip container, by its directory.
pub(super) fn identify(file: &Path) -> Result<DocumentKind, ExtractError> {
    let mut zip = open(file)?;
    let mut mimetype = Vec::new();
    if let Ok(entry) = zip.by_name("mimetype") {
        entry
            .take(256)
            .read_to_end(&mut mimetype)
            .map_err(ExtractError::corrupt)?;
    }
    let kind = kind_of_mimetype(&mimetype).unwrap_or_else(|| {
        let names: Vec<_> = zip.file_names().flatten().collect();
        kind_of_names(names.iter().map(AsRef::as_ref))
    });
    Ok(kind)
}

fn open(file: &Path) -> Result<ZipArchive<BufReader<File>>, ExtractError> {
    let file = File::open(file).map_err(ExtractError::reading)?;
    ZipArchive::new(BufReader::new(file)).map_err(zip_error)
}

fn check_ratio(size: u64, packed: u64) -> Result<(), ExtractError> {
    if size > RATIO_FROM_BYTES && size / packed.max(1) > MAX_RATIO {
        return Err(ExtractError::too_large(
            "bytes unpacked from each packed byte",
            MAX_RATIO,
        ));
    }
    Ok(())
}

fn zip_error(error: ZipError) -> ExtractError {
    match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) | ZipError::InvalidPassword => {
            ExtractError::Encrypted
        }
        ZipError::CompressionMethodNotSupported(method) => {
            ExtractError::Unsupported(format!("zip compression method {method}"))
        }
        error => ExtractError::corrupt(error),
    }
}
