//! Pictures of hosts: checked, made square and small, and kept as plain files.
//!
//! What comes in is a stranger's file; what is kept is made anew from its pixels (`pixels`). A
//! file's name is the digest of what is in it and of whose it is, so that a name always means the
//! same bytes.

use std::{
    fs, io,
    io::Cursor,
    path::{Path, PathBuf},
    sync::Arc,
};

use image::{DynamicImage, ImageFormat, imageops::FilterType};
use parlor_domain::{access::Member, account::BadField, host::Picture, id::UserId};
use ring::digest;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{
    HostView, ServiceError, Services,
    pixels::{self, Wrong},
};

/// Width and height of what is kept, pixels.
const SIDE: u32 = 512;
/// Width and height of what lists show, pixels.
const SIDE_SMALL: u32 = 128;
/// Least width and height of what comes in, pixels.
const SIDE_MIN: u32 = 64;
/// Quality of what is kept, percent.
const QUALITY: u8 = 86;
/// What comes in.
const KINDS: [ImageFormat; 3] = [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP];
/// Uploads that wait for their turn before new ones are refused.
const WAITING_MAX: usize = 16;

/// Where pictures are, and how large they may be.
#[derive(Clone, Debug)]
pub struct PictureConfig {
    /// The folder; made when it is needed.
    pub dir: PathBuf,
    /// Most bytes of an upload.
    pub bytes_max: usize,
    /// Most pixels of an upload.
    pub pixels_max: u64,
}

impl Default for PictureConfig {
    fn default() -> Self {
        Self {
            dir: std::env::temp_dir().join("parlor-pictures"),
            bytes_max: 5 * 1024 * 1024,
            pixels_max: 24_000_000,
        }
    }
}

pub(super) struct Pictures {
    pub(super) turns: pixels::Turns,
    waiting: Arc<Semaphore>,
}

impl Pictures {
    pub(super) fn new() -> Self {
        Self {
            turns: pixels::Turns::new(),
            waiting: Arc::new(Semaphore::new(WAITING_MAX)),
        }
    }
}

fn bad(why: &'static str) -> ServiceError {
    ServiceError::BadField(BadField {
        field: "picture",
        why,
    })
}

fn internal(error: &io::Error) -> ServiceError {
    if matches!(
        error.kind(),
        io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::ReadOnlyFilesystem
    ) {
        tracing::error!(%error, "a picture could not be kept; look at the disk");
        return ServiceError::ReadOnly;
    }
    ServiceError::Internal(format!("pictures: {error}"))
}

