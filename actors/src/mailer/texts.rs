//! The words of mails: built-in texts, or those of a folder of the operator.
//!
//! A text is one file per language and kind, `en/invitation.txt`: its first line is the subject,
//! the rest is the body. The HTML form is made from the same text by `layout.html`, so that the two
//! can never say different things; a line that is nothing but an address becomes a button.

use std::path::{Path, PathBuf};

use minijinja::{AutoEscape, Environment, Value, context};

use super::words::{self, Speech};

macro_rules! text {
    ($language:literal, $kind:literal) => {
        (
            concat!($language, "/", $kind, ".txt"),
            include_str!(concat!("../../mails/", $language, "/", $kind, ".txt")),
        )
    };
}

/// Every language has every kind of mail that is sent.
const BUILT_IN: [(&str, &str); 98] = [
    ("layout.html", include_str!("../../mails/layout.html")),
    // Written for the same work as a reset, and never sent.
    text!("en", "reset_unknown"),
    text!("en", "already_registered"),
    text!("en", "cancelled"),
    text!("en", "changed"),
    text!("en", "data_ready"),
    text!("en", "digest"),
    text!("en", "erasure_asked"),
    text!("en", "erasure_taken_back"),
    text!("en", "invitation"),
    text!("en", "lapsed"),
    text!("en", "password_changed"),
    text!("en", "second_factor_changed"),
    text!("en", "reminder"),
    text!("en", "reset"),
    text!("en", "test"),
    text!("en", "vacancy"),
    text!("en", "verify"),
    text!("de", "already_registered"),
    text!("de", "cancelled"),
    text!("de", "changed"),
    text!("de", "data_ready"),
    text!("de", "digest"),
    text!("de", "erasure_asked"),
    text!("de", "erasure_taken_back"),
    text!("de", "invitation"),
    text!("de", "lapsed"),
    text!("de", "password_changed"),
    text!("de", "second_factor_changed"),
    text!("de", "reminder"),
    text!("de", "reset"),
    text!("de", "test"),
    text!("de", "vacancy"),
    text!("de", "verify"),
    text!("es", "already_registered"),
    text!("es", "cancelled"),
    text!("es", "changed"),
    text!("es", "data_ready"),
    text!("es", "digest"),
    text!("es", "erasure_asked"),
    text!("es", "erasure_taken_back"),
    text!("es", "invitation"),
    text!("es", "lapsed"),
    text!("es", "password_changed"),
    text!("es", "second_factor_changed"),
    text!("es", "reminder"),
    text!("es", "reset"),
    text!("es", "test"),
    text!("es", "vacancy"),
    text!("es", "verify"),
    text!("fr", "already_registered"),
    text!("fr", "cancelled"),
    text!("fr", "changed"),
    text!("fr", "data_ready"),
    text!("fr", "digest"),
    text!("fr", "erasure_asked"),
    text!("fr", "erasure_taken_back"),
    text!("fr", "invitation"),
    text!("fr", "lapsed"),
    text!("fr", "password_changed"),
    text!("fr", "second_factor_changed"),
    text!("fr", "reminder"),
    text!("fr", "reset"),
    text!("fr", "test"),
    text!("fr", "vacancy"),
    text!("fr", "verify"),
    text!("hi", "already_registered"),
    text!("hi", "cancelled"),
    text!("hi", "changed"),
    text!("hi", "data_ready"),
    text!("hi", "digest"),
    text!("hi", "erasure_asked"),
    text!("hi", "erasure_taken_back"),
    text!("hi", "invitation"),
    text!("hi", "lapsed"),
    text!("hi", "password_changed"),
    text!("hi", "second_factor_changed"),
    text!("hi", "reminder"),
    text!("hi", "reset"),
    text!("hi", "test"),
    text!("hi", "vacancy"),
    text!("hi", "verify"),
    text!("sw", "already_registered"),
    text!("sw", "cancelled"),
    text!("sw", "changed"),
    text!("sw", "data_ready"),
    text!("sw", "digest"),
    text!("sw", "erasure_asked"),
    text!("sw", "erasure_taken_back"),
    text!("sw", "invitation"),
    text!("sw", "lapsed"),
    text!("sw", "password_changed"),
    text!("sw", "second_factor_changed"),
    text!("sw", "reminder"),
    text!("sw", "reset"),
    text!("sw", "test"),
    text!("sw", "vacancy"),
    text!("sw", "verify"),
];

