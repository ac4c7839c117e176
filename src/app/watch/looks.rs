//! Looks at each part, and the one place that says how bad what is seen is: an error of a vital part
//! keeps people from meeting, everything else wants the operator. Sentences have no name and no
//! address of a person.

use std::time::Duration;

use parlor_actors::services::Services;
use parlor_data::{ResealError, nouns::setting};
use parlor_domain::{
    alert::{
        Seen, Severity, Topic,
        window::{Tries, Window},
    },
    budget::Level,
    time::{Millis, Timestamp},
};
use parlor_turn::{SelfTest, selftest::Check};

use super::Parts;
use crate::{
    certificate::{Status, Verdict},
    doctor::Looked,
    logs,
};

/// A committer, an actor's thread or a write that is silent for longer has stopped.
const SILENCE_MAX: Duration = Duration::from_secs(5);
/// The books are proven every hour.
const BOOKS_AGE_MAX: Millis = Millis::from_mins(3 * 60);
/// Webhooks of an hour whose signature was wrong, or that could not be applied: one may be an accident.
const WEBHOOKS_MAX: u64 = 5;
/// Orders that a gateway may fail to take one after the other: one may be the payer's fault.
const UNTAKEN_MAX: u64 = 2;
/// After that, nobody knows whether it would take one.
const UNTAKEN_AGE_MAX: Millis = Millis::from_mins(60);
/// How long it is shown that the process before this one ended without a stop: long enough to be told,
/// and to be asked for after a restart.
const CUT_OFF_SHOWN: Millis = Millis::from_mins(10);

/// What is worth a word.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Free bytes where the store lies.
    pub free_bytes_min: u64,
    /// Failed calls of a hundred tries in an hour; 0 is never.
    pub failed_percent_max: u64,
    /// Tries of that hour below which nothing is said.
    pub tries_min: u64,
    /// How long mails may wait for the mail server; none without one, or when nobody wants to know.
    pub mail_wait: Option<Millis>,
    /// How old the last good backup may be; none when nobody wants to know.
    pub backup_age: Option<Millis>,
    /// Whether backups were asked for, so that there should be one.
    pub backups_wanted: bool,
}

/// What is remembered between looks.
pub(super) struct Looks {
    parts: Parts,
    calls: Window,
    faults: Window,
    webhooks: Window,
    mail_stuck_since: Option<Timestamp>,
    /// Why the last write did not reach the disk, although the store says that all is well.
    unwritten: Option<Seen>,
    turns: bool,
    began: Timestamp,
}

fn error(words: impl Into<String>) -> Seen {
    Seen::Bad(Severity::Error, words.into())
}

fn warning(words: impl Into<String>) -> Seen {
    Seen::Bad(Severity::Warning, words.into())
}

/// A counter as the window wants it.
fn counted(failed: u64) -> Tries {
    Tries { started: 0, failed }
}

impl Looks {
    pub fn new(parts: Parts, now: Timestamp) -> Self {
        Self {
            calls: Window::new(Tries::default(), now),
            faults: Window::new(counted(0), now),
            webhooks: Window::new(counted(0), now),
            mail_stuck_since: None,
            unwritten: None,
            turns: true,
            began: now,
            parts,
        }
    }

    /// Whether what a restart mends turns.
    pub fn turns(&self) -> bool {
        self.turns
    }

    /// What costs next to nothing.
    pub async fn often(&mut self, now: Timestamp) -> Vec<(Topic, Seen)> {
        if self.unwritten.is_some() {
            // Every round until one arrives.
            self.unwritten = self.write(now).await;
        }
        let (store, actors) = (self.store(), self.actors().await);
        let silence = self.parts.store.stats().committer_silence;
        self.turns = silence <= SILENCE_MAX && actors == Seen::Well;
        let mut seen = vec![
            (Topic::Store, store),
            (Topic::Disk, self.disk()),
            (Topic::Actors, actors),
            (Topic::Calls, self.calls(now)),
            (Topic::Traffic, self.traffic()),
            (Topic::Faults, self.faults(now)),
        ];
        seen.extend(certificate(&self.parts.certificate, now).map(|it| (Topic::Certificate, it)));
        seen
    }

