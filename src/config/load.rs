//! Reading the configuration: defaults, then the file, then what setup wrote into the data folder, then
//! the environment, then `*_file` secrets.

use std::{
    io,
    path::{Path, PathBuf},
};

use toml::Value;

use super::{
    Config, Origins, Problem,
    origin::{self, From},
};

/// What setup writes, in the data folder.
pub const SETUP_FILE: &str = "setup.toml";

/// Where the file's text comes from.
#[derive(Clone)]
pub struct Source {
    name: String,
    text: String,
    is_file: bool,
}

impl Source {
    /// Text that is already in memory; `name` appears in messages.
    pub fn text(name: &str, text: &str) -> Self {
        Self {
            name: name.into(),
            text: text.into(),
            is_file: false,
        }
    }

    /// The file given, or the first that exists of `./config.toml` and `/etc/parlor/config.toml`,
    /// or nothing: the defaults serve.
    pub fn find(given: Option<&Path>) -> Result<Self, LoadError> {
        let path = match given {
            Some(path) => path.to_owned(),
            None => {
                let usual = ["config.toml", "/etc/parlor/config.toml"].map(PathBuf::from);
                match usual.into_iter().find(|path| path.exists()) {
                    Some(path) => path,
                    None => return Ok(Self::text("the defaults", "")),
                }
            }
        };
        let name = path.display().to_string();
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Self {
                name,
                text,
                is_file: true,
            }),
            Err(error) => Err(LoadError::Unreadable { name, error }),
        }
    }

    /// Notes what of it sets something.
    fn note(&self, tree: &toml::Table, from: From, origins: &mut Origins) {
        for (section, keys) in tree {
            for key in keys.as_table().into_iter().flat_map(toml::Table::keys) {
                let place = match self.line_of(section, key) {
                    Some(line) => format!("{}:{line}", self.name),
                    None => self.name.clone(),
                };
                origins.note(section, key, from, place);
            }
        }
    }

    /// What setup wrote, which wins over `file`; nothing where nobody went through it. Whoever may not look
    /// into the data folder is none who could do anything with this server.
    pub fn of_setup(
        file: &Self,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, LoadError> {
        let path = setup_file(file, environment);
        let name = path.display().to_string();
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Self::text(&name, &text)),
            Err(error) => match error.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied => {
                    Ok(Self::text(&name, ""))
                }
                _ => Err(LoadError::Unreadable { name, error }),
            },
        }
    }

    /// The same place with another text.
    pub fn with_text(&self, text: String) -> Self {
        Self {
            text,
            ..self.clone()
        }
    }

    /// What it says; empty when it is not TOML, which [`load`] says in words.
    pub fn tree(&self) -> toml::Table {
        self.text.parse().unwrap_or_default()
    }

    /// The line of a key, for messages.
    fn line_of(&self, section: &str, key: &str) -> Option<usize> {
        let mut here = "";
        for (index, line) in self.text.lines().enumerate() {
            let line = line.trim();
            if let Some(name) = line
                .strip_prefix('[')
                .and_then(|rest| rest.strip_suffix(']'))
            {
                here = name.trim();
            } else if here == section
                && line
                    .split('=')
                    .next()
                    .is_some_and(|name| name.trim() == key)
            {
                return Some(index + 1);
            }
        }
        None
    }
}

/// Why there is no configuration to start with.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file cannot be read.
    #[error(
        "cannot read {name}: {error}. Give another file with --config, or mend its permissions."
    )]
    Unreadable {
        /// Which file.
        name: String,
        /// What the system says.
        error: std::io::Error,
    },
    /// The file is not TOML, has an unknown key, or a value of the wrong kind.
    #[error(
        "{name} is not a valid configuration:\n{error}\n`parlor check-config --example` prints every key there is."
    )]
    Invalid {
        /// Which file.
        name: String,
        /// What the parser says, with line and column.
        error: Box<toml::de::Error>,
    },
    /// An environment variable names no key, or its value is of the wrong kind.
    #[error("the environment variable {variable} {what}")]
    Environment {
        /// Its name.
        variable: String,
        /// What is wrong and what to do.
        what: String,
    },
    /// A file that holds a secret cannot be read or is empty.
    #[error("{key} names {path}, which cannot be used: {what}")]
    SecretFile {
        /// The key.
        key: String,
        /// The file.
        path: String,
        /// What is wrong.
        what: String,
    },
    /// The values are well-formed, but impossible.
    #[error("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Impossible {
        /// All of them, so that one start is enough to see everything.
        problems: Vec<Problem>,
    },
}

