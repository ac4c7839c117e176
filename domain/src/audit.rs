//! Who tried to reach what, and whether it was let in: what the audit log is told, and what it says later.
//!
//! Must never hold more of a person than an id: an address and words that somebody typed travel beside
//! the record ([`Attempt::address`], [`Attempt::words`]) and can be forgotten without it. Facts are words
//! and numbers of ours. Start at [`Attempt::new`].

use std::net::IpAddr;

use crate::{
    id::UserId,
    identity::{Identity, Role},
    time::{Millis, Timestamp},
};

/// Most facts of one record.
pub const FACTS_MAX: usize = 8;
/// Longest fact, in characters.
pub const FACT_CHARS_MAX: usize = 100;
/// Longest words beside a record, in characters.
pub const WORDS_CHARS_MAX: usize = 500;
/// Equal refusals, and equal looks of an admin, within this are one record with a number.
pub const FOLDED_WITHIN: Millis = Millis::from_secs(60);

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident = $word:literal;)*) => {
        /// What was tried. The words are stored and searched for: never changed, never used again for
        /// something else. To add one, add a line here and its sentence in the pages' words.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Action {
            $($(#[$doc])* $name,)*
        }

        impl Action {
            /// Every action.
            pub const ALL: &'static [Action] = &[$(Action::$name),*];

            /// The word in records, searches and exports.
            pub const fn word(self) -> &'static str {
                match self { $(Action::$name => $word,)* }
            }
        }
    };
}

actions! {
    /// Address and password.
    Login = "login";
    /// A new account, by the link of a mail.
    AccountMade = "account_made";
    /// A new account of somebody who operates the server.
    AdminMade = "admin_made";
    /// A link was made that makes an admin.
    AdminLinkMade = "admin_link_made";
    /// A link for a new password was asked for.
    PasswordAsked = "password_asked";
    /// A new password by that link.
    PasswordReset = "password_reset";
    /// A new password by the old one.
    PasswordChanged = "password_changed";
    /// The second step of a login, or its settings.
    SecondStep = "second_step";
    /// A device asked to stay logged in.
    LoginRenewed = "login_renewed";
    /// A device logged out.
    Logout = "logout";
    /// Somebody ended another device's login.
    LoginEnded = "login_ended";
    /// A page connected for calls and messages.
    Connected = "connected";
    /// Any other request, refused.
    Request = "request";
    /// Somebody looked where a join link leads.
    LinkSeen = "video_call_link_seen";
    /// Somebody went in by a join link.
    LinkRedeemed = "video_call_link_redeemed";
    /// Somebody asked whether the door is open.
    DoorAsked = "video_call_asked";
    /// Somebody came into a room.
    Joined = "video_call_join";
    /// Somebody came before a door where one waits.
    Waiting = "video_call_wait";
    /// A host let somebody in.
    Admitted = "video_call_admit";
    /// A host turned somebody away.
    Denied = "video_call_deny";
    /// A host put somebody out.
    Removed = "video_call_remove";
    /// Somebody left for good.
    Left = "video_call_leave";
    /// A host ended it for everybody.
    EndedForAll = "video_call_end_for_all";
    /// Two people were connected (R280).
    CallStarted = "video_call_started";
    /// The call was over (R280).
    CallEnded = "video_call_ended";
    /// An admin entered a room that is not theirs.
    BrokeGlass = "video_call_break_glass";
    /// An admin read something.
    AdminRead = "admin_read";
    /// An admin changed something.
    AdminChanged = "admin_changed";
    /// An admin decided a report.
    ReportDecided = "report_decided";
    /// An admin took an account out of service, or let it in again.
    Suspension = "suspension";
    /// An admin sent money back.
    Refunded = "refunded";
    /// A host asked for a payout.
    PayoutAsked = "payout_asked";
    /// An admin paid one out, or voided it.
    PayoutDecided = "payout_decided";
    /// An admin gave or took coins.
    BooksAdjusted = "books_adjusted";
    /// An admin decided a dispute.
    DisputeDecided = "dispute_decided";
    /// An admin decided about a host.
    HostDecided = "host_decided";
    /// An admin read what a mail says.
    MailRead = "mail_read";
    /// Settings of the server, or its maintenance.
    SettingsChanged = "settings_changed";
    /// Somebody's data, or all of it, was taken out.
    Exported = "exported";
    /// Somebody asked for a copy of their data, or an admin did for them.
    ExportAsked = "export_asked";
    /// Somebody asked to be erased.
    ErasureAsked = "erasure_asked";
    /// Somebody who had asked to be erased stays.
    ErasureTakenBack = "erasure_taken_back";
    /// Somebody's data was erased.
    Erased = "erased";
    /// Private notes about a client were opened or written.
    Notes = "notes";
    /// The audit log was searched or taken out.
    AuditRead = "audit_read";
    /// The server began to record.
    ServerStarted = "server_started";
    /// The server stopped in order.
    ServerStopped = "server_stopped";
    /// So many attempts could not be recorded.
    Gap = "audit_gap";
    /// What was kept long enough was removed.
    Purged = "audit_purged";
}