    /// What changes slowly, or costs a scan or a write.
    pub async fn slowly(&mut self, now: Timestamp) -> Vec<(Topic, Seen)> {
        let mut seen = vec![
            (Topic::Books, self.books(now)),
            (Topic::Payments, self.payments(now)),
        ];
        // A store that only reads says so itself.
        if self.trouble().is_none() {
            self.unwritten = self.write(now).await;
            seen.push((Topic::Store, self.store()));
        }
        seen.extend(self.mail(now).map(|it| (Topic::Mail, it)));
        seen.extend(self.backup(now).map(|it| (Topic::Backup, it)));
        seen
    }

    fn store(&self) -> Seen {
        self.trouble().unwrap_or_else(|| self.keys())
    }

    fn trouble(&self) -> Option<Seen> {
        let stats = self.parts.store.stats();
        if let Some(why) = stats.read_only {
            return Some(error(format!("the store only reads: {why}")));
        }
        if stats.committer_silence > SILENCE_MAX {
            return Some(error(format!(
                "the disk has not finished a write for {} s; look at its health and load",
                stats.committer_silence.as_secs()
            )));
        }
        self.unwritten.clone()
    }

    /// It has the keys in memory, and the next start will not.
    fn keys(&self) -> Seen {
        match self.parts.store.key_status() {
            Err(ResealError::Key(why)) => warning(why.to_string()),
            _ => Seen::Well,
        }
    }

    /// Writes something and waits until it is on the disk.
    async fn write(&self, now: Timestamp) -> Option<Seen> {
        let batch = setting::note_alive(now);
        let written = tokio::time::timeout(SILENCE_MAX, self.parts.store.write(batch)).await;
        match written {
            Ok(Ok(_)) => None,
            Ok(Err(why)) => Some(error(format!("a write is refused: {why}"))),
            Err(_) => Some(error(format!(
                "a write is not on the disk after {} s; look at its health and load",
                SILENCE_MAX.as_secs()
            ))),
        }
    }

    fn disk(&self) -> Seen {
        let stats = self.parts.store.stats();
        // While the store only reads for want of room, that is what is said.
        if stats.disk_free_bytes >= self.parts.bounds.free_bytes_min || stats.read_only.is_some() {
            return Seen::Well;
        }
        warning(format!(
            "{} MB are left where the store lies; make room before it stops to write",
            stats.disk_free_bytes / 1_000_000
        ))
    }

    async fn actors(&self) -> Seen {
        match self.parts.realtime.answers(SILENCE_MAX).await {
            true => Seen::Well,
            false => error(
                "a thread of the actors does not answer; systemd's watchdog will restart the server",
            ),
        }
    }

    /// Tries every listener of the relay: binding, allocation, and a packet to itself.
    pub async fn relay(&self) -> Option<SelfTest> {
        let relay = self.parts.relay.clone()?;
        // It waits for packets, so it must not wait on a thread that actors run on.
        let tested = tokio::task::spawn_blocking(move || relay.self_test()).await;
        Some(tested.unwrap_or_else(|_| SelfTest {
            checks: vec![Check {
                what: "every listener".into(),
                problem: Some("the self-test ended unexpectedly; this is a bug".into()),
            }],
        }))
    }

    fn calls(&mut self, now: Timestamp) -> Seen {
        let totals = self.parts.book.totals();
        let tries = Tries {
            started: totals.started,
            failed: totals.failed,
        };
        let bounds = self.parts.bounds;
        let hour = self.calls.add(tries, now);
        let percent = hour.failed_percent();
        let enough = hour.started + hour.failed >= bounds.tries_min;
        if !enough || bounds.failed_percent_max == 0 || percent <= bounds.failed_percent_max {
            return Seen::Well;
        }
        // R303 has these words.
        warning(format!("{percent}%"))
    }

    fn traffic(&self) -> Seen {
        let month = self.parts.month.state();
        let gigabytes = |bytes: u64| bytes / 1_000_000_000;
        let (used, most) = (gigabytes(month.used.bytes), gigabytes(month.bytes_max));
        match month.level {
            Level::Full => Seen::Well,
            Level::Saver => warning(format!("{used} of {most} GB are used")),
            Level::Audio => warning(format!("all of its {most} GB are used; only voices go on")),
        }
    }

    fn faults(&mut self, now: Timestamp) -> Seen {
        match self.faults.add(counted(logs::panics()), now).failed {
            0 if self.parts.cut_off && now.since(self.began) < CUT_OFF_SHOWN => warning(
                "the process before this one ended without a stop (killed, out of memory, or without \
                 power); the system's log says why. What had been acknowledged is there",
            ),
            0 => Seen::Well,
            n => warning(format!(
                "{n} of its parts in the last hour; they were built again. Please report it with the log"
            )),
        }
    }

