//! What a file may be called: a name as people see it, never a way through folders, and nothing that
//! makes it look like another one.

use crate::conversation::text;

/// Longest name, characters.
pub const NAME_CHARS_MAX: usize = 100;
/// Longest name, bytes.
const NAME_BYTES_MAX: usize = 240;
/// Longest kind (what stands after the last dot), characters.
const KIND_CHARS_MAX: usize = 10;

/// The name as it is kept. A long one is cut before its kind.
pub fn clean(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = last
        .chars()
        .filter(|c| text::fits(c) && !matches!(c, '\n' | '\t'))
        .map(|c| match c {
            // What other systems cannot have in a name.
            ':' | '*' | '?' | '"' | '<' | '>' | '|' => '_',
            c => c,
        })
        .collect();
    let kept = kept.trim().trim_start_matches('.').trim_end_matches('.');
    let kept = kept.trim();
    if kept.is_empty() {
        return "file".into();
    }
    let kind = extension(kept);
    match kind.is_empty() {
        true => cut(kept, 0),
        false => {
            let stem = &kept[..kept.len() - kind.len() - 1];
            format!("{}.{kind}", cut(stem, kind.len() + 1))
        }
    }
}

/// The name with this kind instead of what it says.
pub fn with_kind(name: &str, kind: &str) -> String {
    let said = extension(name);
    let stem = match said.is_empty() {
        true => name,
        false => &name[..name.len() - said.len() - 1],
    };
    format!("{}.{kind}", cut(stem, kind.len() + 1))
}

/// What stands after the last dot, if that looks like a kind.
pub(super) fn extension(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((stem, kind)) if !stem.is_empty() && is_kind(kind) => kind,
        _ => "",
    }
}

fn is_kind(kind: &str) -> bool {
    (1..=KIND_CHARS_MAX).contains(&kind.len()) && kind.bytes().all(|c| c.is_ascii_alphanumeric())
}

/// As much as fits when so many more bytes follow.
fn cut(stem: &str, more: usize) -> String {
    let mut kept = String::new();
    for c in stem.chars().take(NAME_CHARS_MAX - more) {
        if kept.len() + c.len_utf8() + more > NAME_BYTES_MAX {
            break;
        }
        kept.push(c);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let cases = [
            ("report.pdf", "report.pdf"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\me\\a b.txt", "a b.txt"),
            ("a\r\nContent-Type: x.html", "aContent-Type_ x.html"),
            ("photo\u{202e}gpj.exe", "photogpj.exe"),
            ("  .htaccess ", "htaccess"),
            ("...", "file"),
            ("", "file"),
            ("प्रमाणपत्र.pdf", "प्रमाणपत्र.pdf"),
            ("say \"hi\"?.txt", "say _hi__.txt"),
        ];
        for (name, expected) in cases {
            assert_eq!(clean(name), expected, "{name:?}");
        }
        let long = clean(&format!("{}.pdf", "é".repeat(300)));
        assert!(long.ends_with("é.pdf") && long.len() <= NAME_BYTES_MAX);
        assert!(long.chars().count() <= NAME_CHARS_MAX);
        assert_eq!(clean(&"x".repeat(300)).len(), NAME_CHARS_MAX);
    }

    #[test]
    fn a_picture_is_called_by_what_it_became() {
        assert_eq!(with_kind("a.webp", "png"), "a.png");
        assert_eq!(with_kind("scan", "jpg"), "scan.jpg");
        assert_eq!(with_kind("v1.2 draft", "jpg"), "v1.2 draft.jpg");
        let long = clean(&format!("{}.gif", "é".repeat(300)));
        assert!(with_kind(&long, "jpeg").len() <= NAME_BYTES_MAX);
    }
}
