//! The operator's terms and privacy notice, read from their files once, at the start. A file that is named
//! and cannot be read is refused: a house that thinks it asks people must not run without asking.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, Result, bail};
use parlor_domain::agreement::{Edition, Kind, TEXT_BYTES_MAX, Text};
use ring::digest::{SHA256, digest};

use crate::config::Config;

/// Languages of the app: a text in another one would be shown to nobody.
const LANGUAGES: [&str; 6] = ["en", "de", "es", "fr", "sw", "hi"];

/// Both texts in all languages, as people agree to them; none when none is configured.
///
/// # Errors
/// When a file is missing, empty, too long or no text.
pub fn load(config: &Config) -> Result<Option<Arc<Edition>>> {
    let consent = &config.consent;
    let mut texts = Vec::new();
    for (kind, key, path) in [
        (Kind::Terms, "terms_file", &consent.terms_file),
        (Kind::Privacy, "privacy_file", &consent.privacy_file),
    ] {
        if path.is_empty() {
            continue;
        }
        let path = Path::new(path);
        let files = [("", path.to_owned())].into_iter();
        let beside = LANGUAGES.iter().map(|it| (*it, in_language(path, it)));
        for (language, file) in files.chain(beside.filter(|(_, file)| file.exists())) {
            let words =
                read(&file).with_context(|| format!("consent.{key}: {}", file.display()))?;
            texts.push(Text {
                kind,
                language: language.to_owned(),
                words,
            });
        }
    }
    let sum = |bytes: &[u8]| {
        let mut sum = [0; 32];
        sum.copy_from_slice(digest(&SHA256, bytes).as_ref());
        sum
    };
    Ok(Edition::new(&consent.version, texts, sum).map(Arc::new))
}

/// `privacy.de.md` beside `privacy.md`.
fn in_language(path: &Path, language: &str) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(format!(".{language}"));
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

fn read(file: &Path) -> Result<String> {
    let bytes = fs::read(file)
        .context("cannot be read; give the path of a text that the server may read")?;
    if bytes.len() > TEXT_BYTES_MAX {
        bail!("is longer than {} KiB", TEXT_BYTES_MAX / 1024);
    }
    let words = String::from_utf8(bytes).context("is not plain text in UTF-8")?;
    // As another editor saves the same text.
    let words = words.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    match words.trim() {
        "" => bail!("is empty; write the text, or leave the setting empty"),
        words => Ok(words.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(terms: &Path) -> Result<Option<Arc<Edition>>> {
        let mut config = Config::default();
        config.consent.terms_file = terms.display().to_string();
        load(&config)
    }

    #[test]
    fn nothing_is_asked_without_texts() {
        assert!(load(&Config::default()).unwrap().is_none());
    }

    #[test]
    fn a_text_in_a_language_lies_beside_the_one_for_everybody() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("terms.md"), "\u{feff}# Terms\r\n\r\nBe kind.\r\n").unwrap();
        let one = texts(&at("terms.md")).unwrap().unwrap();
        assert_eq!(
            one.text(Kind::Terms, "de").unwrap().words,
            "# Terms\n\nBe kind."
        );
        fs::write(at("terms.de.md"), "# Bedingungen").unwrap();
        fs::write(at("terms.old.md"), "# Nobody reads this").unwrap();
        let two = texts(&at("terms.md")).unwrap().unwrap();
        assert_eq!(two.text(Kind::Terms, "de").unwrap().words, "# Bedingungen");
        assert_eq!(two.texts.len(), 2);
        assert_ne!(one.version, two.version);
    }

    #[test]
    fn what_is_no_text_is_refused_in_words() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().join("terms");
        let refusal = || format!("{:#}", texts(&at).unwrap_err());
        assert!(refusal().contains("cannot be read"), "{}", refusal());
        for (bytes, why) in [
            (b" \n".to_vec(), "is empty"),
            (vec![0xff, 0xfe], "plain text"),
            (vec![b'x'; TEXT_BYTES_MAX + 1], "longer than 100 KiB"),
        ] {
            fs::write(&at, bytes).unwrap();
            let said = refusal();
            assert!(
                said.contains(why) && said.contains("consent.terms_file"),
                "{said}"
            );
        }
    }
}