/// Loads a configuration; see [`load_known`].
///
/// # Errors
/// When there is none to start with.
#[cfg(test)]
pub fn load(
    source: Source,
    setup: Source,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<Config, LoadError> {
    load_known(source, setup, environment).map(|(config, _)| config)
}

/// Loads a configuration, and where everything in it comes from. `environment` is the process's variables in the program, and a list in
/// tests.
///
/// # Errors
/// When there is none to start with.
pub fn load_known(
    source: Source,
    setup: Source,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<(Config, Origins), LoadError> {
    let invalid = |error| LoadError::Invalid {
        name: source.name.clone(),
        error: Box::new(error),
    };
    // Parsed once for its messages (they carry lines), then as a tree that the others change.
    let mut origins = Origins {
        file: source.is_file.then(|| source.name.clone()),
        layers: std::collections::BTreeMap::new(),
    };
    let mut tree = parsed(&source)?;
    source.note(&tree, From::File, &mut origins);
    let answered = parsed(&setup)?;
    setup.note(&answered, From::Setup, &mut origins);
    for (section, keys) in answered {
        match (tree.get_mut(&section), keys) {
            (Some(Value::Table(here)), Value::Table(keys)) => here.extend(keys),
            (_, keys) => drop(tree.insert(section, keys)),
        }
    }
    let mut from_environment = Vec::new();
    for (variable, text) in environment {
        let Some(path) = variable.strip_prefix("PARLOR__") else {
            continue;
        };
        let (section, key) = overlay(&mut tree, &variable, path, &text)?;
        origins.note(&section, &key, From::Environment, variable.clone());
        from_environment.push((section, key, variable));
    }
    let mut config: Config = Value::Table(tree).try_into().map_err(invalid)?;
    read_secret_files(&mut config)?;
    note_secret_files(&config, &mut origins);
    let mut problems = config.problems();
    if problems.is_empty() {
        return Ok((config, origins));
    }
    for problem in &mut problems {
        let variable = from_environment
            .iter()
            .find(|(section, key, _)| section == problem.section && key == problem.key);
        problem.place = match variable {
            Some((_, _, variable)) => variable.clone(),
            None => [&setup, &source]
                .into_iter()
                .find_map(|it| {
                    let line = it.line_of(problem.section, problem.key)?;
                    Some(format!("{}:{line}", it.name))
                })
                .unwrap_or_else(|| source.name.clone()),
        };
    }
    Err(LoadError::Impossible { problems })
}

fn parsed(source: &Source) -> Result<toml::Table, LoadError> {
    let invalid = |error| LoadError::Invalid {
        name: source.name.clone(),
        error: Box::new(error),
    };
    toml::from_str::<Config>(&source.text).map_err(invalid)?;
    source.text.parse().map_err(invalid)
}

/// Where setup writes.
pub fn setup_file(
    file: &Source,
    environment: impl IntoIterator<Item = (String, String)>,
) -> PathBuf {
    data_dir(file, environment).join(SETUP_FILE)
}

/// Where the data folder is, before anything else of the configuration is looked at.
fn data_dir(file: &Source, environment: impl IntoIterator<Item = (String, String)>) -> PathBuf {
    let named = environment
        .into_iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("PARLOR__SERVER__DATA_DIR"));
    let tree = file.tree();
    let written = tree.get("server").and_then(|it| it.get("data_dir"));
    match (named, written.and_then(Value::as_str)) {
        (Some((_, path)), _) => path.into(),
        (None, Some(path)) => path.into(),
        (None, None) => Config::default().server.data_dir.into(),
    }
}

/// Puts a value in words into a tree of settings, as the kind that the key's default has.
///
/// # Errors
/// What is wrong with it.
pub fn put(tree: &mut toml::Table, section: &str, key: &str, text: &str) -> Result<(), String> {
    let path = format!("{section}__{key}");
    match overlay(tree, "", &path, text) {
        Ok(_) => Ok(()),
        Err(LoadError::Environment { what, .. }) => Err(what),
        Err(other) => Err(other.to_string()),
    }
}

/// Puts one environment variable into the tree, as the kind of value that the default has.
fn overlay(
    tree: &mut toml::Table,
    variable: &str,
    path: &str,
    text: &str,
) -> Result<(String, String), LoadError> {
    let wrong = |what: String| LoadError::Environment {
        variable: variable.into(),
        what,
    };
    let path = path.to_ascii_lowercase();
    let (section, key) = path
        .split_once("__")
        .ok_or_else(|| wrong("is not of the form PARLOR__SECTION__KEY".into()))?;
    let defaults = toml::Table::try_from(Config::default())
        .map_err(|error| wrong(format!("cannot be compared with the defaults: {error}")))?;
    let default = defaults
        .get(section)
        .and_then(|section| section.get(key))
        .ok_or_else(|| {
            wrong(format!(
                "names no setting: there is no {key} in [{section}]"
            ))
        })?;
    let value = match default {
        Value::String(_) => Value::String(text.into()),
        Value::Integer(_) => Value::Integer(
            text.parse()
                .map_err(|_| wrong(format!("must be a whole number, not {text:?}")))?,
        ),
        Value::Boolean(_) => Value::Boolean(
            text.parse()
                .map_err(|_| wrong(format!("must be true or false, not {text:?}")))?,
        ),
        Value::Array(_) => Value::Array(
            text.split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty())
                .map(|item| Value::String(item.into()))
                .collect(),
        ),
        other => return Err(wrong(format!("cannot set a {}", other.type_str()))),
    };
    tree.entry(section)
        .or_insert_with(|| Value::Table(toml::Table::new()))
        .as_table_mut()
        .ok_or_else(|| {
            wrong(format!(
                "cannot be used: [{section}] is not a section in the file"
            ))
        })?
        .insert(key.into(), value);
    Ok((section.into(), key.into()))
}