/// A place among those who upload.
pub struct Place(#[allow(dead_code, reason = "held until it is dropped")] OwnedSemaphorePermit);

impl Services {
    /// A place for an upload, to be taken before any of it is read.
    ///
    /// # Errors
    /// `Overloaded` when there is none.
    pub fn picture_place(&self) -> Result<Place, ServiceError> {
        let waiting = self.0.pictures.waiting.clone();
        let place = waiting.try_acquire_owned();
        place.map(Place).map_err(|_| ServiceError::Overloaded)
    }

    /// Takes a picture for somebody's profile, instead of the one before.
    ///
    /// # Errors
    /// `BadField` with words when it is no picture that can be taken.
    pub async fn save_picture(
        &self,
        who: Member,
        _place: Place,
        upload: bytes::Bytes,
    ) -> Result<HostView, ServiceError> {
        let account = self.account_of(who.user)?.value;
        if upload.len() > self.0.config.pictures.bytes_max {
            return Err(bad("This file is too large."));
        }
        let turn = self.0.pictures.turns.take().await?;
        let config = self.0.config.pictures.clone();
        let made = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let [large, small] = squares(&upload, config.pixels_max)?;
            let name = name_of(who.user, &large);
            keep(&config.dir, name, Size::Small, &small)
                .and_then(|()| keep(&config.dir, name, Size::Large, &large))
                .map_err(|error| internal(&error))?;
            Ok::<_, ServiceError>(name)
        })
        .await;
        let picture = made.map_err(|_| ServiceError::Overloaded)??;
        self.change_picture(who.user, Some(picture)).await?;
        self.host_view(account)
    }

    /// Takes the picture off somebody's profile.
    pub async fn remove_picture(&self, who: Member) -> Result<HostView, ServiceError> {
        let account = self.account_of(who.user)?.value;
        self.change_picture(who.user, None).await?;
        self.host_view(account)
    }

    async fn change_picture(
        &self,
        user: UserId,
        picture: Option<Picture>,
    ) -> Result<(), ServiceError> {
        let now = self.now();
        let before = self
            .change_profile(user, |old| {
                let mut new = old.clone();
                new.picture = picture;
                new.updated_at = now;
                Ok(new)
            })
            .await?;
        if let Some(old) = before.picture.filter(|old| Some(*old) != picture) {
            self.forget_picture(old).await;
        }
        Ok(())
    }

    /// A file that stays is only a file too many; the next start looks for it again.
    pub(super) async fn forget_picture(&self, picture: Picture) {
        let dir = self.0.config.pictures.dir.clone();
        let removed = tokio::task::spawn_blocking(move || {
            Size::ALL.map(|size| fs::remove_file(path_of(&dir, picture, size)))
        });
        for error in removed.await.into_iter().flatten().filter_map(Result::err) {
            if error.kind() != io::ErrorKind::NotFound {
                tracing::warn!(%error, "an old picture could not be removed");
            }
        }
    }

    /// The bytes of a picture; none when there is no such file.
    pub async fn picture(
        &self,
        picture: Picture,
        size: Size,
    ) -> Result<Option<Vec<u8>>, ServiceError> {
        let path = path_of(&self.0.config.pictures.dir, picture, size);
        let read = tokio::task::spawn_blocking(move || fs::read(path)).await;
        match read.map_err(|_| ServiceError::Overloaded)? {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(internal(&error)),
        }
    }

    /// Removes files that no profile names: what a kill between file and row left behind. Called
    /// once, after the directory was read and before anybody comes.
    pub fn sweep_pictures(&self) -> io::Result<usize> {
        let used = self.pictures_in_use();
        let dir = &self.0.config.pictures.dir;
        let entries = match fs::read_dir(dir) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
            entries => entries?,
        };
        let wanted = |path: &Path| {
            let mut files = used.iter().flat_map(|it| Size::ALL.map(|size| (*it, size)));
            files.any(|(it, size)| path == path_of(dir, it, size))
        };
        let mut removed = 0;
        for entry in entries {
            let path = entry?.path();
            let kind = path.extension().and_then(|kind| kind.to_str());
            if matches!(kind, Some("jpg" | "part")) && !wanted(&path) {
                fs::remove_file(&path)?;
                removed += 1;
            }
        }
        Ok(removed)
    }
}

/// Which of the files of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// 512 pixels.
    Large,
    /// 128 pixels, for lists.
    Small,
}

impl Size {
    const ALL: [Self; 2] = [Self::Large, Self::Small];

    fn suffix(self) -> &'static str {
        match self {
            Self::Large => "",
            Self::Small => "-small",
        }
    }

    /// The picture and the size that a file's name stands for; none when it is no such name.
    pub fn parse(file: &str) -> Option<(Picture, Self)> {
        let name = file.strip_suffix(".jpg")?;
        let (digest, size) = match name.strip_suffix(Self::Small.suffix()) {
            Some(digest) => (digest, Self::Small),
            None => (name, Self::Large),
        };
        digest.parse().ok().map(|picture| (picture, size))
    }
}

fn path_of(dir: &Path, picture: Picture, size: Size) -> PathBuf {
    dir.join(format!("{picture}{}.jpg", size.suffix()))
}

