//! What the doctor says: one finding for each thing that was looked at. Its sentences are facts (a
//! code and what fills it), so that the command says them in English and the page in the reader's
//! language; which verdict a sentence carries stands here and nowhere else.

use std::collections::BTreeMap;

use serde::Serialize;

use super::words;

/// How a thing is; later is worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// Not looked at, and why.
    Skipped,
    /// It works, but not for everybody or not for long.
    Warning,
    /// It does not work.
    Failed,
}

impl Verdict {
    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Skipped => "skipped",
            Self::Warning => "warning",
            Self::Failed => "failed",
        }
    }
}

/// The checks, in the order in which they are told: what others depend on comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Check {
    /// Whether a server runs.
    Server,
    /// Where names lead.
    Dns,
    /// The address that clients are told.
    Address,
    /// What the TLS doors show.
    Certificate,
    /// Every address of the relay that browsers are given.
    Relay,
    /// The relayed ports.
    Ports,
    /// What a browser elsewhere reached.
    Outside,
    /// The clock.
    Clock,
    /// Room and writing.
    Disk,
    /// The file with the keys of the database.
    Keys,
    /// Open files.
    Files,
    /// The system's UDP buffers.
    Buffers,
    /// The mail server.
    Mail,
    /// The gateways' keys.
    Payments,
    /// The last backup.
    Backup,
}

impl Check {
    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Dns => "dns",
            Self::Address => "address",
            Self::Certificate => "certificate",
            Self::Relay => "relay",
            Self::Ports => "ports",
            Self::Outside => "outside",
            Self::Clock => "clock",
            Self::Disk => "disk",
            Self::Keys => "keys",
            Self::Files => "files",
            Self::Buffers => "buffers",
            Self::Mail => "mail",
            Self::Payments => "payments",
            Self::Backup => "backup",
        }
    }
}

macro_rules! sayings {
    ($($name:ident $code:literal $verdict:ident;)*) => {
        /// Every sentence. Its words stand in the catalogue under `saw.` and, where there is something
        /// to do, `mend.`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Says {
            $(#[doc = $code] $name,)*
        }

        impl Says {
            /// Each of them.
            #[cfg(test)]
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its name in the catalogue.
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// What it means.
            pub fn verdict(self) -> Verdict {
                match self { $(Self::$name => Verdict::$verdict,)* }
            }
        }
    };
}

sayings! {
    Waits "waits" Skipped;
    Slow "slow" Warning;
    ServerRuns "server.runs" Ok;
    ServerNone "server.none" Failed;
    ServerMute "server.mute" Failed;
    DnsHere "dns.here" Ok;
    DnsAnswers "dns.answers" Ok;
    DnsProxy "dns.proxy" Ok;
    DnsLiteral "dns.literal" Skipped;
    DnsNowhere "dns.nowhere" Failed;
    DnsElsewhere "dns.elsewhere" Failed;
    AddressFine "address.fine" Ok;
    AddressLocal "address.local" Ok;
    AddressPrivate "address.private" Warning;
    AddressDiffers "address.differs" Failed;
    AddressFamily "address.family" Warning;
    AddressSeen "address.seen" Ok;
    AddressUnseen "address.unseen" Warning;
    AddressWrong "address.wrong" Failed;
    CertFine "cert.fine" Ok;
    CertExpired "cert.expired" Failed;
    CertEarly "cert.early" Failed;
    CertName "cert.name" Failed;
    CertUnknown "cert.unknown" Warning;
    CertRefused "cert.refused" Failed;
    CertSoon "cert.soon" Warning;
    CertNoTls "cert.tls" Failed;
    CertStaging "cert.staging" Warning;
    CertMissing "cert.missing" Failed;
    CertAsked "cert.asked" Warning;
    CertUnwanted "cert.unwanted" Warning;
    CertRenewal "cert.renewal" Warning;
    CertNoListener "cert.listener" Warning;
    RelayOff "relay.off" Warning;
    RelayAnswers "relay.answers" Ok;
    RelayRelays "relay.relays" Ok;
    RelayUnreadable "relay.unreadable" Failed;
    RelayClosed "relay.closed" Failed;
    RelayTls "relay.tls" Failed;
    RelayCredential "relay.credential" Failed;
    RelaySelf "relay.self" Failed;
    RelayFull "relay.full" Failed;
    RelayStranger "relay.stranger" Failed;
    RelaySecret "relay.secret" Failed;
    PortsFree "ports.free" Ok;
    PortsTaken "ports.taken" Warning;
    OutsideNever "outside.never" Skipped;
    OutsideArrived "outside.arrived" Ok;
    OutsideInside "outside.inside" Skipped;
    OutsideElsewhere "outside.elsewhere" Skipped;
    OutsideClosed "outside.closed" Failed;
    OutsideRefused "outside.refused" Failed;
    OutsideTls "outside.tls" Failed;
    RangeOpen "range.open" Ok;
    RangeUnseen "range.unseen" Skipped;
    RangePart "range.part" Failed;
    RangeClosed "range.closed" Failed;
    FilesEnough "files.enough" Ok;
    FilesFew "files.short" Warning;
    FilesUnread "files.unread" Warning;
    BuffersFine "buffers.fine" Ok;
    BuffersSmall "buffers.small" Warning;
    ClockAgrees "clock.agrees" Ok;
    ClockKept "clock.kept" Ok;
    ClockAhead "clock.ahead" Failed;
    ClockBehind "clock.behind" Failed;
    ClockFree "clock.free" Warning;
    ClockUnknown "clock.unknown" Skipped;
    DiskFine "disk.fine" Ok;
    DiskLasts "disk.lasts" Ok;
    DiskFills "disk.fills" Warning;
    DiskLow "disk.low" Warning;
    DiskFull "disk.full" Failed;
    DiskInodes "disk.inodes" Failed;
    DiskReads "disk.reads" Failed;
    DiskStuck "disk.stuck" Failed;
    DiskClosed "disk.closed" Skipped;
    KeysApart "keys.apart" Ok;
    KeysBeside "keys.beside" Ok;
    KeysClosed "keys.closed" Skipped;
    KeysMissing "keys.missing" Failed;
    KeysInside "keys.inside" Failed;
    KeysExposed "keys.exposed" Failed;
    KeysForeign "keys.foreign" Failed;
    KeysDamaged "keys.damaged" Failed;
    KeysStrange "keys.strange" Failed;
    MailFine "mail.fine" Ok;
    MailOff "mail.off" Warning;
    MailConfig "mail.config" Failed;
    MailUnreachable "mail.unreachable" Failed;
    MailRefused "mail.refused" Failed;
    MailLogin "mail.login" Failed;
    MailStarttls "mail.starttls" Failed;
    MailName "mail.name" Failed;
    MailExpired "mail.expired" Failed;
    MailUntrusted "mail.untrusted" Failed;
    MailUnprotected "mail.unprotected" Failed;
    MailSilent "mail.silent" Failed;
    PayFine "pay.fine" Ok;
    PayTest "pay.test" Warning;
    PayKeys "pay.keys" Failed;
    PayBusy "pay.busy" Warning;
    PaySilent "pay.silent" Failed;
    PayStrange "pay.strange" Failed;
    PayNone "pay.none" Skipped;
    BackupFine "backup.fine" Ok;
    BackupUnproven "backup.unproven" Ok;
    BackupNever "backup.never" Warning;
    BackupFailed "backup.failed" Failed;
    BackupOld "backup.old" Warning;
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which check.
    pub check: Check,
    /// What of it, for example one address of the relay; empty when there is only one.
    pub about: String,
    /// What is said.
    pub says: Says,
    /// What fills the sentences.
    pub with: BTreeMap<&'static str, String>,
    /// Lines for a shell or a configuration file that do what the remedy says.
    pub commands: Vec<String>,
}

