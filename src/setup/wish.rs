//! Answers that come all at once, from a page that somebody elsewhere opened. More is refused than on a
//! terminal: nobody stands beside the machine who could mend a server that does not start, and nobody is
//! proven to know the secrets that are kept.

use std::{collections::BTreeMap, net::SocketAddr};

use parlor_actors::mailer::Smtp;

use super::{Answers, KEYS};
use crate::{
    app,
    config::{
        Config, LoadError, Origins,
        origin::{From as Layer, is_secret, values},
    },
};

/// Answers by key; none takes a key out.
pub type Wish = BTreeMap<String, Option<String>>;

/// Why the answers cannot be.
#[derive(Debug, PartialEq, Eq)]
pub enum Unfit {
    /// This key, and what to do about it.
    Key(String, String),
    /// Not because of an answer.
    Other(String),
}

/// The server that would begin anew with them.
pub struct Standing<'a> {
    /// What it runs with.
    pub running: &'a Config,
    /// systemd holds its ports.
    pub ports_held: bool,
}

/// What a page shows of a key.
pub struct Shown {
    /// Such as `mail.smtp_host`.
    pub name: &'static str,
    /// In words; none for a secret.
    pub value: Option<String>,
    /// What it is when nobody says it.
    pub default: String,
    /// Whether it is something.
    pub is_set: bool,
    /// The variable or file that says it, whatever is answered.
    pub fixed_by: Option<String>,
}

/// Every key, and never a secret's value.
pub fn shown(config: &Config, origins: &Origins) -> Vec<Shown> {
    let (Ok(now), Ok(defaults)) = (values(config), values(&Config::default())) else {
        return Vec::new();
    };
    let each = KEYS.iter().filter_map(|name| {
        let (section, key) = name.split_once('.')?;
        let (value, default) = (
            now.get(section)?.get(key)?,
            defaults.get(section)?.get(key)?,
        );
        let value_words = in_words(value);
        Some(Shown {
            name,
            is_set: !value_words.is_empty(),
            value: (!is_secret(key, value)).then_some(value_words),
            default: in_words(default),
            fixed_by: fixed_by(origins, name),
        })
    });
    each.collect()
}

/// As it is answered.
fn in_words(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Array(all) => {
            let all: Vec<_> = all.iter().map(in_words).collect();
            all.join(", ")
        }
        other => other.to_string(),
    }
}

/// What wins over every answer.
fn fixed_by(origins: &Origins, name: &str) -> Option<String> {
    let (section, key) = name.split_once('.')?;
    let last = origins.of(section, key).last()?;
    matches!(last.from, Layer::Environment | Layer::SecretFile).then(|| last.place.clone())
}

/// Takes all of them; gives the configuration that they come to.
///
/// # Errors
/// The first that cannot be.
pub fn take(answers: &mut Answers, wish: &Wish, standing: &Standing<'_>) -> Result<Config, Unfit> {
    let (before, origins) = answers.known().map_err(|error| unfit(&error))?;
    for (name, answer) in wish {
        let bad = |what: String| Unfit::Key(name.clone(), what);
        if let Some(place) = fixed_by(&origins, name) {
            return Err(bad(format!("{name} is set by {place}; change it there")));
        }
        let taken = match answer {
            Some(text) => answers.set(name, text.trim()),
            None => answers.clear(name),
        };
        taken.map_err(|error| bad(error.to_string()))?;
    }
    let after = answers.config().map_err(|error| unfit(&error))?;
    password_stays(&before, &after, &origins, wish)?;
    can_start(&after, standing)?;
    Ok(after)
}

/// The first key that cannot be, in words without the place in a file that is not written yet.
fn unfit(error: &LoadError) -> Unfit {
    match error {
        LoadError::Impossible { problems } if !problems.is_empty() => {
            let it = &problems[0];
            let name = format!("{}.{}", it.section, it.key);
            let words = format!("{name} {}", it.what);
            Unfit::Key(name, words)
        }
        other => Unfit::Other(other.to_string()),
    }
}