/// Language and kind of every built-in text that is ever sent.
#[cfg(test)]
pub(super) fn sent() -> impl Iterator<Item = (&'static str, &'static str)> {
    let names = BUILT_IN.iter().map(|(name, _)| name);
    names
        .filter_map(|name| name.strip_suffix(".txt")?.split_once('/'))
        .filter(|(_, kind)| *kind != "reset_unknown")
}

/// A mail in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// Of all three: a tag such as "de".
    pub language: &'static str,
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

/// A text cannot be used; the message names the file and the line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("mail text {name}: {why}")]
pub struct BadText {
    name: String,
    why: String,
}

/// All texts.
pub struct MailTexts {
    texts: Environment<'static>,
}

impl MailTexts {
    /// The built-in texts, replaced by those of `folder` as far as it has them. Every text is read
    /// and parsed now, so that a mistake shows at the start and not in somebody's mailbox.
    ///
    /// # Errors
    /// When a file of the folder cannot be read or is no template.
    pub fn load(folder: Option<&Path>) -> Result<Self, BadText> {
        let mut texts = Environment::new();
        texts.set_auto_escape_callback(|name| match name.ends_with(".html") {
            true => AutoEscape::Html,
            false => AutoEscape::None,
        });
        for (name, built_in) in BUILT_IN {
            let text = match folder {
                Some(folder) => read_or(folder.join(name), built_in).map_err(|why| BadText {
                    name: name.into(),
                    why,
                })?,
                None => built_in.to_owned(),
            };
            texts
                .add_template_owned(name, text)
                .map_err(|error| BadText {
                    name: name.into(),
                    why: error.to_string(),
                })?;
        }
        Ok(Self { texts })
    }

    /// Puts a kind of mail into words. With `off_page` it ends with the way to be spared of the kind.
    ///
    /// # Errors
    /// When a text of the operator's folder uses what a mail of this kind does not have.
    pub fn render(
        &self,
        kind: &str,
        language: &str,
        facts: Value,
        off_page: Option<&str>,
    ) -> Result<Rendered, BadText> {
        let mut speech = words::speech(language);
        let mut name = format!("{}/{kind}.txt", speech.language);
        if self.texts.get_template(&name).is_err() {
            speech = words::speech("en");
            name = format!("{}/{kind}.txt", speech.language);
        }
        let text = self.fill(&name, facts)?;
        let (first, body) = text.split_once('\n').unwrap_or((&text, ""));
        let subject = first.strip_prefix("Subject:").unwrap_or(first).trim();
        let subject: String = subject.chars().filter(|c| !c.is_control()).collect();
        let body = body.trim().to_owned() + "\n";
        let words = match kind {
            "digest" => speech.off_digests,
            _ => speech.off,
        };
        let off = off_page.map(|page| (words, page));
        let html = self.fill("layout.html", layout_facts(speech, &subject, &body, off))?;
        let text = match off {
            Some((words, page)) => format!("{body}\n-- \n{words}\n{page}\n"),
            None => body,
        };
        Ok(Rendered {
            language: speech.language,
            subject,
            text,
            html,
        })
    }

    fn fill(&self, name: &str, facts: Value) -> Result<String, BadText> {
        let bad = |error: minijinja::Error| BadText {
            name: name.to_owned(),
            why: error.to_string(),
        };
        let template = self.texts.get_template(name).map_err(bad)?;
        template.render(facts).map_err(bad)
    }
}

