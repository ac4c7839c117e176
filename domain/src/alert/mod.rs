//! What the operator is told by itself, and when (R303).
//!
//! The server looks every few seconds and hands what it saw to one machine, [`Alerts`]. The machine
//! compares what is so with what the operator was told, and a notice is the difference: so a restart
//! tells nothing twice and loses no recovery, and a notice that had to wait says what is so then.
//! Something must be bad for a while before it is told, and well for a while before it is over; what
//! comes together is told together, and only so many notices go out in an hour.
//!
//! Must never hold a name, an address or a text of a person: sentences are about the machine.
//! `window` counts failed calls, `retry` says when a notice that was not taken is tried again.

pub mod ping;
pub mod retry;
mod told;
pub mod window;

pub use told::Told;

use std::collections::BTreeMap;

use crate::time::{Millis, Timestamp};

/// How bad something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Good to know.
    Info,
    /// It will get worse.
    Warning,
    /// People notice it.
    Error,
}

impl Severity {
    /// The word in notices.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

macro_rules! topics {
    ($($name:ident = $word:literal, $title:literal, $patience:literal;)*) => {
        /// What can be bad.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Topic {
            $(#[doc = $title] $name,)*
        }

        impl Topic {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The word in notices, rows and metrics; never changed.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// The words that a notice begins with.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// How long it must be seen before it is told, in seconds: a short one mends itself.
            const fn patience_s(self) -> i64 {
                match self { $(Self::$name => $patience,)* }
            }
        }
    };
}

topics! {
    Store = "store", "The store takes no writes", 20;
    Disk = "disk", "Little room on the disk", 60;
    // The self-test that sees it has its own rhythm, and tries every listener.
    Relay = "relay", "TURN server unreachable", 0;
    Actors = "sockets", "The sockets do not answer", 20;
    Calls = "calls", "High call failure rate", 0;
    Mail = "mail", "Mails are not sent", 60;
    Backup = "backup", "No fresh backup", 0;
    // At a first start it takes minutes to get one.
    Certificate = "certificate", "The certificate", 600;
    Books = "books", "The books do not add up", 0;
    Traffic = "traffic", "The relay's month runs out", 0;
    Payments = "payments", "Payments need a look", 60;
    Faults = "faults", "The server crashed", 0;
}

impl Topic {
    /// Whether people cannot meet when it fails. Whatever else fails wants the operator only.
    pub const fn is_vital(self) -> bool {
        matches!(
            self,
            Self::Store | Self::Relay | Self::Actors | Self::Certificate
        )
    }

    /// The topic of this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|it| it.word() == word)
    }
}

/// What a look found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Nothing to say.
    Well,
    /// This, in a few words that follow the topic's title.
    Bad(Severity, String),
}

/// How patient the operator is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// What goes on is told again after this.
    pub repeat: Millis,
    /// Well for so long is over.
    pub well_for: Millis,
    /// Between two notices: what comes in the meantime is told together.
    pub gather: Millis,
    /// Most notices in an hour.
    pub hourly_max: usize,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            repeat: Millis::from_mins(12 * 60),
            well_for: Millis::from_mins(3),
            gather: Millis::from_secs(30),
            hourly_max: 10,
        }
    }
}

/// What a line of a notice says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// It began, or became worse.
    Raised,
    /// It goes on.
    Still,
    /// It is over.
    Recovered,
}

impl News {
    /// The word in notices.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Raised => "raised",
            Self::Still => "still",
            Self::Recovered => "recovered",
        }
    }
}

/// One line of a notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// About what.
    pub topic: Topic,
    /// What became of it.
    pub news: News,
    /// How bad it is, or was.
    pub severity: Severity,
    /// Since when it is bad, or was.
    pub since: Timestamp,
    /// One sentence.
    pub text: String,
}

/// What goes out to the operator. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// When it was written.
    pub at: Timestamp,
    /// What it says, the worst first.
    pub lines: Vec<Line>,
}

impl Notice {
    /// How bad the worst of it is; a recovery is only good to know.
    pub fn severity(&self) -> Severity {
        let bad = self.lines.iter().filter(|it| it.news != News::Recovered);
        bad.map(|it| it.severity).max().unwrap_or(Severity::Info)
    }

    /// One to see that notices arrive.
    pub fn test(at: Timestamp) -> Self {
        Self {
            at,
            lines: Vec::new(),
        }
    }
}

/// How one topic stands.
#[derive(Clone, Debug, Default)]
struct Standing {
    /// Since when it was seen bad without a break, and not told yet.
    bad_since: Option<Timestamp>,
    /// Since when it was seen well without a break, although it was told as bad.
    well_since: Option<Timestamp>,
    /// What was seen last, if it was bad.
    seen: Option<(Severity, String)>,
    /// What the operator was told, unless it is over.
    told: Option<Told>,
}

