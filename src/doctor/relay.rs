//! `parlor doctor relay`: every address that browsers are given is tried as a browser would, with a
//! credential of this configuration; then the external address, certificates and the machine.

use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::Result;
use parlor_turn::{
    Credential, Secret,
    client::{Client, ClientError, Transport},
    policy::is_special_purpose,
    selftest,
};

use super::{
    Finding, RelayFacts, certificate, machine,
    url::{IceUrl, Scheme},
};
use crate::{
    certificate::Origin,
    config::{Config, secrets},
    control,
};

/// How long the doctor's credential lives, in seconds.
const CREDENTIAL_S: u64 = 120;

/// Looks at the relay of the server that runs on this configuration's data folder. `stun` names a
/// STUN server elsewhere that is asked which address the world sees; nobody else is asked anything.
///
/// # Errors
/// When a server runs and does not answer.
pub fn examine(config: &Config, stun: Option<&str>) -> Result<Vec<Finding>> {
    if !config.relay.enabled {
        return Ok(vec![Finding::warning(
            "relay",
            "The relay is switched off (relay.enabled); people who cannot reach each other directly will not meet.",
        )]);
    }
    let data_dir = std::path::Path::new(&config.server.data_dir);
    let facts = match control::relay_facts(data_dir)? {
        Some(facts) => facts,
        None => {
            return Ok(vec![Finding::failed(
                "server",
                format!(
                    "No server runs on the data folder {}: start it, or name its configuration with --config.",
                    data_dir.display()
                ),
            )]);
        }
    };
    let mut findings = vec![Finding::ok(
        "server",
        format!("Runs as process {}.", facts.pid),
    )];
    let credential = match credential(config) {
        Ok(credential) => credential,
        Err(words) => {
            findings.push(Finding::failed("credential", words));
            return Ok(findings);
        }
    };
    let mut relayed = BTreeSet::new();
    for text in facts.stun_urls.iter().chain(&facts.turn_urls) {
        findings.extend(try_url(text, &credential, &mut relayed));
    }
    findings.extend(tls(&facts));
    findings.extend(external(&facts, &relayed, stun));
    let at = relayed.first().copied().filter(|ip| ip.is_loopback());
    findings.push(machine::ports(
        &facts,
        at.unwrap_or(Ipv4Addr::UNSPECIFIED.into()),
    ));
    findings.push(machine::descriptors(&facts));
    findings.push(machine::buffers());
    Ok(findings)
}

/// A credential as the server would make it, if it has the same secret.
fn credential(config: &Config) -> Result<Credential, String> {
    let data_dir = std::path::Path::new(&config.server.data_dir);
    let known = !config.relay.secret.is_empty() || data_dir.join("secrets/relay").exists();
    if !known {
        return Err("The relay's secret is neither in the configuration nor in the data folder: run this as the server's user.".into());
    }
    let secret = secrets::obtain(data_dir, "relay", &config.relay.secret).map_err(|error| {
        format!("The relay's secret cannot be read ({error}): run this as the server's user.")
    })?;
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let call = format!("doctor-{}", std::process::id());
    let secret = Secret::new(secret.as_bytes());
    Ok(Credential::mint(
        &secret,
        &call,
        "doctor",
        now.as_secs() + CREDENTIAL_S,
    ))
}

/// One address over all addresses behind its name. What is relayed for it is noted.
fn try_url(text: &str, credential: &Credential, relayed: &mut BTreeSet<IpAddr>) -> Vec<Finding> {
    let Some(url) = IceUrl::parse(text) else {
        return vec![Finding::failed(
            text,
            "Browsers cannot read this address: see relay.public_host.",
        )];
    };
    let addresses = url.resolve();
    if addresses.is_empty() {
        let words = format!(
            "The name {} leads nowhere: add it to the DNS, or set relay.public_host.",
            url.host
        );
        return vec![Finding::failed(text, words)];
    }
    let several = addresses.len() > 1;
    let tried = addresses.into_iter().map(|to| {
        let check = match several {
            true => format!("{text} at {}", to.ip()),
            false => text.to_owned(),
        };
        match try_address(&url, to, credential) {
            Ok(found) => {
                relayed.extend(found);
                let words = match url.scheme {
                    Scheme::Stun => "Answers.",
                    _ => "Allocates and relays.",
                };
                Finding::ok(check, words)
            }
            Err(error) => Finding::failed(check, remedy(&url, to, &error)),
        }
    });
    tried.collect()
}

