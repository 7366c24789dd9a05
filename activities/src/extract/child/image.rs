//! Pictures: decoded under limits, the right way up, read by OCR.

use std::{fs, io::Cursor, path::Path};

use ::image::{
    DynamicImage, GrayImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Luma, imageops::FilterType,
};

use super::{DocumentKind, ExtractError, Limits, Report, ocr, tiff};

/// Pictures are reduced to this before OCR, which gains nothing from more: A4 at 600 dots per inch.
const OCR_PIXELS: f64 = 35e6;
/// Pictures below this are enlarged, for OCR wants letters at least 20 pixels high: a page at 130 dots per inch.
const SMALL_PIXELS: f64 = 1.6e6;
const ENLARGE: f64 = 2.0;
/// What a decoder may use, as a share of the address space.
const DECODER_MEMORY_SHARE: u64 = 2;

/// Reads every page of a picture; all formats but TIFF have one.
pub(super) fn read(
    file: &Path,
    kind: DocumentKind,
    limits: &Limits,
    languages: &str,
    report: &mut Report,
) -> Result<(), ExtractError> {
    let mut bytes = fs::read(file).map_err(ExtractError::reading)?;
    let directories = if kind == DocumentKind::Tiff {
        tiff::directories(&bytes, limits.pages)
    } else {
        Vec::new()
    };
    let count = report.total(directories.len().max(1));
    for number in 1..=count {
        if let Some(&directory) = directories.get(number as usize - 1) {
            tiff::put_first(&mut bytes, directory);
        }
        let image = prepare(decode(&bytes, kind, limits)?);
        if !report.page(ocr::read(&image, None, languages)?.into_page(number)) {
            break;
        }
    }
    Ok(())
}

/// Decodes a picture whose header promises an acceptable size, and turns it the right way up.
pub(super) fn decode(
    bytes: &[u8],
    kind: DocumentKind,
    limits: &Limits,
) -> Result<DynamicImage, ExtractError> {
    let format = match kind {
        DocumentKind::Png => ImageFormat::Png,
        DocumentKind::Jpeg => ImageFormat::Jpeg,
        DocumentKind::Tiff => ImageFormat::Tiff,
        DocumentKind::Gif => ImageFormat::Gif,
        DocumentKind::Webp => ImageFormat::WebP,
        DocumentKind::Bmp => ImageFormat::Bmp,
        kind => return Err(ExtractError::Unsupported(kind.to_string())),
    };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut memory = ::image::Limits::no_limits();
    memory.max_alloc = Some(limits.memory_bytes / DECODER_MEMORY_SHARE);
    reader.limits(memory);
    let mut decoder = reader
        .into_decoder()
        .map_err(|error| image_error(error, limits))?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > limits.image_pixels {
        return Err(ExtractError::too_large(
            format!("pixels ({width} x {height})"),
            limits.image_pixels,
        ));
    }
    let memory_limit = limits.memory_bytes / DECODER_MEMORY_SHARE;
    if decoder.total_bytes() > memory_limit {
        return Err(ExtractError::too_large("bytes of decoded picture", memory_limit));
    }
    let orientation = decoder
        .orientation()
        .map_err(|error| image_error(error, limits))?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(|error| image_error(error, limits))?;
    image.apply_orientation(orientation);
    Ok(image)
}

/// Grey on white, in a size that suits OCR.
fn prepare(image: DynamicImage) -> GrayImage {
    let (width, height) = (image.width(), image.height());
    let pixels = f64::from(width) * f64::from(height);
    let scaled = |length: u32, factor: f64| ((f64::from(length) * factor) as u32).max(1);
    if pixels > OCR_PIXELS {
        let factor = (OCR_PIXELS / pixels).sqrt();
        return flatten(image.thumbnail_exact(scaled(width, factor), scaled(height, factor)));
    }
    let grey = flatten(image);
    if pixels >= SMALL_PIXELS {
        return grey;
    }
    ::image::imageops::resize(
        &grey,
        scaled(width, ENLARGE),
        scaled(height, ENLARGE),
        FilterType::Triangle,
    )
}

/// Puts what is transparent on white paper: the colour below it is often black, like the letters.
fn flatten(image: DynamicImage) -> GrayImage {
    if !image.color().has_alpha() {
        return image.into_luma8();
    }
    let with_alpha = image.into_luma_alpha8();
    GrayImage::from_fn(with_alpha.width(), with_alpha.height(), |x, y| {
        let [grey, alpha] = with_alpha.get_pixel(x, y).0.map(u16::from);
        let mixed = (grey * alpha + 255 * (255 - alpha)) / 255;
        Luma([u8::try_from(mixed).unwrap_or(u8::MAX)])
    })
}

fn image_error(error: ImageError, limits: &Limits) -> ExtractError {
    match error {
        ImageError::Limits(_) => ExtractError::too_large(
            "bytes to decode the picture",
            limits.memory_bytes / DECODER_MEMORY_SHARE,
        ),
        ImageError::Unsupported(error) => ExtractError::Unsupported(error.to_string()),
        error => ExtractError::corrupt(error),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use ::image::{Rgb, RgbImage, Rgba, RgbaImage};

    use super::*;

    fn encoded(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        image.into().write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn size_is_checked_before_anything_is_decoded() {
        let limits = Limits {
            image_pixels: 99,
            ..Limits::default()
        };
        let image = RgbImage::from_pixel(10, 10, Rgb([255, 255, 255]));
        for (format, kind) in [
            (ImageFormat::Png, DocumentKind::Png),
            (ImageFormat::Gif, DocumentKind::Gif),
            (ImageFormat::Tiff, DocumentKind::Tiff),
            (ImageFormat::Bmp, DocumentKind::Bmp),
        ] {
            let mut bytes = encoded(image.clone(), format);
            assert_eq!(decode(&bytes, kind, &limits).unwrap_err().code(), "too_large");
            assert_eq!(decode(&bytes, kind, &Limits::default()).unwrap().width(), 10);
            bytes.truncate(bytes.len() / 3);
            assert_eq!(
                decode(&bytes, kind, &Limits::default()).unwrap_err().code(),
                "corrupt",
                "{kind}"
            );
        }
    }

    #[test]
    fn transparent_is_white() {
        let image = RgbaImage::from_pixel(3, 3, Rgba([0, 0, 0, 0]));
        assert_eq!(flatten(image.into()).get_pixel(1, 1).0, [255]);
    }
}