/// Who tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Who {
    /// Nobody that is known.
    Nobody,
    /// The server, or its operator at the command line.
    House,
    /// This person, as that.
    Person(UserId, Role),
}

impl Who {
    /// The person.
    pub fn user(self) -> Option<UserId> {
        match self {
            Self::Person(user, _) => Some(user),
            Self::Nobody | Self::House => None,
        }
    }
}

impl From<&Identity> for Who {
    fn from(it: &Identity) -> Self {
        Self::Person(it.user, it.role)
    }
}

/// What somebody wanted to reach.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Resource {
    /// "Session" for a call's place (R280), "User", "Order"…; empty for none.
    pub kind: String,
    /// Which; empty for all, or none.
    pub id: String,
}

/// The kind of resource of rooms, meetings and calls (R280).
pub const SESSION: &str = "Session";
/// The kind of resource of accounts.
pub const USER: &str = "User";
/// The kind of resource of the log itself.
pub const AUDIT: &str = "Audit";

/// Somebody tried something. Made where it happened, and handed to the log.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Attempt {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub who: Who,
    /// What.
    pub action: Action,
    /// Nothing when it was let through; else why not, in a word of the API.
    pub refused: Option<String>,
    /// What it was about.
    pub resource: Resource,
    /// Whose data, where that is one person.
    pub about: Option<UserId>,
    /// More, in words and numbers of ours: name and value.
    pub facts: Vec<(String, String)>,
    /// Where it came from. Kept beside the record, and for a shorter time.
    pub address: Option<IpAddr>,
    /// What somebody said about it. Kept beside the record.
    pub words: String,
}

impl Attempt {
    /// Somebody unknown was let through.
    pub fn new(action: Action, at: Timestamp) -> Self {
        Self {
            at,
            who: Who::Nobody,
            action,
            refused: None,
            resource: Resource::default(),
            about: None,
            facts: Vec::new(),
            address: None,
            words: String::new(),
        }
    }

    /// Who it was.
    #[must_use]
    pub fn by(mut self, who: impl Into<Who>) -> Self {
        self.who = who.into();
        self
    }

    /// What it was about.
    #[must_use]
    pub fn on(mut self, kind: &str, id: impl ToString) -> Self {
        self.resource = Resource {
            kind: cut(kind, FACT_CHARS_MAX),
            id: cut(&id.to_string(), FACT_CHARS_MAX),
        };
        self
    }

    /// Whose data it was about.
    #[must_use]
    pub fn about(mut self, user: UserId) -> Self {
        self.about = Some(user);
        self
    }

    /// It was refused.
    #[must_use]
    pub fn refused(mut self, why: &str) -> Self {
        self.refused = Some(cut(why, FACT_CHARS_MAX));
        self
    }

    /// Where it came from.
    #[must_use]
    pub fn from(mut self, address: Option<IpAddr>) -> Self {
        self.address = address;
        self
    }

    /// One more fact; beyond [`FACTS_MAX`] they are dropped. Never a name, an address or a text of a
    /// person.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        if self.facts.len() < FACTS_MAX {
            let value = cut(&value.to_string(), FACT_CHARS_MAX);
            self.facts.push((cut(name, FACT_CHARS_MAX), value));
        }
        self
    }

    /// What somebody said about it: a reason, for example.
    #[must_use]
    pub fn saying(mut self, words: &str) -> Self {
        self.words = cut(words, WORDS_CHARS_MAX);
        self
    }

    /// Whether an equal one within [`FOLDED_WITHIN`] is only counted: what is refused, so that nobody
    /// fills the disk by knocking, and what an open page asks again and again.
    pub fn folds(&self) -> bool {
        let again = matches!(
            self.action,
            Action::AdminRead | Action::AuditRead | Action::Connected | Action::DoorAsked
        );
        self.refused.is_some() || again
    }
}

fn cut(text: &str, chars: usize) -> String {
    text.chars().take(chars).collect()
}

/// One record of the log, as it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its number; they rise by one.
    pub seq: u64,
    /// When; the first time, if it stands for several.
    pub at: Timestamp,
    /// When for the last time.
    pub until: Timestamp,
    /// How often.
    pub times: u32,
    /// Who.
    pub who: Who,
    /// What, as [`Action::word`] of the program that wrote it.
    pub action: String,
    /// Nothing when it was let through.
    pub refused: Option<String>,
    /// What it was about.
    pub resource: Resource,
    /// Whose data.
    pub about: Option<UserId>,
    /// More.
    pub facts: Vec<(String, String)>,
    /// Where it came from, while that is kept.
    pub address: Option<IpAddr>,
    /// What somebody said about it, while that is kept.
    pub words: Option<String>,
}

