//! The doctor: looks at a server and what it stands on, and says of each thing what is well and what
//! is not, with a sentence of remedy. One list of checks for the command (`parlor doctor`) and for the
//! page; changes nothing. Start at [`everything`].
//!
//! What depends on something that is broken is not told as broken, too: a reader mends the first
//! thing, and looks again.

mod address;
mod backup;
mod certificate;
mod clock;
mod disk;
mod facts;
mod finding;
mod keys;
mod looked;
mod machine;
mod mail;
mod names;
mod outside;
mod payments;
mod place;
mod print;
mod range;
mod relay;
mod url;
mod words;

use std::{
    net::{IpAddr, Ipv4Addr, UdpSocket},
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use parlor_domain::time::Timestamp;
use parlor_turn::policy::is_special_purpose;

use self::{
    clock::Elsewhere,
    finding::{Check, Says, tidy},
};
use crate::{config::Config, control};

pub use facts::{Facts, Inside};
pub use finding::{Finding, Verdict};
pub use looked::Looked;
pub use outside::{Outside, Seen, Way};
pub use place::Place;
pub use print::{print, write};

/// Longest that any check may take.
const BOUND: Duration = Duration::from_secs(20);

/// What a check found.
#[derive(Default)]
struct Part {
    findings: Vec<Finding>,
    /// What time it is where somebody was asked.
    clocks: Vec<Elsewhere>,
}

impl From<Vec<Finding>> for Part {
    fn from(findings: Vec<Finding>) -> Self {
        Self {
            findings,
            clocks: Vec::new(),
        }
    }
}

/// Checks, each with what is told when it is not done in time.
type Checks = &'static [OneCheck];
/// One of them.
type OneCheck = (Check, fn(&Place) -> Part);

/// All of them run at once.
const CHECKS: Checks = &[
    (Check::Relay, |place| reach(place).into()),
    (Check::Disk, |place| vec![disk::examine(place)].into()),
    (Check::Keys, |place| vec![keys::examine(place)].into()),
    (Check::Files, |place| machine_of(place).into()),
    (Check::Mail, |place| vec![mail::examine(place)].into()),
    (Check::Backup, |place| {
        backup::examine(place)
            .into_iter()
            .collect::<Vec<_>>()
            .into()
    }),
    (Check::Outside, |place| {
        let (findings, clock) = outside::judge(place, now());
        Part {
            findings,
            clocks: clock.into_iter().collect(),
        }
    }),
    (Check::Payments, |place| {
        let (findings, clocks) = payments::examine(place);
        Part { findings, clocks }
    }),
];

/// What the running server says of itself; or why there is nobody to ask.
fn ask(config: &Config) -> Result<Facts, Finding> {
    let data_dir = std::path::Path::new(&config.server.data_dir);
    let new = |says| Finding::new(Check::Server, "", says).with("folder", data_dir.display());
    match control::facts(data_dir) {
        Ok(Some(facts)) => Ok(facts),
        Ok(None) => Err(new(Says::ServerNone).command("systemctl start parlor")),
        Err(why) => Err(new(Says::ServerMute)
            .with("why", why)
            .command("journalctl -u parlor -n 50")),
    }
}

/// Everything, of the server that runs on this configuration's data folder, or of what there is
/// without one.
pub fn everything(config: Config, stun: Option<String>) -> Vec<Finding> {
    let (facts, nobody) = match ask(&config) {
        Ok(facts) => (Some(facts), None),
        Err(finding) => (None, Some(finding)),
    };
    let place = Place {
        config,
        facts,
        stun,
    };
    let mut findings = run(place, CHECKS);
    findings.extend(nobody);
    tidy(findings)
}

/// Everything, of the server in this process. Takes seconds; never on a thread that serves anybody.
pub fn inside(it: &Inside) -> Vec<Finding> {
    let findings = tidy(run(place_of(it), CHECKS));
    it.looked.keep(&findings);
    findings
}

/// Keeps what a browser reported, and says what it means.
pub fn outside(it: &Inside, seen: Seen) -> Vec<Finding> {
    let at = Timestamp(seen.at_ms);
    it.outside.keep(seen);
    tidy(outside::judge(&place_of(it), at).0)
}

/// Lets some ports of the relay's range answer a browser for a while; gives their addresses.
pub fn open_range(it: &Inside) -> Vec<String> {
    range::open(it)
}

/// Whether who comes from there is no view from outside: this machine, or its own network.
pub fn is_near(ip: IpAddr) -> bool {
    let ip = ip.to_canonical();
    is_special_purpose(ip) || UdpSocket::bind((ip, 0)).is_ok()
}

fn place_of(it: &Inside) -> Place {
    Place {
        config: it.config.clone(),
        facts: Some(Facts::of(it)),
        stun: None,
    }
}

fn now() -> Timestamp {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    Timestamp(now.map_or(0, |it| it.as_millis() as i64))
}

/// The relay and what it needs, alone.
pub fn relay(config: Config, stun: Option<String>) -> Vec<Finding> {
    match ask(&config) {
        Ok(facts) => {
            let place = Place {
                config,
                facts: Some(facts),
                stun,
            };
            let mut findings = reach(&place);
            findings.extend(machine_of(&place));
            tidy(findings)
        }
        Err(finding) => vec![finding],
    }
}

/// Whether other people's servers take us as this configuration says it, whether or not a server runs with
/// it: mail and payments.
pub fn outgoing(config: Config) -> Vec<Finding> {
    let place = Place {
        config,
        facts: None,
        stun: None,
    };
    let (mut findings, _) = payments::examine(&place);
    findings.insert(0, mail::examine(&place));
    findings
}

/// The checks of what a configuration needs of others, whether or not a server runs with it.
const INTENDED: Checks = &[
    (Check::Dns, |place| {
        names::examine(place, &std::collections::BTreeSet::new()).into()
    }),
    (Check::Mail, |place| vec![mail::examine(place)].into()),
    (Check::Payments, |place| payments::examine(place).0.into()),
];

/// Whether a configuration that is not in force yet would work with others: names, mail server, payment
/// services; or one of these checks only. Sooner than a browser gives up.
pub fn intended(config: Config, only: Option<&str>) -> Vec<Finding> {
    const SOON: Duration = Duration::from_secs(12);
    let wanted = INTENDED
        .iter()
        .filter(|(check, _)| only.is_none_or(|it| it == check.word()));
    let place = Place {
        config,
        facts: None,
        stun: None,
    };
    tidy(run_within(place, wanted.copied().collect(), SOON).findings)
}

/// The backup alone.
pub fn backup(config: Config) -> Vec<Finding> {
    match ask(&config) {
        Ok(facts) => {
            let place = Place {
                config,
                facts: Some(facts),
                stun: None,
            };
            backup::examine(&place).into_iter().collect()
        }
        Err(finding) => vec![finding],
    }
}

/// Runs checks side by side, each on a thread of its own: some wait for others' answers.
fn run(place: Place, checks: Checks) -> Vec<Finding> {
    let mut all = run_within(place, checks.to_vec(), BOUND);
    all.findings.push(clock::judge(clock::kernel(), all.clocks));
    all.findings
}

fn run_within(place: Place, checks: Vec<OneCheck>, bound: Duration) -> Part {
    let place = Arc::new(place);
    let (done, results) = mpsc::channel();
    for (number, (_, check)) in checks.iter().copied().enumerate() {
        let (place, done) = (place.clone(), done.clone());
        thread::spawn(move || {
            // Nobody waits any more when this came too late.
            let _ = done.send((number, check(&place)));
        });
    }
    drop(done);
    let mut waited_for: Vec<_> = checks.iter().map(|(check, _)| Some(*check)).collect();
    let mut all = Part::default();
    let end = Instant::now() + bound;
    while let Ok((number, part)) = results.recv_timeout(end.duration_since(Instant::now())) {
        waited_for[number] = None;
        all.findings.extend(part.findings);
        all.clocks.extend(part.clocks);
    }
    let late = waited_for.into_iter().flatten();
    all.findings.extend(
        late.map(|check| Finding::new(check, "", Says::Slow).with("seconds", bound.as_secs())),
    );
    all
}

/// Names, relay, address and certificates: what is wrong with one makes the others wrong, too, so
/// they are looked at together and the first cause is told.
fn reach(place: &Place) -> Vec<Finding> {
    let mut findings = Vec::new();
    let tried = place
        .facts
        .as_ref()
        .map(|facts| relay::examine(place, facts))
        .unwrap_or_default();
    let names = names::examine(place, &tried.proven);
    let waits = |check| Finding::new(check, "", Says::Waits);
    let lost = names.iter().any(|it| it.verdict() == Verdict::Failed);
    findings.extend(names);
    if let Some(facts) = &place.facts {
        let runs = Finding::new(Check::Server, "", Says::ServerRuns);
        findings.push(runs.with("pid", facts.pid));
        findings.extend(match () {
            () if lost && !tried.is_well() => vec![waits(Check::Relay)],
            () => tried.findings,
        });
        findings.extend(match () {
            () if lost => vec![waits(Check::Address)],
            () => address::examine(place, &tried.relayed),
        });
    }
    let mut certificates = certificate::examine(place);
    // A port that takes no connection was told.
    certificates.retain(|it| {
        let port = it.with.get("port").and_then(|port| port.parse().ok());
        it.says != Says::CertNoTls || port.is_none_or(|port| !tried.closed.contains(&port))
    });
    let well = certificates.iter().all(|it| it.verdict() < Verdict::Failed);
    findings.extend(match () {
        () if lost && !well => vec![waits(Check::Certificate)],
        () => certificates,
    });
    findings
}

fn machine_of(place: &Place) -> Vec<Finding> {
    let Some(facts) = &place.facts else {
        return vec![machine::buffers()];
    };
    let mut findings = vec![machine::descriptors(facts)];
    if place.config.relay.enabled {
        let inside = place.urls().iter().all(|url| url.host == "127.0.0.1");
        let at = match inside {
            true => Ipv4Addr::LOCALHOST,
            false => Ipv4Addr::UNSPECIFIED,
        };
        findings.push(machine::ports(facts, at.into()));
        findings.push(machine::buffers());
    }
    findings
}

/// Runs this to its end on the thread that asks, which must serve nobody. None when the system gives
/// nothing to run it on.
fn block_on<T>(work: impl Future<Output = T>) -> Option<T> {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build().ok()?;
    let came = runtime.block_on(work);
    runtime.shutdown_background();
    Some(came)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certificate::{Known, Origin};

    /// Of a server whose relay has this name.
    pub fn facts(host: &str) -> Facts {
        Facts {
            pid: 1,
            public_url: format!("https://{host}"),
            https: None,
            stun_urls: vec![],
            turn_urls: vec![format!("turn:{host}:3478?transport=udp")],
            certificate: Known {
                origin: Origin::SelfSigned,
                wanted: false,
                expires_s: 0,
                trouble: None,
            },
            listens_tls: false,
            ports: (49_152, 65_535),
            descriptors: 1,
            read_only: None,
            keys: None,
            outside: None,
        }
    }

    #[test]
    fn a_check_that_breaks_is_told_and_the_others_stand() {
        const SOME: Checks = &[
            (Check::Mail, |_| panic!("on purpose")),
            (Check::Disk, |_| {
                vec![Finding::new(Check::Disk, "", Says::DiskFine)].into()
            }),
        ];
        let place = Place {
            config: Config::default(),
            facts: None,
            stun: None,
        };
        let told = tidy(run(place, SOME));
        let says: Vec<_> = told.iter().map(|it| (it.check, it.says)).collect();
        assert!(says.contains(&(Check::Mail, Says::Slow)), "{says:?}");
        assert!(says.contains(&(Check::Disk, Says::DiskFine)), "{says:?}");
    }
}
