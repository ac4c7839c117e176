//! The macro that turns one declaration into the struct, its defaults and its documentation.

/// What a section says about itself: used to render `config.toml` and to find keys by name.
pub struct SectionDoc {
    /// Name in the file and in environment variables.
    pub name: &'static str,
    /// What it is about.
    pub about: &'static [&'static str],
    /// Every key with its lines of documentation, in order of declaration.
    pub keys: &'static [(&'static str, &'static [&'static str])],
}

macro_rules! sections {
    ($(
        $(#[doc = $about:literal])+
        $section:ident: $Section:ident {
            $( $(#[doc = $doc:literal])+ $key:ident: $type:ty = $default:expr; )+
        }
    )+) => {
        /// Everything an operator can set.
        #[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct Config {
            $( $(#[doc = $about])+ pub $section: $Section, )+
        }

        $(
            $(#[doc = $about])+
            #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
            #[serde(deny_unknown_fields, default)]
            pub struct $Section {
                $( $(#[doc = $doc])+ pub $key: $type, )+
            }

            impl Default for $Section {
                fn default() -> Self {
                    Self { $( $key: $default, )+ }
                }
            }
        )+

        impl Config {
            /// Documentation of all sections, in order of declaration.
            pub const DOCS: &'static [$crate::config::declare::SectionDoc] = &[$(
                $crate::config::declare::SectionDoc {
                    name: stringify!($section),
                    about: &[$($about),+],
                    keys: &[$( (stringify!($key), &[$($doc),+]) ),+],
                },
            )+];
        }
    };
}
pub(super) use sections;

use super::Config;

impl Config {
    /// `config.toml`: every key with its words and, commented out, its default.
    pub fn render() -> String {
        let defaults = toml::Value::try_from(Self::default()).unwrap_or_else(|error| {
            unreachable!("the defaults are plain strings, numbers and lists: {error}")
        });
        let mut out = String::from(
            "# Parlor reads this file from --config, ./config.toml or /etc/parlor/config.toml.\n\
             # Every line that begins with '#key' shows a default; remove the '#' to change it.\n\
             # Environment variables win: PARLOR__SECTION__KEY, for example PARLOR__SERVER__PUBLIC_URL.\n\
             # `parlor check-config` says what is wrong with a file and how to mend it.\n",
        );
        for section in Self::DOCS {
            out.push('\n');
            for line in section.about {
                out.push_str(&format!("#{line}\n"));
            }
            out.push_str(&format!("[{}]\n", section.name));
            for (key, doc) in section.keys {
                for line in *doc {
                    out.push_str(&format!("#{line}\n"));
                }
                out.push_str(&format!("#{key} = {}\n", defaults[section.name][*key]));
            }
        }
        out
    }
}
