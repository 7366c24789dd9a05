//! Optical character recognition with tesseract.
//!
//! Tesseract aborts the process when it cannot allocate. Only raw pixels of checked size come here, never a file.

use image::GrayImage;
use tesseract::{PageSegMode, Tesseract};

use super::{
    super::{Page, PageSource},
    ExtractError,
};

/// Taken for granted where a picture does not say; tesseract only uses it to judge sizes.
const USUAL_DOTS_PER_INCH: u32 = 300;
/// Below this confidence tesseract has seen letters in a photograph.
const MIN_CONFIDENCE: u8 = 30;
/// How much a pixel differs from the paper to count as ink.
const INK_CONTRAST: u8 = 48;
/// One inked pixel in so many is dust: on A4 at 300 dots per inch 87 pixels, less than one letter.
const DUST: u64 = 100_000;

/// What was read from a picture.
pub(super) struct Read {
    text: String,
    source: PageSource,
    confidence: Option<u8>,
}

impl Read {
    pub(super) fn into_page(self, number: u32) -> Page {
        Page {
            number,
            text: self.text,
            source: self.source,
            confidence: self.confidence,
        }
    }
}

/// Reads the text in a picture.
pub(super) fn read(
    image: &GrayImage,
    dots_per_inch: Option<u32>,
    languages: &str,
) -> Result<Read, ExtractError> {
    if is_blank(image) {
        return Ok(Read {
            text: String::new(),
            source: PageSource::Blank,
            confidence: None,
        });
    }
    let side = |length: u32| {
        i32::try_from(length).map_err(|_| ExtractError::too_large("pixels on a side", i32::MAX as u64))
    };
    let (width, height) = (side(image.width())?, side(image.height())?);
    let mut tesseract = Tesseract::new(None, Some(languages)).map_err(|error| {
        ExtractError::Unavailable(format!(
            "tesseract has no data for the language {languages:?}: {error}"
        ))
    })?;
    tesseract.set_page_seg_mode(PageSegMode::PsmAuto);
    let mut tesseract = tesseract
        .set_frame(image.as_raw(), width, height, 1, width)
        .map_err(ExtractError::corrupt)?
        .set_source_resolution(side(dots_per_inch.unwrap_or(USUAL_DOTS_PER_INCH))?)
        .recognize()
        .map_err(|error| ExtractError::Crashed(error.to_string()))?;
    let text = tesseract
        .get_text()
        .map_err(|error| ExtractError::Crashed(error.to_string()))?;
    let confidence = u8::try_from(tesseract.mean_text_conf()).unwrap_or(0).min(100);
    if text.trim().is_empty() || confidence < MIN_CONFIDENCE {
        return Ok(Read {
            text: String::new(),
            source: PageSource::Nothing,
            confidence: Some(confidence),
        });
    }
    Ok(Read {
        text,
        source: PageSource::Ocr,
        confidence: Some(confidence),
    })
}

/// Whether there is nothing but paper and dust.
fn is_blank(image: &GrayImage) -> bool {
    let mut histogram = [0u64; 256];
    image
        .as_raw()
        .iter()
        .for_each(|&grey| histogram[usize::from(grey)] += 1);
    let total: u64 = histogram.iter().sum();
    let paper = (0..=u8::MAX)
        .max_by_key(|&grey| histogram[usize::from(grey)])
        .unwrap_or(u8::MAX);
    let ink: u64 = (0..=u8::MAX)
        .filter(|grey| grey.abs_diff(paper) > INK_CONTRAST)
        .map(|grey| histogram[usize::from(grey)])
        .sum();
    ink <= total / DUST
}

#[cfg(test)]
mod tests {
    use image::Luma;

    use super::*;

    #[test]
    fn paper_and_dust_are_blank() {
        let mut page = GrayImage::from_pixel(1000, 1000, Luma([250]));
        page.put_pixel(5, 5, Luma([0]));
        assert!(is_blank(&page));
        (100..140).for_each(|x| page.put_pixel(x, 9, Luma([20])));
        assert!(!is_blank(&page));
    }
}
