//! Every address of the relay that browsers are given is tried as a browser would, with a credential
//! of this configuration.

use std::{
    collections::BTreeSet,
    net::{IpAddr, SocketAddr},
    time::{SystemTime, UNIX_EPOCH},
};

use parlor_turn::{
    Credential, Secret,
    client::{Client, ClientError, Transport},
    selftest,
};

use super::{
    Facts, Place,
    finding::{Check, Finding, Says, Verdict},
    url::{IceUrl, Scheme},
};
use crate::config::secrets;

/// How long the doctor's credential lives, in seconds.
const CREDENTIAL_S: u64 = 120;

/// What came of it.
#[derive(Default)]
pub struct Tried {
    /// A line for each address.
    pub findings: Vec<Finding>,
    /// Relayed addresses that clients are told.
    pub relayed: BTreeSet<IpAddr>,
    /// Addresses where a server with our secret answered.
    pub proven: BTreeSet<IpAddr>,
    /// Ports that do not take a connection.
    pub closed: BTreeSet<u16>,
}

/// Tries them, all at once.
pub fn examine(place: &Place, facts: &Facts) -> Tried {
    let new = |says| Finding::new(Check::Relay, "", says);
    let mut tried = Tried::default();
    if !place.config.relay.enabled {
        tried.findings.push(new(Says::RelayOff));
        return tried;
    }
    let credential = match credential(place) {
        Ok(credential) => credential,
        Err(why) => {
            let command = "sudo -u parlor parlor doctor";
            tried
                .findings
                .push(new(Says::RelaySecret).with("why", why).command(command));
            return tried;
        }
    };
    let mut attempts = Vec::new();
    for text in facts.stun_urls.iter().chain(&facts.turn_urls) {
        let Some(url) = IceUrl::parse(text) else {
            tried
                .findings
                .push(Finding::new(Check::Relay, text, Says::RelayUnreadable));
            continue;
        };
        // A name that leads nowhere is told with the names.
        let addresses = url.resolve();
        let several = addresses.len() > 1;
        attempts.extend(addresses.into_iter().map(|to| {
            let about = match several {
                true => format!("{text} at {}", to.ip()),
                false => text.clone(),
            };
            (about, url.clone(), to)
        }));
    }
    let credential = &credential;
    std::thread::scope(|scope| {
        let all: Vec<_> = attempts
            .into_iter()
            .map(|(about, url, to)| {
                let came = scope.spawn({
                    let url = url.clone();
                    move || attempt(&url, to, credential)
                });
                (about, url, to, came)
            })
            .collect();
        for (about, url, to, came) in all {
            if let Ok(came) = came.join() {
                tried.note(about, &url, to, came);
            }
        }
    });
    tried
}

/// What an address gave: what a Binding sees, or what was allocated.
enum Came {
    Saw(IpAddr),
    Relays(IpAddr),
}

impl Tried {
    fn note(
        &mut self,
        about: String,
        url: &IceUrl,
        to: SocketAddr,
        came: Result<Came, ClientError>,
    ) {
        let finding = match came {
            Ok(Came::Saw(ip)) => {
                Finding::new(Check::Relay, about, Says::RelayAnswers).with("ip", ip)
            }
            Ok(Came::Relays(ip)) => {
                self.proven.insert(to.ip().to_canonical());
                self.relayed.insert(ip);
                Finding::new(Check::Relay, about, Says::RelayRelays)
            }
            Err(error) => trouble(about, url, to, &error),
        };
        if finding.says == Says::RelayClosed {
            self.closed.insert(url.port);
        }
        self.findings.push(finding);
    }

    /// Whether nothing is wrong with it.
    pub fn is_well(&self) -> bool {
        self.findings
            .iter()
            .all(|it| it.verdict() < Verdict::Warning)
    }
}

/// A credential as the server would make it, if it has the same secret.
fn credential(place: &Place) -> Result<Credential, String> {
    let (data_dir, configured) = (place.data_dir(), &place.config.relay.secret);
    if configured.is_empty() && !data_dir.join("secrets/relay").exists() {
        return Err("it is neither in the configuration nor in the data folder".into());
    }
    let secret = secrets::obtain(data_dir, "relay", configured).map_err(|it| it.to_string())?;
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let call = format!("doctor-{}", std::process::id());
    let secret = Secret::new(secret.as_bytes());
    let until = now.as_secs() + CREDENTIAL_S;
    Ok(Credential::mint(&secret, &call, "doctor", until))
}

fn attempt(url: &IceUrl, to: SocketAddr, credential: &Credential) -> Result<Came, ClientError> {
    let transport = match url.scheme {
        Scheme::Stun => {
            let seen = Client::connect(to, &Transport::Udp)?.binding()?;
            return Ok(Came::Saw(seen.ip().to_canonical()));
        }
        Scheme::TurnUdp => Transport::Udp,
        Scheme::TurnTcp => Transport::Tcp,
        // The certificate is looked at by itself, so that both problems are told.
        Scheme::TurnTls => selftest::any_certificate(to.ip())?,
    };
    // Browsers get an IPv4 relayed address unless they ask; a relay of IPv6 alone answers 440.
    let v4 = selftest::echo(to, &transport, credential, false);
    let allocated = match v4 {
        Err(ClientError::Refused { code: 440, .. }) => {
            selftest::echo(to, &transport, credential, true)?
        }
        other => other?,
    };
    Ok(Came::Relays(allocated.relayed.ip()))
}

fn trouble(about: String, url: &IceUrl, to: SocketAddr, error: &ClientError) -> Finding {
    let new = |says| Finding::new(Check::Relay, about, says).with("port", url.port);
    match error {
        ClientError::Closed(why) | ClientError::Silent(why) => opening(
            new(Says::RelayClosed).with("ip", to.ip()).with("why", why),
            url.protocol(),
            url.port,
        ),
        ClientError::Tls(why) => new(Says::RelayTls).with("why", why),
        ClientError::Refused { code: 401, .. } => new(Says::RelayCredential),
        ClientError::Refused { code: 403, .. } => new(Says::RelaySelf),
        ClientError::Refused {
            code: code @ (486 | 508),
            ..
        } => new(Says::RelayFull).with("code", code),
        other => new(Says::RelayStranger).with("why", other),
    }
}

/// With the lines that open a port.
pub fn opening(finding: Finding, protocol: &str, port: u16) -> Finding {
    finding
        .with("protocol", protocol)
        .command(format!("ufw allow {port}/{protocol}"))
        .command(format!(
            "nft insert rule inet filter input {protocol} dport {port} accept"
        ))
}