fn try_address(
    url: &IceUrl,
    to: SocketAddr,
    credential: &Credential,
) -> Result<Option<IpAddr>, ClientError> {
    let transport = match url.scheme {
        Scheme::Stun => {
            Client::connect(to, &Transport::Udp)?.binding()?;
            return Ok(None);
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
    Ok(Some(allocated.relayed.ip()))
}

fn remedy(url: &IceUrl, to: SocketAddr, error: &ClientError) -> String {
    let kind = match url.scheme {
        Scheme::Stun | Scheme::TurnUdp => "UDP",
        Scheme::TurnTcp | Scheme::TurnTls => "TCP",
    };
    let port = url.port;
    match error {
        ClientError::Closed(cause) | ClientError::Silent(cause) => format!(
            "{kind} port {port} of {} does not answer ({cause}): open {port}/{} in the firewalls of this machine and of its provider, and see that {} is this server's address.",
            to.ip(),
            kind.to_lowercase(),
            url.host
        ),
        ClientError::Tls(cause) => format!("TLS on port {port} does not come about ({cause}): see server.tls_certificate_file."),
        ClientError::Refused { code: 401, .. } => "The server refuses a credential made with relay.secret of this configuration: it runs with another secret. Restart it after a change, and run the doctor with the server's configuration.".into(),
        ClientError::Refused { code: 403, .. } => "The relay does not let a client reach its own relayed address (403): see relay.public_ips.".into(),
        ClientError::Refused { code: 486 | 508, .. } => "The relay is full, is stopping, or has used up its month (relay.allocations_max, relay.month_gb_max).".into(),
        other => format!("The port answers, but not as this relay should ({other}): is another program listening there?"),
    }
}

/// What is said of TLS: each certificate once, or that there is none.
fn tls(facts: &RelayFacts) -> Vec<Finding> {
    let urls = facts
        .turn_urls
        .iter()
        .filter_map(|text| IceUrl::parse(text));
    let secure: Vec<_> = urls.filter(|url| url.scheme == Scheme::TurnTls).collect();
    if secure.is_empty() {
        return vec![no_tls(facts)];
    }
    let to = secure
        .iter()
        .filter_map(|url| Some((url, *url.resolve().first()?)));
    let mut findings: Vec<_> = to
        .map(|(url, to)| certificate::examine(&url.host, to))
        .collect();
    // It is good still, and its renewal is not.
    if let Some(why) = &facts.certificate.trouble {
        let words = format!("The last attempt to take a newer one failed: {why}.");
        findings.push(Finding::warning("certificate's renewal", words));
    }
    findings
}

/// Why browsers are not offered TLS, and what to do.
fn no_tls(facts: &RelayFacts) -> Finding {
    const CHECK: &str = "TLS";
    let known = &facts.certificate;
    match (&known.trouble, known.origin) {
        _ if !facts.listens_tls => Finding::warning(
            CHECK,
            "The relay does not listen for TLS: behind a strict firewall browsers find no way.",
        ),
        (_, Origin::Staging) => Finding::warning(
            CHECK,
            "The certificate is the staging authority's, which browsers do not trust: set acme.staging = false.",
        ),
        (Some(why), _) => Finding::failed(CHECK, format!("There is no certificate yet: {why}.")),
        _ if known.wanted => Finding::warning(
            CHECK,
            "The certificate is being asked for; ask again in a minute.",
        ),
        _ => Finding::warning(
            CHECK,
            "Browsers are not offered TLS, because no certificate is configured: behind a strict firewall they find no way. Name your domain in acme.domains, or files in server.tls_certificate_file and server.tls_key_file.",
        ),
    }
}

/// Whether the addresses that clients are told are those by which the world reaches this machine.
fn external(facts: &RelayFacts, relayed: &BTreeSet<IpAddr>, stun: Option<&str>) -> Vec<Finding> {
    const CHECK: &str = "external address";
    let urls = facts
        .turn_urls
        .iter()
        .filter_map(|text| IceUrl::parse(text));
    let named: BTreeSet<IpAddr> = urls
        .flat_map(|url| url.resolve())
        .map(|address| address.ip().to_canonical())
        .collect();
    let told = |ip: &IpAddr| match named.iter().find(|it| it.is_ipv4() == ip.is_ipv4()) {
        _ if named.contains(ip) && ip.is_loopback() => {
            Finding::ok(CHECK, format!("{ip}: only this machine reaches it."))
        }
        _ if named.contains(ip) && is_special_purpose(*ip) => Finding::warning(
            CHECK,
            format!(
                "Clients are told {ip}, which only your own network reaches: set relay.public_ips to the address that the world sees."
            ),
        ),
        _ if named.contains(ip) => Finding::ok(
            CHECK,
            format!("Clients are told {ip}, to which the name leads too."),
        ),
        Some(other) => Finding::failed(
            CHECK,
            format!(
                "Clients are told {ip}, but the name leads to {other}: set relay.public_ips = [\"{other}\"] if that is this machine, or mend the DNS."
            ),
        ),
        None => Finding::warning(
            CHECK,
            format!(
                "Clients are told {ip}, and the name leads to no address of that family: add one to the DNS."
            ),
        ),
    };
    let mut findings: Vec<_> = relayed.iter().map(told).collect();
    if let Some(server) = stun {
        findings.push(seen_by(server, relayed));
    }
    findings
}

/// Asks a STUN server elsewhere which address it sees.
fn seen_by(server: &str, relayed: &BTreeSet<IpAddr>) -> Finding {
    let check = format!("external address by {server}");
    let url = IceUrl::parse(server).or_else(|| IceUrl::parse(&format!("stun:{server}")));
    let addresses = url.map(|url| url.resolve()).unwrap_or_default();
    let v6 = relayed.iter().all(IpAddr::is_ipv6);
    let Some(to) = addresses.into_iter().find(|it| it.is_ipv6() == v6) else {
        return Finding::failed(check, "This STUN server cannot be found.");
    };
    let seen = Client::connect(to, &Transport::Udp).and_then(|mut client| client.binding());
    match seen.map(|seen| seen.ip().to_canonical()) {
        Err(error) => Finding::warning(check, format!("It cannot be asked: {error}.")),
        Ok(seen) if relayed.contains(&seen) => {
            Finding::ok(check, format!("It sees {seen}, which clients are told."))
        }
        Ok(seen) => Finding::failed(
            check,
            format!(
                "It sees {seen}, but clients are told another address: set relay.public_ips = [\"{seen}\"]."
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certificate::Known;

    fn facts(host: &str) -> RelayFacts {
        RelayFacts {
            pid: 1,
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
        }
    }

    #[test]
    fn the_address_that_clients_are_told_is_held_against_the_name() {
        let told = |host: &str, ip: IpAddr| {
            let found = external(&facts(host), &BTreeSet::from([ip]), None);
            (found[0].verdict, found[0].words.clone())
        };
        use super::super::Verdict::*;
        let v4 = |text: &str| text.parse::<IpAddr>().unwrap();
        assert_eq!(told("198.200.0.1", v4("198.200.0.1")).0, Ok);
        assert_eq!(told("127.0.0.1", v4("127.0.0.1")).0, Ok);
        let (verdict, words) = told("10.0.0.5", v4("10.0.0.5"));
        assert!(
            verdict == Warning && words.contains("your own network"),
            "{words}"
        );
        let (verdict, words) = told("198.200.0.1", v4("10.0.0.5"));
        assert!(
            verdict == Failed && words.contains("public_ips = [\"198.200.0.1\"]"),
            "{words}"
        );
        assert_eq!(
            told("198.200.0.1", std::net::Ipv6Addr::LOCALHOST.into()).0,
            Warning
        );
    }

    #[test]
    fn a_missing_certificate_is_told_with_what_the_authority_said() {
        let mut facts = facts("198.200.0.1");
        facts.listens_tls = true;
        let told = |facts: &RelayFacts| tls(facts)[0].words.clone();
        assert!(told(&facts).contains("acme.domains"));
        facts.certificate.wanted = true;
        assert!(told(&facts).contains("in a minute"));
        facts.certificate.trouble = Some("open 443/tcp".into());
        assert!(told(&facts).ends_with("yet: open 443/tcp."));
        facts.certificate.origin = Origin::Staging;
        assert!(told(&facts).contains("acme.staging = false"));
    }

    #[test]
    fn an_address_elsewhere_is_asked_only_when_it_is_named() {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let at = socket.local_addr().unwrap();
        drop(socket);
        let relayed = BTreeSet::from(["198.200.0.1".parse().unwrap()]);
        let found = external(&facts("198.200.0.1"), &relayed, Some(&at.to_string()));
        assert_eq!(found.len(), 2);
        assert!(
            found[1].words.contains("cannot be asked"),
            "{}",
            found[1].words
        );
    }
}