/// A password that is kept goes only to the mail server that it was given for: otherwise whoever has an
/// admin's page could have it sent to a server of their own, and read what nobody is to read.
fn password_stays(
    before: &Config,
    after: &Config,
    origins: &Origins,
    wish: &Wish,
) -> Result<(), Unfit> {
    const PASSWORD: &str = "mail.smtp_password";
    let (old, new) = (&before.mail, &after.mail);
    let same = (&old.smtp_host, old.smtp_port, &old.smtp_security)
        == (&new.smtp_host, new.smtp_port, &new.smtp_security);
    let kept = !new.smtp_password.is_empty() && !matches!(wish.get(PASSWORD), Some(Some(_)));
    if same || !kept || new.smtp_host.is_empty() {
        return Ok(());
    }
    Err(match fixed_by(origins, PASSWORD) {
        Some(place) => Unfit::Key(
            "mail.smtp_host".into(),
            format!(
                "mail.smtp_host cannot be changed here: {place} holds the password of the present server; change both there"
            ),
        ),
        None => Unfit::Key(
            PASSWORD.into(),
            format!(
                "{PASSWORD} is kept for the present server only; type the password of the new one, or take it out"
            ),
        ),
    })
}

/// What would keep the next process from starting, as far as this one can tell.
fn can_start(next: &Config, standing: &Standing<'_>) -> Result<(), Unfit> {
    let running = &standing.running.server;
    let doors = [
        (
            "server.tls_listen",
            &running.tls_listen,
            &next.server.tls_listen,
        ),
        (
            "server.redirect_listen",
            &running.redirect_listen,
            &next.server.redirect_listen,
        ),
    ];
    let open = || {
        running
            .listen
            .iter()
            .chain(&running.tls_listen)
            .chain(&running.redirect_listen)
    };
    for (name, now, then) in doors {
        let bad = |what: String| Unfit::Key(name.into(), format!("{name} {what}"));
        if standing.ports_held && now != then {
            return Err(bad(
                "cannot be changed here, because systemd holds the ports; see parlor.socket".into(),
            ));
        }
        for text in then.iter().filter(|it| !open().any(|held| held == *it)) {
            let Ok(address) = text.parse::<SocketAddr>() else {
                continue; // said by the configuration's own checks
            };
            app::ground::could_listen(address).map_err(|why| {
                bad(format!("has {text}, where this server cannot listen ({why}); is another server running there?"))
            })?;
        }
    }
    let mail = |what: anyhow::Error| {
        let key = "mail.from_address";
        Unfit::Key(
            key.into(),
            format!("{key} or another key of [mail] cannot be used: {what:#}"),
        )
    };
    let smtp = app::smtp(next, app::host_of(&next.server.public_url)).map_err(mail)?;
    match smtp.as_ref().map(Smtp::new) {
        Some(Err(why)) => Err(mail(anyhow::anyhow!("{why}"))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Source;

    fn with(file: &str, setup: &str, variables: &[(&str, &str)]) -> Answers {
        let variables = variables
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()));
        Answers::of(
            Source::text("config.toml", file),
            Source::text("setup.toml", setup),
            variables,
        )
    }

    fn wish(all: &[(&str, Option<&str>)]) -> Wish {
        all.iter()
            .map(|(name, it)| ((*name).into(), it.map(Into::into)))
            .collect()
    }

    fn taken(
        answers: &mut Answers,
        all: &[(&str, Option<&str>)],
        ports_held: bool,
    ) -> Result<Config, Unfit> {
        let running = Config::default();
        let standing = Standing {
            running: &running,
            ports_held,
        };
        take(answers, &wish(all), &standing)
    }

    fn refused(answers: &mut Answers, all: &[(&str, Option<&str>)], key: &str, says: &str) {
        match taken(answers, all, false) {
            Err(Unfit::Key(name, words)) => {
                assert_eq!(name, key, "{words}");
                assert!(words.contains(says), "{words}");
            }
            other => panic!("{:?} was not refused", other.map(|_| ())),
        }
    }

    const MAIL: &str =
        "[mail]\nsmtp_host = 'smtp.example.org'\nsmtp_user = 'post'\nsmtp_password = 'tulip field'";

    #[test]
    fn a_kept_password_is_sent_to_its_own_server_only() {
        let elsewhere = ("mail.smtp_host", Some("evil.example"));
        refused(
            &mut with("", MAIL, &[]),
            &[elsewhere],
            "mail.smtp_password",
            "type the password",
        );
        let port = ("mail.smtp_port", Some("2525"));
        refused(
            &mut with("", MAIL, &[]),
            &[port],
            "mail.smtp_password",
            "type the password",
        );
        let new = ("mail.smtp_password", Some("another"));
        assert!(taken(&mut with("", MAIL, &[]), &[elsewhere, new], false).is_ok());
        let none = ("mail.smtp_password", None);
        assert!(taken(&mut with("", MAIL, &[]), &[elsewhere, none], false).is_ok());
        let sender = ("mail.from_address", Some("post@example.org"));
        assert!(taken(&mut with("", MAIL, &[]), &[sender], false).is_ok());
        // A password of elsewhere stays where it is.
        let fixed = [("PARLOR__MAIL__SMTP_PASSWORD", "tulip field")];
        let mut answers = with("[mail]\nsmtp_host = 'smtp.example.org'", "", &fixed);
        refused(
            &mut answers,
            &[elsewhere],
            "mail.smtp_host",
            "PARLOR__MAIL__SMTP_PASSWORD holds",
        );
    }

    #[test]
    fn what_cannot_be_is_said_of_its_key() {
        let mut answers = with("", "", &[("PARLOR__MAIL__FROM_NAME", "Fixed")]);
        refused(
            &mut answers,
            &[("mail.smtp_port", Some("many"))],
            "mail.smtp_port",
            "whole number",
        );
        refused(
            &mut answers,
            &[("mail.from_name", Some("X"))],
            "mail.from_name",
            "PARLOR__MAIL__FROM_NAME",
        );
        refused(
            &mut answers,
            &[("server.data_dir", Some("/x"))],
            "server.data_dir",
            "is not a key that setup sets",
        );
        let name = [("server.public_url", Some("meet.example.org"))];
        refused(
            &mut with("", "", &[]),
            &name,
            "server.public_url",
            "scheme and host",
        );
        let sender = [
            ("mail.smtp_host", Some("smtp.example.org")),
            ("mail.from_address", Some("a b@")),
        ];
        refused(
            &mut with("", "", &[]),
            &sender,
            "mail.from_address",
            "cannot be used",
        );
    }

    #[test]
    fn a_server_that_could_not_start_is_not_asked_to() {
        let taken_port = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let at = taken_port.local_addr().unwrap().to_string();
        let door = [("server.tls_listen", Some(at.as_str()))];
        refused(
            &mut with("", "", &[]),
            &door,
            "server.tls_listen",
            "is another server running there",
        );
        let free = [("server.tls_listen", Some("127.0.0.1:0"))];
        assert!(taken(&mut with("", "", &[]), &free, false).is_ok());
        let held = taken(&mut with("", "", &[]), &free, true);
        assert!(matches!(held, Err(Unfit::Key(key, _)) if key == "server.tls_listen"));
    }

    #[test]
    fn no_secret_is_shown() {
        let (config, origins) = with("", MAIL, &[("PARLOR__MAIL__FROM_NAME", "Fixed")])
            .known()
            .unwrap();
        let all = shown(&config, &origins);
        let of = |name: &str| all.iter().find(|it| it.name == name).unwrap();
        assert_eq!(
            (
                of("mail.smtp_password").is_set,
                &of("mail.smtp_password").value
            ),
            (true, &None)
        );
        assert_eq!(
            of("mail.from_name").fixed_by.as_deref(),
            Some("PARLOR__MAIL__FROM_NAME")
        );
        assert_eq!(
            of("mail.smtp_host").value.as_deref(),
            Some("smtp.example.org")
        );
        assert_eq!(all.len(), KEYS.len());
        for it in &all {
            assert!(
                !it.value.as_ref().is_some_and(|it| it.contains("tulip")),
                "{}",
                it.name
            );
        }
    }
}