/// Notes which values came from a file of their own.
fn note_secret_files(config: &Config, origins: &mut Origins) {
    let Ok(values) = origin::values(config) else {
        return;
    };
    for section in Config::DOCS {
        for (key, _) in section.keys {
            let file = format!("{key}_file");
            let path = values[section.name].get(&file).and_then(Value::as_str);
            if let Some(path) = path.filter(|path| !path.is_empty()) {
                origins.note(section.name, key, From::SecretFile, path.into());
            }
        }
    }
}

/// Fills every secret whose `*_file` twin is set.
fn read_secret_files(config: &mut Config) -> Result<(), LoadError> {
    let pairs = [
        (
            "accounts.token_secret_file",
            &config.accounts.token_secret_file,
            &mut config.accounts.token_secret,
        ),
        (
            "relay.secret_file",
            &config.relay.secret_file,
            &mut config.relay.secret,
        ),
        (
            "mail.smtp_password_file",
            &config.mail.smtp_password_file,
            &mut config.mail.smtp_password,
        ),
        (
            "payments.razorpay_key_secret_file",
            &config.payments.razorpay_key_secret_file,
            &mut config.payments.razorpay_key_secret,
        ),
        (
            "payments.razorpay_webhook_secret_file",
            &config.payments.razorpay_webhook_secret_file,
            &mut config.payments.razorpay_webhook_secret,
        ),
        (
            "payments.stripe_secret_key_file",
            &config.payments.stripe_secret_key_file,
            &mut config.payments.stripe_secret_key,
        ),
        (
            "payments.stripe_webhook_secret_file",
            &config.payments.stripe_webhook_secret_file,
            &mut config.payments.stripe_webhook_secret,
        ),
        (
            "payments.mpesa_consumer_secret_file",
            &config.payments.mpesa_consumer_secret_file,
            &mut config.payments.mpesa_consumer_secret,
        ),
        (
            "payments.mpesa_passkey_file",
            &config.payments.mpesa_passkey_file,
            &mut config.payments.mpesa_passkey,
        ),
        (
            "metrics.token_file",
            &config.metrics.token_file,
            &mut config.metrics.token,
        ),
        (
            "alerts.discord_webhook_url_file",
            &config.alerts.discord_webhook_url_file,
            &mut config.alerts.discord_webhook_url,
        ),
        (
            "alerts.webhook_secret_file",
            &config.alerts.webhook_secret_file,
            &mut config.alerts.webhook_secret,
        ),
    ];
    for (key, path, secret) in pairs {
        if path.is_empty() {
            continue;
        }
        let fail = |what: String| LoadError::SecretFile {
            key: key.into(),
            path: path.clone(),
            what,
        };
        let text = std::fs::read_to_string(path).map_err(|error| fail(error.to_string()))?;
        if text.trim().is_empty() {
            return Err(fail("it is empty".into()));
        }
        *secret = text.trim().into();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect()
    }

    fn nothing() -> Source {
        Source::text("setup.toml", "")
    }

    fn refusal(text: &str, variables: &[(&str, &str)]) -> String {
        load(
            Source::text("config.toml", text),
            nothing(),
            environment(variables),
        )
        .unwrap_err()
        .to_string()
    }

    /// The refusal of a text must say all of these.
    fn refused(text: &str, variables: &[(&str, &str)], says: &[&str]) {
        let words = refusal(text, variables);
        for it in says {
            assert!(words.contains(it), "{it:?} is not in: {words}");
        }
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let config = load(
            Source::text("config.toml", "[relay]\nport_min = 50000\nrealm = 'file'"),
            nothing(),
            environment(&[
                ("PARLOR__RELAY__REALM", "environment"),
                ("PARLOR__RELAY__ALLOW_LOOPBACK_PEERS", "true"),
                ("PARLOR__SERVER__LISTEN", "127.0.0.1:1, [::1]:1"),
                ("OTHER", "ignored"),
            ]),
        )
        .unwrap();
        assert_eq!(config.relay.port_min, 50_000);
        assert_eq!(config.relay.realm, "environment");
        assert!(config.relay.allow_loopback_peers);
        assert_eq!(config.server.listen, ["127.0.0.1:1", "[::1]:1"]);
    }

    #[test]
    fn every_place_that_set_a_key_is_known() {
        let text = "[relay]\nport_min = 50000\n\nrealm = 'file'\n[mail]\nsmtp_port = 25";
        let answered = Source::text("setup.toml", "[mail]\nsmtp_port = 587");
        let variables = environment(&[("PARLOR__RELAY__REALM", "environment")]);
        let (mut config, mut origins) =
            load_known(Source::text("config.toml", text), answered, variables).unwrap();
        let before = config.clone();
        config.allow_loopback_for_development().unwrap();
        origins.note_flag(&before, &config, "--dev");
        let layers = |section: &str, key: &str| -> Vec<_> {
            let layers = origins.of(section, key).iter();
            layers
                .map(|it| format!("{} {}", it.from.word(), it.place))
                .collect()
        };
        let of = |key: &str| layers("relay", key);
        assert_eq!(of("port_min"), ["file config.toml:2"]);
        let port = layers("mail", "smtp_port");
        assert_eq!(port, ["file config.toml:6", "setup setup.toml:2"]);
        assert_eq!(
            of("realm"),
            ["file config.toml:4", "environment PARLOR__RELAY__REALM"]
        );
        assert_eq!(of("allow_loopback_peers"), ["command --dev"]);
        assert!(of("port_max").is_empty());
    }

    #[test]
    fn a_refusal_names_the_place_and_the_remedy() {
        refused(
            "[server]\nlisten = []\nlitsen = []",
            &[],
            &["line 3", "litsen"],
        );
        refused("[relay]\nport_min = 'low'", &[], &["line 2"]);
        refused(
            "",
            &[("PARLOR__RELAY__PORT_MIN", "low")],
            &["PARLOR__RELAY__PORT_MIN must be a whole number"],
        );
        refused(
            "",
            &[("PARLOR__RELAY__PROT_MIN", "1")],
            &["there is no prot_min in [relay]"],
        );
        refused(
            "[relay]\n\nport_min = 60000\nport_max = 50000",
            &[],
            &["config.toml:3", "port_max"],
        );
    }

    #[test]
    fn peers_of_the_relay_are_named_or_refused_with_words() {
        refused(
            "[relay]\npeer_policy = 'everybody'",
            &[],
            &["peer_policy is \"everybody\"", "\"public\""],
        );
        refused("[relay]\npeer_policy = 'cidr'", &[], &["reaches nobody"]);
        refused(
            "[relay]\npeer_policy = 'cidr'\npeer_networks = ['198.200.0.0/33']",
            &[],
            &["\"198.200.0.0/33\", which is not a network"],
        );
        refused(
            "[relay]\npeer_networks = ['198.200.0.0/16']",
            &[],
            &["is not looked at"],
        );
    }

    #[test]
    fn certificates_are_asked_for_only_where_they_can_be_had() {
        let server =
            "[server]\npublic_url = 'https://meet.example.org'\ntls_listen = ['0.0.0.0:443']\n";
        let with = |server: &str, acme: &str| format!("{server}[acme]\n{acme}");
        let fine = with(server, "domains = ['meet.example.org', 'www.example.org']");
        assert!(load(Source::text("config.toml", &fine), nothing(), []).is_ok());
        for (acme, says) in [
            (
                "domains = ['other.example.org']",
                "browsers would warn everybody",
            ),
            (
                "domains = ['meet.example.org', '*.example.org']",
                "no wildcard",
            ),
            ("domains = ['meet.example.org', '192.0.2.1']", "no address"),
            (
                "domains = ['meet.example.org']\nchallenges = ['http-01']",
                "leaves no way",
            ),
            (
                "domains = ['meet.example.org']\nchallenges = ['dns-01']",
                "must be one of",
            ),
            (
                "domains = ['meet.example.org']\ndirectory_url = 'http://ca'",
                "https://",
            ),
            (
                "domains = ['meet.example.org']\nstaging = true\ndirectory_url = 'https://ca'",
                "Let's Encrypt's",
            ),
        ] {
            refused(&with(server, acme), &[], &[says]);
        }
        let no_door = "[server]\npublic_url = 'https://meet.example.org'\n";
        refused(
            &with(no_door, "domains = ['meet.example.org']"),
            &[],
            &["server.tls_listen is empty"],
        );
        let plain = "[server]\nredirect_listen = ['0.0.0.0:80']";
        refused(plain, &[], &["redirect_listen sends people to https"]);
    }

    #[test]
    fn a_mail_server_elsewhere_is_not_spoken_to_in_the_clear() {
        let mail = |host| format!("[mail]\nsmtp_host = '{host}'\nsmtp_security = 'none'");
        for host in ["mail.example.org", "192.0.2.1", "localhost.example.org"] {
            let words = ["config.toml:3", "readable over the network", "\"starttls\""];
            refused(&mail(host), &[], &words);
        }
        for host in ["localhost", "127.0.0.1", "::1"] {
            assert!(load(Source::text("config.toml", &mail(host)), nothing(), []).is_ok());
        }
        refused(
            "[mail]\nmeeting_mails_per_address_per_day = 0",
            &[],
            &["nobody would get any"],
        );
    }

    #[test]
    fn a_secret_comes_from_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, "0123456789abcdef0123456789abcdef\n").unwrap();
        let text = format!("[relay]\nsecret_file = {:?}", path.display().to_string());
        let config = load(Source::text("config.toml", &text), nothing(), []).unwrap();
        assert_eq!(config.relay.secret, "0123456789abcdef0123456789abcdef");
        std::fs::write(&path, " \n").unwrap();
        refused(&text, &[], &["it is empty"]);
    }
}
