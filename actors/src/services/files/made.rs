//! A picture of a conversation, made anew: one to look at, and a small one for the thread.

use std::io::{BufRead, Seek};

use image::{DynamicImage, ImageFormat};
use parlor_domain::file::PictureFormat;

use crate::services::pixels::{self, Wrong};

/// Longest side of what is kept, pixels.
const SIDE: u32 = 2_560;
/// Longest side of what a thread shows, pixels: a bubble on a fine screen.
const SIDE_SMALL: u32 = 640;
/// Quality of a JPEG, percent.
const QUALITY: u8 = 86;
/// A drawing that is larger than this as PNG is none, bytes.
const PNG_BYTES_MAX: usize = 2 * 1024 * 1024;
/// What comes in. Of pictures that move the first one is kept.
const KINDS: [ImageFormat; 4] = [
    ImageFormat::Jpeg,
    ImageFormat::Png,
    ImageFormat::WebP,
    ImageFormat::Gif,
];

/// What became of a picture.
pub(super) struct Made {
    /// Width and height of the one to look at, pixels.
    pub size: (u32, u32),
    /// How it is kept.
    pub format: PictureFormat,
    /// The one to look at.
    pub large: Vec<u8>,
    /// The small one, a JPEG.
    pub small: Vec<u8>,
}

/// What the name of such a picture ends with.
pub(super) fn kind(format: PictureFormat) -> &'static str {
    match format {
        PictureFormat::Jpeg => "jpg",
        PictureFormat::Png => "png",
    }
}

/// Makes both from whatever came in.
pub(super) fn from(upload: impl BufRead + Seek, pixels_max: u64) -> Result<Made, Wrong> {
    let opened = pixels::open(upload, &KINDS, pixels_max)?;
    let drawn = matches!(opened.format, ImageFormat::Png | ImageFormat::Gif);
    let (picture, orientation) = opened.read()?;
    let mut picture = pixels::within(picture, SIDE);
    picture.apply_orientation(orientation);
    let (format, large) = encoded(&picture, drawn)?;
    let size = (picture.width(), picture.height());
    let small = pixels::on_white(&pixels::within(picture, SIDE_SMALL));
    Ok(Made {
        size,
        format,
        large,
        small: pixels::jpeg(&small, QUALITY)?,
    })
}

