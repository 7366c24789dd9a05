//! Small pictures of first pages.

use std::{fs, io::Cursor, path::Path};

use ::image::{DynamicImage, ImageFormat};

use super::{super::Thumbnail, DocumentKind, ExtractError, Limits, image, poppler};

pub(super) fn draw(file: &Path, kind: DocumentKind, limits: &Limits) -> Result<Thumbnail, ExtractError> {
    let side = limits.thumbnail_pixels;
    let picture = match kind {
        DocumentKind::Pdf => poppler::draw_small(file, side)?,
        kind => shrink(
            image::decode(&fs::read(file).map_err(ExtractError::reading)?, kind, limits)?,
            side,
        ),
    };
    let mut png = Cursor::new(Vec::new());
    // One depth for all, so that a picture of 16 bits a channel does not make a thumbnail of these.
    let picture = if picture.color().has_alpha() {
        DynamicImage::from(picture.into_rgba8())
    } else {
        picture.into_rgb8().into()
    };
    picture
        .write_to(&mut png, ImageFormat::Png)
        .map_err(ExtractError::corrupt)?;
    Ok(Thumbnail {
        png: png.into_inner(),
        width: picture.width(),
        height: picture.height(),
    })
}

fn shrink(picture: DynamicImage, side: u32) -> DynamicImage {
    if picture.width() <= side && picture.height() <= side {
        picture
    } else {
        picture.thumbnail(side, side)
    }
}