/// The machine.
#[derive(Clone, Debug)]
pub struct Alerts {
    rules: Rules,
    topics: BTreeMap<Topic, Standing>,
    /// When notices of the last hour went out.
    sent: Vec<Timestamp>,
}

impl Alerts {
    /// Goes on where an earlier process stopped: `told` is what its operator knows.
    pub fn new(rules: Rules, told: impl IntoIterator<Item = Told>) -> Self {
        let standing = |told: Told| {
            let standing = Standing {
                seen: Some((told.severity, String::new())),
                told: Some(told),
                ..Standing::default()
            };
            (told.topic, standing)
        };
        Self {
            rules,
            topics: told.into_iter().map(standing).collect(),
            sent: Vec::new(),
        }
    }

    /// What the operator knows and is not over: to be kept for the next process.
    pub fn told(&self) -> Vec<Told> {
        self.topics.values().filter_map(|it| it.told).collect()
    }

    /// Takes what a look found. Topics that nobody looked at stay as they were.
    pub fn handle(&mut self, seen: Vec<(Topic, Seen)>, now: Timestamp) -> Option<Notice> {
        for (topic, seen) in seen {
            self.topics.entry(topic).or_default().see(seen, now);
        }
        let hour = Millis::from_mins(60);
        self.sent.retain(|it| now.since(*it) < hour);
        let gathered = self.sent.last();
        if gathered.is_some_and(|last| now.since(*last) < self.rules.gather)
            || self.sent.len() >= self.rules.hourly_max
        {
            return None;
        }
        let rules = self.rules;
        let due = self.topics.iter_mut();
        let mut lines: Vec<_> = due
            .filter_map(|(topic, it)| it.tell(*topic, rules, now))
            .collect();
        if lines.is_empty() {
            return None;
        }
        let worst_first = |it: &Line| (it.news == News::Recovered, std::cmp::Reverse(it.severity));
        lines.sort_by_key(worst_first);
        self.sent.push(now);
        Some(Notice { at: now, lines })
    }
}

impl Standing {
    fn see(&mut self, seen: Seen, now: Timestamp) {
        match seen {
            Seen::Bad(severity, words) => {
                self.bad_since.get_or_insert(now);
                self.well_since = None;
                self.seen = Some((severity, words));
            }
            Seen::Well => {
                self.bad_since = None;
                self.well_since.get_or_insert(now);
            }
        }
    }

    /// The line that is due, which is taken for told.
    fn tell(&mut self, topic: Topic, rules: Rules, now: Timestamp) -> Option<Line> {
        let (news, told) = match self.told {
            Some(told) => {
                let over = |since| now.since(since) >= rules.well_for;
                if self.well_since.is_some_and(over) {
                    self.told = None;
                    return Some(line(topic, News::Recovered, told, "", now));
                }
                let (severity, _) = self.seen.as_ref().filter(|_| self.bad_since.is_some())?;
                let news = match () {
                    () if *severity > told.severity => News::Raised,
                    () if now.since(told.at) >= rules.repeat => News::Still,
                    () => return None,
                };
                let told = Told {
                    severity: *severity,
                    at: now,
                    ..told
                };
                (news, told)
            }
            None => {
                let (since, (severity, _)) = (self.bad_since?, self.seen.as_ref()?);
                if now.since(since) < Millis::from_secs(topic.patience_s()) {
                    return None;
                }
                let told = Told {
                    topic,
                    severity: *severity,
                    since,
                    at: now,
                };
                (News::Raised, told)
            }
        };
        self.told = Some(told);
        let words = self.seen.as_ref().map_or("", |(_, words)| words);
        Some(line(topic, news, told, words, now))
    }
}

fn line(topic: Topic, news: News, told: Told, words: &str, now: Timestamp) -> Line {
    let title = topic.title();
    let text = match (news, words) {
        (News::Recovered, _) => {
            let minutes = now.since(told.since).0 / 60_000;
            format!("{title}: over, after {}", span(minutes))
        }
        (_, "") => title.to_owned(),
        (_, words) => format!("{title}: {words}"),
    };
    Line {
        topic,
        news,
        severity: told.severity,
        since: told.since,
        text,
    }
}

/// A length of time in words.
fn span(minutes: i64) -> String {
    match minutes {
        ..=1 => "a minute".into(),
        2..=120 => format!("{minutes} minutes"),
        121..=2_880 => format!("{} hours", minutes / 60),
        _ => format!("{} days", minutes / 1_440),
    }
}

#[cfg(test)]
mod tests;