fn name_of(user: UserId, jpeg: &[u8]) -> Picture {
    let mut context = digest::Context::new(&digest::SHA256);
    // Whose it is, too: two people with the same picture do not share a file that one of them removes.
    context.update(user.as_bytes());
    context.update(jpeg);
    let mut name = [0; 32];
    name.copy_from_slice(context.finish().as_ref());
    Picture(name)
}

/// Writes a file so that its name never stands for half of it, also after a power cut.
fn keep(dir: &Path, picture: Picture, size: Size, jpeg: &[u8]) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    let path = path_of(dir, picture, size);
    let part = path.with_extension("part");
    fs::write(&part, jpeg)?;
    fs::File::open(&part)?.sync_all()?;
    fs::rename(&part, path)?;
    fs::File::open(dir)?.sync_all()
}

/// From whatever came in to two square JPEGs: the middle of it, upright, without anything else.
fn squares(upload: &[u8], pixels_max: u64) -> Result<[Vec<u8>; 2], ServiceError> {
    let large = shrunk(middle(upload, pixels_max)?, SIDE);
    let small = shrunk(large.clone(), SIDE_SMALL);
    Ok([encoded(&large)?, encoded(&small)?])
}

fn words(wrong: Wrong) -> ServiceError {
    bad(match wrong {
        Wrong::Kind => "Please choose a JPEG, PNG or WebP picture.",
        Wrong::Unreadable => "This file cannot be read as a picture. Please choose another one.",
        Wrong::TooManyPixels => "This picture has too many pixels.",
    })
}

/// The middle of a stranger's picture, as a square and upright.
fn middle(upload: &[u8], pixels_max: u64) -> Result<DynamicImage, ServiceError> {
    let opened = pixels::open(Cursor::new(upload), &KINDS, pixels_max).map_err(words)?;
    let (width, height) = (opened.width, opened.height);
    if width.min(height) < SIDE_MIN {
        return Err(bad(
            "This picture is too small. It needs 64 pixels on each side.",
        ));
    }
    let (picture, orientation) = opened.read().map_err(words)?;
    let side = width.min(height);
    let (left, top) = ((width - side) / 2, (height - side) / 2);
    let square = picture.crop_imm(left, top, side, side);
    drop(picture);
    // Close to the size in one cheap step, before anything is copied again.
    let square = match side > 4 * SIDE {
        true => square.thumbnail_exact(2 * SIDE, 2 * SIDE),
        false => square,
    };
    let mut picture = pixels::on_white(&square);
    picture.apply_orientation(orientation);
    Ok(picture)
}

/// Not larger than this, never larger than before.
fn shrunk(picture: DynamicImage, side: u32) -> DynamicImage {
    match picture.width() <= side {
        true => picture,
        false => picture.resize_exact(side, side, FilterType::CatmullRom),
    }
}

