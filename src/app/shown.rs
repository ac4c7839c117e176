//! The settings as admins see them, made from their declaration once, at the start. No value of a
//! secret gets into it.

use parlor_web::rest::admin::{LayerBody, SectionBody, SettingBody, SettingsBody};

use crate::{
    config::{
        Config, Origins,
        origin::{is_secret, values},
    },
    setup,
};

/// Every key with its words, its default, its value and where that comes from.
pub fn settings(config: &Config, origins: &Origins) -> SettingsBody {
    let (Ok(now), Ok(defaults)) = (values(config), values(&Config::default())) else {
        return SettingsBody::default();
    };
    let prose = |lines: &[&str]| {
        let lines: Vec<_> = lines.iter().map(|line| line.trim()).collect();
        lines.join(" ")
    };
    let sections = Config::DOCS.iter().map(|section| SectionBody {
        name: section.name.into(),
        about: prose(section.about),
        keys: section
            .keys
            .iter()
            .map(|(key, about)| {
                let value = &now[section.name][*key];
                let default = &defaults[section.name][*key];
                let secret = is_secret(key, value);
                SettingBody {
                    key: (*key).into(),
                    about: prose(about),
                    default: default.to_string(),
                    value: (!secret).then(|| value.to_string()),
                    secret,
                    changed: value != default,
                    in_setup: config.server.setup_in_browser && setup::may_set(section.name, key),
                    layers: origins
                        .of(section.name, key)
                        .iter()
                        .map(|it| LayerBody {
                            from: it.from.word().into(),
                            place: it.place.clone(),
                        })
                        .collect(),
                }
            })
            .collect(),
    });
    SettingsBody {
        file: origins.file.clone(),
        sections: sections.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_set_and_not_said() {
        let mut config = Config::default();
        config.relay.secret = "0123456789abcdef0123456789abcdef".into();
        config.relay.port_min = 50_000;
        let shown = settings(&config, &Origins::default());
        let all = serde_json::to_string(&shown).unwrap();
        assert!(!all.contains("0123456789abcdef"), "a secret got out");
        let relay = shown.sections.iter().find(|it| it.name == "relay").unwrap();
        let of = |key: &str| relay.keys.iter().find(|it| it.key == key).unwrap();
        assert_eq!(
            (
                of("secret").secret,
                of("secret").changed,
                &of("secret").value
            ),
            (true, true, &None)
        );
        let port = of("port_min");
        assert_eq!(
            (port.value.as_deref(), port.default.as_str(), port.changed),
            (Some("50000"), "49152", true)
        );
        assert!(!port.about.is_empty() && !port.about.contains("  "));
    }
}