impl Record {
    /// A fact by its name.
    pub fn fact(&self, name: &str) -> Option<&str> {
        let found = self.facts.iter().find(|(it, _)| it == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// Which records somebody looks for; what is empty matches everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Who did it, or whose data it was about.
    pub person: Option<UserId>,
    /// What, or what it begins with before a `*`: `video_call_*`.
    pub action: Option<String>,
    /// The kind of resource.
    pub kind: Option<String>,
    /// The resource.
    pub id: Option<String>,
    /// Only refused ones, or only those let through.
    pub refused: Option<bool>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub to: Option<Timestamp>,
}

impl Wanted {
    /// Whether a record is one of them.
    pub fn matches(&self, it: &Record) -> bool {
        let person = |user| it.who.user() == Some(user) || it.about == Some(user);
        let action = |wanted: &str| match wanted.strip_suffix('*') {
            Some(head) => it.action.starts_with(head),
            None => it.action == wanted,
        };
        self.person.is_none_or(person)
            && self.action.as_deref().is_none_or(action)
            && self
                .kind
                .as_ref()
                .is_none_or(|kind| it.resource.kind == *kind)
            && self.id.as_ref().is_none_or(|id| it.resource.id == *id)
            && self
                .refused
                .is_none_or(|refused| it.refused.is_some() == refused)
            && self.from.is_none_or(|from| it.until >= from)
            && self.to.is_none_or(|to| it.at < to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn words_of_actions_are_unique_and_plain() {
        let mut words: Vec<_> = Action::ALL.iter().map(|it| it.word()).collect();
        let plain = |word: &&str| word.bytes().all(|it| it.is_ascii_lowercase() || it == b'_');
        assert!(words.iter().all(plain));
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), Action::ALL.len());
    }

    #[test]
    fn what_is_too_long_is_cut_and_too_many_facts_are_dropped() {
        let mut it = Attempt::new(Action::Login, Timestamp(0)).saying(&"x".repeat(900));
        for n in 0..20 {
            it = it.with("n", n).with("long", "y".repeat(900));
        }
        assert_eq!(it.words.len(), WORDS_CHARS_MAX);
        assert_eq!(it.facts.len(), FACTS_MAX);
        assert!(
            it.facts
                .iter()
                .all(|(_, value)| value.len() <= FACT_CHARS_MAX)
        );
    }

    #[test]
    fn who_looks_finds() {
        let user = |n| UserId(Uuid::from_u128(n));
        let it = Record {
            seq: 1,
            at: Timestamp(10),
            until: Timestamp(20),
            times: 2,
            who: Who::Person(user(1), Role::Admin),
            action: "video_call_join".into(),
            refused: Some("too_early".into()),
            resource: Resource {
                kind: SESSION.into(),
                id: "m".into(),
            },
            about: Some(user(2)),
            facts: vec![],
            address: None,
            words: None,
        };
        let all = Wanted::default();
        // what is looked for, whether it is found
        let cases = [
            (all.clone(), true),
            (
                Wanted {
                    person: Some(user(1)),
                    ..all.clone()
                },
                true,
            ),
            (
                Wanted {
                    person: Some(user(2)),
                    ..all.clone()
                },
                true,
            ),
            (
                Wanted {
                    person: Some(user(3)),
                    ..all.clone()
                },
                false,
            ),
            (
                Wanted {
                    action: Some("video_call_*".into()),
                    ..all.clone()
                },
                true,
            ),
            (
                Wanted {
                    action: Some("video_call_join".into()),
                    ..all.clone()
                },
                true,
            ),
            (
                Wanted {
                    action: Some("video_call".into()),
                    ..all.clone()
                },
                false,
            ),
            (
                Wanted {
                    kind: Some("User".into()),
                    ..all.clone()
                },
                false,
            ),
            (
                Wanted {
                    id: Some("m".into()),
                    ..all.clone()
                },
                true,
            ),
            (
                Wanted {
                    refused: Some(false),
                    ..all.clone()
                },
                false,
            ),
            (
                Wanted {
                    from: Some(Timestamp(20)),
                    ..all.clone()
                },
                true,
            ),
            (
                Wanted {
                    from: Some(Timestamp(21)),
                    ..all.clone()
                },
                false,
            ),
            (
                Wanted {
                    to: Some(Timestamp(10)),
                    ..all.clone()
                },
                false,
            ),
            (
                Wanted {
                    to: Some(Timestamp(11)),
                    ..all
                },
                true,
            ),
        ];
        for (wanted, found) in cases {
            assert_eq!(wanted.matches(&it), found, "{wanted:?}");
        }
    }
}