fn encoded(picture: &DynamicImage) -> Result<Vec<u8>, ServiceError> {
    pixels::jpeg(picture, QUALITY).map_err(words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{
        ExtendedColorType, ImageEncoder, Rgba, RgbaImage,
        codecs::{jpeg::JpegEncoder, png::PngEncoder},
    };

    const PIXELS_MAX: u64 = 1_000_000;

    fn drawn(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
        let picture = RgbaImage::from_fn(width, height, |x, _| match x * 2 < width {
            true => Rgba([200, 0, 0, 255]),
            false => Rgba([0, 0, 0, 0]),
        });
        pixels::encoded(picture, format)
    }

    fn why(upload: &[u8]) -> &'static str {
        match squares(upload, PIXELS_MAX) {
            Err(ServiceError::BadField(bad)) => bad.why,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_kind_becomes_a_square_jpeg() {
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
            let [jpeg, small] = squares(&drawn(900, 600, format), PIXELS_MAX).unwrap();
            let small = image::load_from_memory_with_format(&small, ImageFormat::Jpeg).unwrap();
            assert_eq!((small.width(), small.height()), (SIDE_SMALL, SIDE_SMALL));
            let back = image::load_from_memory_with_format(&jpeg, ImageFormat::Jpeg).unwrap();
            assert_eq!((back.width(), back.height()), (SIDE, SIDE), "{format:?}");
            let right = back.to_rgb8().get_pixel(SIDE - 10, 10).0;
            match format {
                // What shone through is white.
                ImageFormat::Jpeg => assert!(right.iter().all(|c| *c < 40), "{right:?}"),
                _ => assert!(right.iter().all(|c| *c > 215), "{right:?}"),
            }
        }
        let [large, _] = squares(&drawn(70, 300, ImageFormat::Png), PIXELS_MAX).unwrap();
        let large = image::load_from_memory(&large).unwrap();
        assert_eq!(large.width(), 70, "never larger");
    }

    #[test]
    fn nothing_but_pixels_survives() {
        let mut upload = Vec::new();
        let mut encoder = JpegEncoder::new(&mut upload);
        let mut exif = b"II*\0\x08\0\0\0\x01\0\x0e\x01\x02\0\x0c\0\0\0\x1a\0\0\0\0\0\0\0".to_vec();
        exif.extend(b"SECRET PLACE");
        encoder.set_exif_metadata(exif).unwrap();
        let pixels = vec![90; 100 * 100 * 3];
        encoder
            .encode(&pixels, 100, 100, ExtendedColorType::Rgb8)
            .unwrap();
        upload.extend(b"TRAILING SECRET");
        let holds = |bytes: &[u8], word: &[u8]| bytes.windows(word.len()).any(|it| it == word);
        assert!(holds(&upload, b"SECRET PLACE"));
        for jpeg in squares(&upload, PIXELS_MAX).unwrap() {
            assert!(!holds(&jpeg, b"SECRET") && !holds(&jpeg, b"Exif"));
        }
    }

    #[test]
    fn a_bad_file_is_refused_in_words() {
        let mut png = Vec::new();
        let row = vec![0; 2_000];
        PngEncoder::new(&mut png)
            .write_image(&row.repeat(1_000), 2_000, 1_000, ExtendedColorType::L8)
            .unwrap();
        let mut cut = drawn(200, 200, ImageFormat::Png);
        cut.truncate(cut.len() / 2);
        for (upload, words) in [
            (b"GIF89a\x01\0\x01\0\0\0\0;".to_vec(), "JPEG, PNG or WebP"),
            (
                b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(),
                "JPEG, PNG or WebP",
            ),
            (vec![], "JPEG, PNG or WebP"),
            (png, "too many pixels"),
            (drawn(63, 400, ImageFormat::Jpeg), "too small"),
            (cut, "cannot be read"),
        ] {
            assert!(why(&upload).contains(words), "{}", why(&upload));
        }
    }

    #[test]
    fn a_name_is_of_the_content_and_the_person() {
        let dir = tempfile::tempdir().unwrap();
        let user = |n| UserId(uuid::Uuid::from_u128(n));
        let name = name_of(user(1), b"jpeg");
        assert_eq!(name, name_of(user(1), b"jpeg"));
        assert_ne!(name, name_of(user(2), b"jpeg"));
        assert_ne!(name, name_of(user(1), b"jpeg2"));
        for size in Size::ALL {
            keep(dir.path(), name, size, b"jpeg").unwrap();
            let path = path_of(dir.path(), name, size);
            assert_eq!(fs::read(&path).unwrap(), b"jpeg");
            let file = path.file_name().and_then(|it| it.to_str()).unwrap();
            assert_eq!(Size::parse(file), Some((name, size)));
        }
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
        for bad in [
            "",
            ".jpg",
            "../x.jpg",
            &format!("{name}.png"),
            &format!("{name}-big.jpg"),
        ] {
            assert_eq!(Size::parse(bad), None, "{bad}");
        }
    }
}