    fn books(&self, now: Timestamp) -> Seen {
        let Some(proof) = self.parts.services.last_books_proof() else {
            return Seen::Well;
        };
        match proof.fault {
            Some(_) => {
                error("see parlor ledger verify and the page Books; sell nothing until it is clear")
            }
            None if now.since(proof.at) > BOOKS_AGE_MAX => {
                warning("nobody proved them for three hours; the log says why")
            }
            None => Seen::Well,
        }
    }

    fn payments(&mut self, now: Timestamp) -> Seen {
        let services = &self.parts.services;
        let bad = ["forged", "later"];
        let webhooks = services.webhooks_counted();
        let failed = webhooks.iter().filter(|((_, it), _)| bad.contains(it));
        let failed = failed.map(|(_, count)| count).sum();
        let hour = self.webhooks.add(counted(failed), now).failed;
        if hour > WEBHOOKS_MAX {
            return warning(format!(
                "{hour} webhooks of the last hour had a wrong signature or could not be applied; is the secret right?"
            ));
        }
        let untaken = services.orders_untaken().into_iter();
        let mut untaken =
            untaken.filter(|it| it.count > UNTAKEN_MAX && now.since(it.at) < UNTAKEN_AGE_MAX);
        if let Some(it) = untaken.next() {
            return warning(format!(
                "{} took none of the last {} orders ({}), so nobody can buy there; see parlor doctor",
                it.gateway, it.count, it.code
            ));
        }
        match in_suspense(services) {
            true => warning("money that fits no order waits on the page Payments"),
            false => Seen::Well,
        }
    }

    fn mail(&mut self, now: Timestamp) -> Option<Seen> {
        let patience = self.parts.bounds.mail_wait?;
        let services = &self.parts.services;
        let waiting = services.mails_waiting().unwrap_or(0);
        let trouble = services.post_office().trouble();
        let late = services.mail_is_late(now - patience).unwrap_or(false);
        let stuck = waiting > 0 && (trouble.is_some() || late);
        let since = *match stuck {
            true => self.mail_stuck_since.get_or_insert(now),
            false => {
                self.mail_stuck_since = None;
                return Some(Seen::Well);
            }
        };
        if !late && now.since(since) < patience {
            return Some(Seen::Well);
        }
        let why = match trouble {
            Some((why, _)) => why.to_string(),
            None => "nobody takes them to the mail server".into(),
        };
        Some(warning(format!("{waiting} wait; {why}")))
    }

    fn backup(&self, now: Timestamp) -> Option<Seen> {
        let (bounds, store) = (self.parts.bounds, &self.parts.store);
        let most = bounds.backup_age?;
        let Some(last) = setting::backup(store).ok()? else {
            return bounds
                .backups_wanted
                .then(|| warning("none was made yet; see parlor doctor backup"));
        };
        let good = last.good_ms.map(Timestamp);
        Some(match (last.problem, good) {
            (Some(why), _) => warning(format!("the last one failed: {why}")),
            (None, Some(good)) if now.since(good) <= most => Seen::Well,
            (None, good) => {
                let hours = good.map_or(0, |it| now.since(it).0 / 3_600_000);
                warning(format!(
                    "the last good one is {hours} hours old; does its timer run?"
                ))
            }
        })
    }
}

/// How the certificate is; none when the configuration does not want one. Costs nothing.
pub(super) fn certificate(status: &Status, now: Timestamp) -> Option<Seen> {
    Some(match status.verdict(now) {
        Verdict::Off => return None,
        Verdict::Well => Seen::Well,
        Verdict::Ending(words) => warning(words),
        Verdict::Failed(words) => error(words),
    })
}

/// What the doctor, when somebody last asked it, said of the address that clients are told.
pub(super) fn told_address(looked: &Looked) -> Option<Seen> {
    looked.address().map(warning)
}

fn in_suspense(services: &Services) -> bool {
    let sums = services.suspense().unwrap_or_default();
    sums.iter().any(|(_, _, minor)| *minor != 0)
}

/// One sentence for the first listener that does not relay.
pub(super) fn in_a_sentence(tested: &SelfTest) -> Seen {
    let failed = tested.checks.iter().find_map(|check| {
        let problem = check.problem.as_ref()?;
        Some(format!("the relay on {}: {problem}", check.what))
    });
    failed.map_or(Seen::Well, error)
}
