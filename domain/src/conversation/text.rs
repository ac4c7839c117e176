//! What may stand in a message: words, without spaces around them and without control characters
//! that would let a text look like something else.

use super::Refused;

/// The text as it is kept.
pub fn clean(text: &str, chars_max: usize) -> Result<String, Refused> {
    let kept: String = text.replace("\r\n", "\n").chars().filter(fits).collect();
    let trimmed = kept.trim();
    if trimmed.is_empty() {
        return Err(Refused::Empty);
    }
    if trimmed.chars().count() > chars_max {
        return Err(Refused::TooLong);
    }
    Ok(trimmed.to_owned())
}

/// The same for words that may be none, because something stands beside them.
pub fn clean_beside(text: &str, chars_max: usize, beside: bool) -> Result<String, Refused> {
    match clean(text, chars_max) {
        Err(Refused::Empty) if beside => Ok(String::new()),
        cleaned => cleaned,
    }
}

/// Control characters go, except line ends and tabs; so do those that turn the direction of
/// everything after them (they can make a link read like another one).
pub(crate) fn fits(c: &char) -> bool {
    match c {
        '\n' | '\t' => true,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => false,
        c => !c.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        let cases: &[(&str, Result<&str, Refused>)] = &[
            ("  Hello \n", Ok("Hello")),
            ("a\r\nb\n\nc", Ok("a\nb\n\nc")),
            ("", Err(Refused::Empty)),
            (" \n\t\u{0}", Err(Refused::Empty)),
            ("a\u{0}\u{1b}[31mb", Ok("a[31mb")),
            ("evil\u{202e}gpj.exe", Ok("evilgpj.exe")),
            ("नमस्ते 👩‍👧", Ok("नमस्ते 👩‍👧")),
            ("123456789012", Ok("123456789012")),
            ("1234567890123", Err(Refused::TooLong)),
        ];
        for (text, expected) in cases {
            let kept = clean(text, 12);
            assert_eq!(kept.as_deref().map_err(|e| *e), *expected, "{text:?}");
        }
    }
}