fn read_or(path: PathBuf, built_in: &str) -> Result<String, String> {
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(built_in.to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// Paragraphs for the layout; a paragraph that is one address is a button.
fn layout_facts(speech: &Speech, subject: &str, body: &str, off: Option<(&str, &str)>) -> Value {
    let parts: Vec<Value> = body
        .split("\n\n")
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(|part| {
            let is_link = !part.contains(char::is_whitespace)
                && (part.starts_with("https://") || part.starts_with("http://"));
            let lines: Vec<String> = part.lines().map(str::to_owned).collect();
            context! { link => is_link, text => part.to_owned(), lines => lines, label => label_of(speech, part) }
        })
        .collect();
    let (off_words, off_page) = off.unzip();
    context! { lang => speech.language, subject, parts, off_words, off_page }
}

/// What the button says, by where it leads.
fn label_of(speech: &Speech, link: &str) -> &'static str {
    let buttons = &speech.buttons;
    [
        ("/verify/", buttons.confirm),
        ("/reset", buttons.password),
        ("/login", buttons.log_in),
        ("/j/", buttons.call),
        ("/video-call/", buttons.call),
        ("/b/", buttons.manage),
        ("/requests/", buttons.answer),
    ]
    .into_iter()
    .find(|(path, _)| link.contains(path))
    .map_or(buttons.open, |(_, label)| label)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Value {
        context! {
            name => "Ada <b>", site => "http://localhost", link => "http://localhost/j/abc",
            other => "Hanna", subject => "Talk & walk", description => "", when => "Monday",
            minutes_long => 50, opens_minutes => 15, minutes_left => 14, hours_left => 0,
        }
    }

    #[test]
    fn every_kind_has_words() {
        let texts = MailTexts::load(None).unwrap();
        for (name, _) in BUILT_IN.iter().skip(1) {
            let (language, kind) = name.trim_end_matches(".txt").split_once('/').unwrap();
            let mail = texts.render(kind, language, facts(), None).unwrap();
            assert_eq!(mail.language, language);
            assert!(!mail.subject.is_empty() && mail.text.len() > 10, "{name}");
            assert!(!mail.text.contains("Subject:"), "{name}");
            assert!(
                mail.html.contains(&format!("lang=\"{language}\"")),
                "{name}"
            );
        }
    }

    #[test]
    fn the_way_out_stands_below_in_both_forms() {
        let texts = MailTexts::load(None).unwrap();
        let page = Some("https://h/reminders/x");
        let mail = texts.render("reminder", "de", facts(), page).unwrap();
        assert!(
            mail.text
                .ends_with("\n-- \nKeine Erinnerungen mehr?\nhttps://h/reminders/x\n")
        );
        assert!(
            mail.html.contains("Keine Erinnerungen mehr?"),
            "{}",
            mail.html
        );
        assert!(
            !texts
                .render("reminder", "de", facts(), None)
                .unwrap()
                .text
                .contains("-- ")
        );
    }

    #[test]
    fn names_are_text_in_html_and_links_are_buttons() {
        let texts = MailTexts::load(None).unwrap();
        let mail = texts.render("invitation", "pt-BR", facts(), None).unwrap();
        assert_eq!(mail.subject, "Hanna invites you: Talk & walk");
        assert!(mail.text.contains("Hello Ada <b>,"));
        assert!(mail.html.contains("Hello Ada &lt;b&gt;,"), "{}", mail.html);
        assert!(mail.html.contains("Talk &amp; walk"));
        assert!(
            mail.html
                .contains("href=\"http:&#x2f;&#x2f;localhost&#x2f;j&#x2f;abc\"")
        );
    }

    #[test]
    fn a_reminder_tells_the_real_minutes() {
        let texts = MailTexts::load(None).unwrap();
        let text = |left: i64| {
            let facts = context! { minutes_left => left, hours_left => left / 60, ..facts() };
            texts.render("reminder", "en", facts, None).unwrap().text
        };
        assert!(text(14).contains("starts in 14 minutes"));
        assert!(text(1).contains("starts in 1 minute:"));
        assert!(text(0).contains("starts now"));
        assert!(text(1440).contains("in about 24 hours"));
        let said = |language: &str, left: i64| {
            let facts = context! { minutes_left => left, hours_left => left / 60, ..facts() };
            texts
                .render("reminder", language, facts, None)
                .unwrap()
                .text
        };
        for (language, one, many) in [
            ("de", "in 1 Minute:", "in 14 Minuten:"),
            ("es", "en 1 minuto:", "en 14 minutos:"),
            ("fr-CA", "dans 1 minute :", "dans 14 minutes :"),
            ("hi", "1 मिनट में", "14 मिनट में"),
            ("sw", "baada ya dakika 1:", "baada ya dakika 14:"),
        ] {
            assert!(said(language, 1).contains(one), "{language}");
            assert!(said(language, 14).contains(many), "{language}");
        }
    }

    #[test]
    fn an_operator_replaces_one_text_and_hears_of_mistakes() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("en")).unwrap();
        let path = folder.path().join("en/reset.txt");
        std::fs::write(&path, "Subject: Neu\n\n{{ link }}\n").unwrap();
        let texts = MailTexts::load(Some(folder.path())).unwrap();
        assert_eq!(
            texts.render("reset", "en", facts(), None).unwrap().subject,
            "Neu"
        );
        assert!(texts.render("verify", "en", facts(), None).is_ok());
        std::fs::write(&path, "{% if").unwrap();
        let error = MailTexts::load(Some(folder.path())).err().unwrap();
        assert!(error.to_string().contains("en/reset.txt"), "{error}");
    }
}
