//! Strangers' pictures: opened within limits, and made anew from their pixels.
//!
//! The kind is read from the bytes, the size in pixels before anything is decoded, and the decoder's
//! memory is bounded. What is made holds pixels only: no place, no camera, no second picture, and
//! nothing that stood behind the end.

use std::{
    io::{BufRead, Cursor, Seek},
    sync::Arc,
};

use image::{
    DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits,
    codecs::jpeg::JpegEncoder, imageops::FilterType, metadata::Orientation,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::ServiceError;

/// Pictures that are decoded at once; each takes four bytes a pixel and a while.
const AT_ONCE: usize = 1;

/// Whose turn it is to decode; one for the whole server, because memory is what it costs.
#[derive(Clone)]
pub(super) struct Turns(Arc<Semaphore>);

impl Turns {
    pub(super) fn new() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }

    /// Waits for a turn. Those who wait are bounded by those who may upload.
    pub(super) async fn take(&self) -> Result<OwnedSemaphorePermit, ServiceError> {
        let turn = self.0.clone().acquire_owned().await;
        turn.map_err(|_| ServiceError::Overloaded)
    }
}

/// Why a picture is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// Not of a kind that was asked for.
    Kind,
    /// Damaged, or something else under a picture's first bytes.
    Unreadable,
    /// More pixels than are decoded here.
    TooManyPixels,
}

impl From<ImageError> for Wrong {
    fn from(error: ImageError) -> Self {
        match error {
            ImageError::Limits(_) => Self::TooManyPixels,
            _ => Self::Unreadable,
        }
    }
}

/// A picture whose head was read and nothing more.
pub(super) struct Opened<D> {
    decoder: D,
    /// What it is.
    pub format: ImageFormat,
    /// Pixels from side to side, as it is stored.
    pub width: u32,
    /// Pixels from top to bottom, as it is stored.
    pub height: u32,
}

/// Opens a picture of one of these kinds.
pub(super) fn open<'a, R: BufRead + Seek + 'a>(
    from: R,
    kinds: &[ImageFormat],
    pixels_max: u64,
) -> Result<Opened<Box<dyn ImageDecoder + 'a>>, Wrong> {
    let mut reader = ImageReader::new(from)
        .with_guessed_format()
        .map_err(|_| Wrong::Unreadable)?;
    let format = reader.format().filter(|it| kinds.contains(it));
    let format = format.ok_or(Wrong::Kind)?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(pixels_max.saturating_mul(4));
    reader.limits(limits);
    let decoder = reader.into_decoder()?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > pixels_max {
        return Err(Wrong::TooManyPixels);
    }
    Ok(Opened {
        decoder: Box::new(decoder),
        format,
        width,
        height,
    })
}

impl<D: ImageDecoder> Opened<D> {
    /// The pixels, and how they must be turned to stand upright.
    pub(super) fn read(mut self) -> Result<(DynamicImage, Orientation), Wrong> {
        let turned = self.decoder.orientation();
        let orientation = turned.unwrap_or(Orientation::NoTransforms);
        Ok((DynamicImage::from_decoder(self.decoder)?, orientation))
    }
}

/// A picture as a JPEG of this quality (percent).
pub(super) fn jpeg(picture: &DynamicImage, quality: u8) -> Result<Vec<u8>, Wrong> {
    let mut jpeg = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut jpeg, quality);
    picture.write_with_encoder(encoder)?;
    Ok(jpeg)
}

/// A picture as a PNG, as it is.
pub(super) fn png(picture: &DynamicImage) -> Result<Vec<u8>, Wrong> {
    let mut png = Cursor::new(Vec::new());
    picture.write_to(&mut png, ImageFormat::Png)?;
    Ok(png.into_inner())
}

/// No side longer than this, never larger than before, in the same proportions.
pub(super) fn within(picture: DynamicImage, side: u32) -> DynamicImage {
    let longest = picture.width().max(picture.height());
    match longest {
        it if it <= side => picture,
        // Close to the size in one cheap step, before anything is copied again.
        it if it > 4 * side => {
            picture
                .thumbnail(2 * side, 2 * side)
                .resize(side, side, FilterType::CatmullRom)
        }
        _ => picture.resize(side, side, FilterType::CatmullRom),
    }
}

/// Whether anything shines through.
pub(super) fn shines_through(picture: &DynamicImage) -> bool {
    picture.color().has_alpha() && picture.to_rgba8().pixels().any(|it| it.0[3] < 255)
}

/// What shines through becomes white, not black.
pub(super) fn on_white(picture: &DynamicImage) -> DynamicImage {
    if !picture.color().has_alpha() {
        return DynamicImage::ImageRgb8(picture.to_rgb8());
    }
    let mut out = image::RgbImage::new(picture.width(), picture.height());
    for (to, from) in out.pixels_mut().zip(picture.to_rgba8().pixels()) {
        let [red, green, blue, alpha] = from.0.map(u32::from);
        let over = |colour: u32| ((colour * alpha + 255 * (255 - alpha)) / 255) as u8;
        to.0 = [red, green, blue].map(over);
    }
    DynamicImage::ImageRgb8(out)
}

/// A picture that a test drew, as somebody would upload it.
#[cfg(test)]
pub(super) fn encoded(picture: image::RgbaImage, format: ImageFormat) -> Vec<u8> {
    let picture = DynamicImage::from(picture);
    let picture = match format {
        ImageFormat::Jpeg => DynamicImage::ImageRgb8(picture.to_rgb8()),
        _ => picture,
    };
    let mut out = Cursor::new(Vec::new());
    picture.write_to(&mut out, format).unwrap();
    out.into_inner()
}