/// As programs read it.
#[derive(Serialize)]
struct Line<'a> {
    check: Check,
    about: &'a str,
    verdict: Verdict,
    code: &'static str,
    with: &'a BTreeMap<&'static str, String>,
    saw: String,
    remedy: Option<String>,
    commands: &'a [String],
}

impl Serialize for Finding {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let line = Line {
            check: self.check,
            about: &self.about,
            verdict: self.verdict(),
            code: self.says.code(),
            with: &self.with,
            saw: self.saw(),
            remedy: self.remedy(),
            commands: &self.commands,
        };
        line.serialize(serializer)
    }
}

impl Finding {
    /// This sentence, with nothing to fill in yet.
    pub fn new(check: Check, about: impl Into<String>, says: Says) -> Self {
        Self {
            check,
            about: about.into(),
            says,
            with: BTreeMap::new(),
            commands: Vec::new(),
        }
    }

    /// Fills in.
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.with.insert(name, value.to_string());
        self
    }

    /// A line to copy.
    pub fn command(mut self, line: impl Into<String>) -> Self {
        self.commands.push(line.into());
        self
    }

    /// How it is.
    pub fn verdict(&self) -> Verdict {
        self.says.verdict()
    }

    /// What was seen, in English.
    pub fn saw(&self) -> String {
        words::say("saw", self.says, &self.with).unwrap_or_else(|| self.says.code().to_owned())
    }

    /// What to do, in English; nothing when all is well.
    pub fn remedy(&self) -> Option<String> {
        words::say("mend", self.says, &self.with)
    }

    /// Whether it says the same of another thing: then one sentence does for both.
    fn repeats(&self, other: &Self) -> bool {
        let same = |name: &str| self.with.get(name) == other.with.get(name);
        let keys = self.with.keys().chain(other.with.keys());
        self.verdict() > Verdict::Ok
            && (self.check, self.says) == (other.check, other.says)
            // The system's words may differ for one cause.
            && keys.copied().filter(|name| *name != "why").all(same)
    }
}

/// In order, and each sentence once.
pub fn tidy(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by_key(|it| it.check);
    let mut tidied: Vec<Finding> = Vec::with_capacity(findings.len());
    for finding in findings {
        match tidied.iter_mut().find(|it| it.repeats(&finding)) {
            Some(said) if said.about == finding.about => {}
            Some(said) => {
                said.about = format!("{}, {}", said.about, finding.about);
            }
            None => tidied.push(finding),
        }
    }
    tidied
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_cause_is_told_once_and_good_things_each() {
        let closed = |about: &str, port: u16, why: &str| {
            Finding::new(Check::Relay, about, Says::RelayClosed)
                .with("port", port)
                .with("why", why)
        };
        let fine = |about: &str| Finding::new(Check::Relay, about, Says::RelayRelays);
        let told = tidy(vec![
            closed("stun:a", 1, "silence"),
            fine("turn:b"),
            fine("turn:c"),
            Finding::new(Check::Server, "", Says::ServerRuns),
            closed("turn:a", 1, "refused"),
            closed("turn:d", 2, "refused"),
        ]);
        let abouts: Vec<_> = told.iter().map(|it| it.about.as_str()).collect();
        assert_eq!(abouts, ["", "stun:a, turn:a", "turn:b", "turn:c", "turn:d"]);
    }
}
