//! What one document may cost. Every limit of the extraction stands here.

use std::time::Duration;

use serde::{Deserialize, Serialize};

const MIB: u64 = 1 << 20;

/// What one document may cost. The defaults suit a machine with 2 GiB for each extraction at a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Address space of a child and of each program it starts, in bytes.
    pub memory_bytes: u64,
    /// Processor time of a child and of each program it starts, in seconds.
    pub cpu_seconds: u64,
    /// Wall-clock time of one attempt: a PDF engine over the whole document, OCR over one page, any other document.
    pub attempt_seconds: u64,
    /// Wall-clock time of all attempts on one document together.
    pub document_seconds: u64,
    /// Size of the file, in bytes.
    pub input_bytes: u64,
    /// Text taken from one document by one reader, in bytes of UTF-8. What exceeds it is cut off.
    pub text_bytes: u64,
    /// Pages, slides, sheets or chapters read. What exceeds it is cut off.
    pub pages: u32,
    /// Pages of one document that are read by OCR.
    pub ocr_pages: u32,
    /// Pages of one document that are read by OCR at the same time, each in its own process.
    pub ocr_parallel: usize,
    /// Pixels of an image, checked before it is decoded.
    pub image_pixels: u64,
    /// Bytes that a compressed container (docx, xlsx, epub, ...) may unpack to.
    pub unpacked_bytes: u64,
    /// Open files of a child.
    pub open_files: u64,
    /// The longer side of a thumbnail, in pixels.
    pub thumbnail_pixels: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_bytes: 1536 * MIB,
            cpu_seconds: 60,
            attempt_seconds: 60,
            document_seconds: 900,
            input_bytes: 512 * MIB,
            text_bytes: 16 * MIB,
            pages: 5_000,
            ocr_pages: 500,
            ocr_parallel: 2,
            image_pixels: 100_000_000,
            unpacked_bytes: 256 * MIB,
            open_files: 64,
            thumbnail_pixels: 400,
        }
    }
}

impl Limits {
    pub(super) fn attempt(&self) -> Duration {
        Duration::from_secs(self.attempt_seconds)
    }

    pub(super) fn document(&self) -> Duration {
        Duration::from_secs(self.document_seconds)
    }

    /// The most that a child may write to its parent: its text, escaped, and a thumbnail.
    pub(super) fn output_bytes(&self) -> u64 {
        let thumbnail = u64::from(self.thumbnail_pixels).pow(2) * 8;
        2 * self.text_bytes + thumbnail + MIB
    }
}