fn encoded(picture: &DynamicImage, drawn: bool) -> Result<(PictureFormat, Vec<u8>), Wrong> {
    if drawn || pixels::shines_through(picture) {
        let deep = match picture.color().has_alpha() {
            true => DynamicImage::ImageRgba8(picture.to_rgba8()),
            false => DynamicImage::ImageRgb8(picture.to_rgb8()),
        };
        let png = pixels::png(&deep)?;
        if png.len() <= PNG_BYTES_MAX {
            return Ok((PictureFormat::Png, png));
        }
    }
    let flat = pixels::on_white(picture);
    Ok((PictureFormat::Jpeg, pixels::jpeg(&flat, QUALITY)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{GenericImageView, Rgba, RgbaImage, codecs::jpeg::JpegEncoder};
    use std::io::Cursor;

    fn drawn(width: u32, height: u32, alpha: u8, format: ImageFormat) -> Vec<u8> {
        let colour = |x| {
            if x * 2 < width {
                [200, 0, 0]
            } else {
                [0, 0, 200]
            }
        };
        let picture = RgbaImage::from_fn(width, height, |x, _| {
            let [red, green, blue] = colour(x);
            Rgba([red, green, blue, alpha])
        });
        pixels::encoded(picture, format)
    }

    fn made(upload: Vec<u8>) -> Result<Made, Wrong> {
        from(Cursor::new(upload), 24_000_000)
    }

    #[test]
    fn every_kind_becomes_one_of_two_in_its_proportions() {
        use PictureFormat::{Jpeg, Png};
        for (upload, format, size) in [
            (drawn(900, 300, 255, ImageFormat::Jpeg), Jpeg, (900, 300)),
            (drawn(900, 300, 255, ImageFormat::Png), Png, (900, 300)),
            (drawn(90, 300, 255, ImageFormat::Gif), Png, (90, 300)),
            (drawn(90, 300, 255, ImageFormat::WebP), Jpeg, (90, 300)),
            (drawn(90, 300, 9, ImageFormat::WebP), Png, (90, 300)),
            (
                drawn(5_120, 640, 255, ImageFormat::Jpeg),
                Jpeg,
                (2_560, 320),
            ),
        ] {
            let made = made(upload).unwrap();
            assert_eq!((made.format, made.size), (format, size));
            let large = image::load_from_memory(&made.large).unwrap();
            assert_eq!(large.dimensions(), size);
            let kept = image::guess_format(&made.large).unwrap();
            assert!(kept.extensions_str().contains(&kind(format)));
            let small = image::load_from_memory_with_format(&made.small, ImageFormat::Jpeg);
            let small = small.unwrap();
            assert!(small.width().max(small.height()) <= SIDE_SMALL);
            let red = large.to_rgba8().get_pixel(5, 5).0;
            assert!(red[0] > 150 && red[2] < 80, "{red:?}");
        }
    }

    #[test]
    fn a_picture_that_lies_on_its_side_stands_upright_and_tells_nothing() {
        let mut upload = Vec::new();
        let mut encoder = JpegEncoder::new(&mut upload);
        // Orientation 6 (turn right), and a description.
        let mut exif = b"II*\0\x08\0\0\0\x02\0\x0e\x01\x02\0\x0c\0\0\0\x26\0\0\0".to_vec();
        exif.extend(b"\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0SECRET PLACE");
        image::ImageEncoder::set_exif_metadata(&mut encoder, exif).unwrap();
        let pixels = vec![90; 100 * 50 * 3];
        let kind = image::ExtendedColorType::Rgb8;
        encoder.encode(&pixels, 100, 50, kind).unwrap();
        upload.extend(b"<script>SECRET</script>PK\x03\x04SECRET");
        let made = made(upload).unwrap();
        assert_eq!(made.size, (50, 100));
        for bytes in [&made.large, &made.small] {
            for word in [&b"SECRET"[..], b"Exif", b"<script", b"PK\x03"] {
                assert!(!bytes.windows(word.len()).any(|it| it == word));
            }
        }
    }

    #[test]
    fn a_bomb_and_what_only_begins_like_a_picture_are_refused() {
        // 30,000 x 30,000 pixels of nothing in its head; nothing of that is decoded.
        let mut bomb = drawn(8, 8, 255, ImageFormat::Png);
        bomb[16..24].copy_from_slice(&[0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30]);
        // The head's checksum is counted again, or it would not be read that far.
        let sum = crc(&bomb[12..29]).to_be_bytes();
        bomb[29..33].copy_from_slice(&sum);
        assert_eq!(made(bomb).err(), Some(Wrong::TooManyPixels));
        assert_eq!(
            from(Cursor::new(drawn(101, 100, 255, ImageFormat::Gif)), 10_000).err(),
            Some(Wrong::TooManyPixels)
        );
        // A script that begins like a GIF: its next letters are a size.
        let script = b"GIF89a=1;alert(1)//".to_vec();
        assert_eq!(made(script).err(), Some(Wrong::TooManyPixels));
        let mut cut = drawn(200, 200, 255, ImageFormat::Jpeg);
        cut.truncate(40);
        for upload in [
            cut,
            b"\x89PNG\r\n\x1a\n<html>".to_vec(),
            b"RIFF\0\0\0\0WEBP<html>".to_vec(),
        ] {
            assert_eq!(made(upload).err(), Some(Wrong::Unreadable));
        }
    }

    fn crc(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| match crc & 1 {
                1 => (crc >> 1) ^ 0xedb8_8320,
                _ => crc >> 1,
            })
        })
    }
}
