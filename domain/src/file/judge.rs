//! What a file is, by its first bytes, and whether it is taken. A small table of our own: only the
//! kinds that are treated in a way of their own are told apart, everything else is just a file.

use super::name::extension;

/// So many of the first bytes decide.
pub const HEAD_BYTES: usize = 512;

/// How a file is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// To be made anew from its pixels, or refused.
    Picture,
    /// As it is, to be downloaded only.
    Plain,
}

/// Why a file is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotTaken {
    /// There is nothing in it.
    Empty,
    /// Its name says that it is a picture, and it is none.
    NotThePicture,
    /// A program, or what an operating system would start like one.
    Program,
}

/// Names of what an operating system starts when somebody only wants to look at it.
const PROGRAMS: [&str; 22] = [
    "apk", "app", "bat", "cmd", "com", "cpl", "dll", "exe", "hta", "jar", "js", "jse", "lnk",
    "msi", "ps1", "reg", "scf", "scr", "url", "vbe", "vbs", "wsf",
];
/// Names of pictures that are shown as such.
const PICTURES: [&str; 6] = ["gif", "jfif", "jpeg", "jpg", "png", "webp"];

/// What becomes of a file with these first bytes (at least [`HEAD_BYTES`], or all) and this name.
pub fn judge(head: &[u8], name: &str) -> Result<Taken, NotTaken> {
    let kind = extension(name).to_ascii_lowercase();
    let says = |kinds: &[&str]| kinds.contains(&kind.as_str());
    if head.is_empty() {
        return Err(NotTaken::Empty);
    }
    if is_program(head) || says(&PROGRAMS) {
        return Err(NotTaken::Program);
    }
    match is_picture(head) {
        true => Ok(Taken::Picture),
        false if says(&PICTURES) => Err(NotTaken::NotThePicture),
        false => Ok(Taken::Plain),
    }
}

/// The kinds that are decoded: JPEG, PNG, GIF and WebP.
fn is_picture(head: &[u8]) -> bool {
    let signs: [&[u8]; 4] = [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a"];
    signs.iter().any(|sign| head.starts_with(sign))
        || (head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP"))
}

/// Windows, Linux and macOS; the last one's sign of many machines is Java's too.
fn is_program(head: &[u8]) -> bool {
    let signs: [&[u8]; 6] = [
        b"\x7fELF",
        b"\xfe\xed\xfa\xce",
        b"\xfe\xed\xfa\xcf",
        b"\xce\xfa\xed\xfe",
        b"\xcf\xfa\xed\xfe",
        b"\xca\xfe\xba\xbe",
    ];
    signs.iter().any(|sign| head.starts_with(sign))
        // Words may begin with these two letters; only a program goes on with zeros.
        || (head.starts_with(b"MZ") && head.contains(&0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_decide_and_a_name_only_refuses() {
        let html = b"<!doctype html><script>alert(1)</script>";
        let cases: &[(&[u8], &str, Result<Taken, NotTaken>)] = &[
            (b"\x89PNG\r\n\x1a\nrest", "a.png", Ok(Taken::Picture)),
            (b"\x89PNG\r\n\x1a\nrest", "a.txt", Ok(Taken::Picture)),
            (b"\xff\xd8\xff\xe0", "photo", Ok(Taken::Picture)),
            (b"GIF89a=1;alert(1)", "x.gif", Ok(Taken::Picture)),
            (b"RIFF\0\0\0\0WEBPVP8 ", "x.webp", Ok(Taken::Picture)),
            (b"RIFF\0\0\0\0WAVEfmt ", "x.wav", Ok(Taken::Plain)),
            (html, "a.png", Err(NotTaken::NotThePicture)),
            (html, "A.JPG", Err(NotTaken::NotThePicture)),
            (html, "a.html", Ok(Taken::Plain)),
            (b"<svg onload=x>", "a.svg", Ok(Taken::Plain)),
            (b"<svg onload=x>", "a.png", Err(NotTaken::NotThePicture)),
            (b"%PDF-1.7 <script>", "a.pdf", Ok(Taken::Plain)),
            (b"MZ\x90\0\x03", "a.png", Err(NotTaken::Program)),
            (b"MZ is a label", "notes.txt", Ok(Taken::Plain)),
            (b"\x7fELF\x02", "a.pdf", Err(NotTaken::Program)),
            (b"echo", "run.BAT", Err(NotTaken::Program)),
            (b"echo", "photo.png.exe", Err(NotTaken::Program)),
            (b"", "a.txt", Err(NotTaken::Empty)),
        ];
        for (head, name, expected) in cases {
            assert_eq!(judge(head, name), *expected, "{name} {head:?}");
        }
    }
}
