//! The certificates of the TLS ports, judged as browsers do: time, name, issuer.

use std::{
    net::{SocketAddr, TcpStream},
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use parlor_turn::{client::Transport, selftest};
use rustls::{
    CertificateError, ClientConnection, Error, RootCertStore,
    client::{WebPkiServerVerifier, danger::ServerCertVerifier, verify_server_name},
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::ParsedCertificate,
};

use super::{
    Facts, Place,
    finding::{Check, Finding, Says, Verdict},
    url::{IceUrl, Scheme, resolve},
};
use crate::{app::port_of, certificate::Origin};

const WAIT: Duration = Duration::from_secs(3);
/// Renewals are due before this.
const SOON: Duration = Duration::from_secs(14 * DAY_S);
const DAY_S: u64 = 24 * 3600;

/// Looks at every TLS door once: those of the relay, and the one that people come to.
pub fn examine(place: &Place) -> Vec<Finding> {
    let secure = |url: &IceUrl| url.scheme == Scheme::TurnTls;
    let urls = place.urls().into_iter().filter(secure);
    let mut doors: Vec<_> = urls.map(|url| (url.host, url.port)).collect();
    let offered = !doors.is_empty();
    let web = place.public_url().starts_with("https://");
    if web {
        let door = (place.host().to_owned(), port_of(place.public_url(), 443));
        if !doors.contains(&door) {
            doors.push(door);
        }
    }
    let findings: Vec<_> = doors
        .iter()
        .filter_map(|(host, port)| Some((host, *resolve(host, *port).first()?)))
        .map(|(host, to)| door(host, to))
        .collect();
    match &place.facts {
        Some(facts) => explain(place, facts, offered, findings),
        None => findings,
    }
}

/// With what the server itself knows: why it shows what it shows, when that is not what browsers trust.
fn explain(
    place: &Place,
    facts: &Facts,
    offered: bool,
    mut findings: Vec<Finding>,
) -> Vec<Finding> {
    let well = findings.iter().all(|it| it.verdict() < Verdict::Warning);
    if !offered
        && (well || !facts.certificate.origin.trusted())
        && let Some(why) = no_tls(place, facts)
    {
        findings.retain(|it| it.says != Says::CertUnknown);
        findings.push(why);
    } else if let (true, Some(why)) = (well, &facts.certificate.trouble) {
        // It is good still, and its renewal is not.
        findings.push(Finding::new(Check::Certificate, "", Says::CertRenewal).with("why", why));
    }
    findings
}

/// Why browsers are not offered TLS, if they should be.
fn no_tls(place: &Place, facts: &Facts) -> Option<Finding> {
    let known = &facts.certificate;
    let new = |says| Finding::new(Check::Certificate, "", says);
    let wanted =
        place.config.relay.enabled && place.config.relay.transports.iter().any(|it| it == "tls");
    Some(match (&known.trouble, known.origin) {
        _ if !wanted => return None,
        _ if !facts.listens_tls => new(Says::CertNoListener),
        (_, Origin::Staging) => new(Says::CertStaging),
        (Some(why), _) => new(Says::CertMissing).with("why", why),
        _ if known.wanted => new(Says::CertAsked),
        _ => new(Says::CertUnwanted),
    })
}

/// Looks at the certificate that this port shows for this name.
fn door(host: &str, to: SocketAddr) -> Finding {
    let port = to.port();
    let new =
        |says| Finding::new(Check::Certificate, format!("{host}:{port}"), says).with("host", host);
    let Ok(name) = ServerName::try_from(host.to_owned()) else {
        return new(Says::CertName);
    };
    match shown(to, name.clone()) {
        Ok(chain) => judge(new, &name, &chain),
        Err(why) => new(Says::CertNoTls).with("port", port).with("why", why),
    }
}

fn shown(
    to: SocketAddr,
    name: ServerName<'static>,
) -> Result<Vec<CertificateDer<'static>>, String> {
    let failed = |error: &dyn std::fmt::Display| error.to_string();
    let Ok(Transport::Tls(config, _)) = selftest::any_certificate(to.ip()) else {
        return Err("TLS cannot be set up here; this is a bug".into());
    };
    let mut socket = TcpStream::connect_timeout(&to, WAIT).map_err(|e| failed(&e))?;
    for limit in [TcpStream::set_read_timeout, TcpStream::set_write_timeout] {
        limit(&socket, Some(WAIT)).map_err(|e| failed(&e))?;
    }
    let mut session = ClientConnection::new(config, name).map_err(|e| failed(&e))?;
    while session.is_handshaking() {
        session.complete_io(&mut socket).map_err(|e| failed(&e))?;
    }
    let chain = session.peer_certificates().unwrap_or_default();
    Ok(chain.iter().map(|it| it.clone().into_owned()).collect())
}

fn judge(
    new: impl Fn(Says) -> Finding,
    name: &ServerName<'_>,
    chain: &[CertificateDer<'_>],
) -> Finding {
    let Some((leaf, between)) = chain.split_first() else {
        return new(Says::CertRefused).with("why", "the server shows none");
    };
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let at = |since_1970| verify(leaf, between, name, UnixTime::since_unix_epoch(since_1970));
    let fitting =
        ParsedCertificate::try_from(leaf).and_then(|leaf| verify_server_name(&leaf, name));
    let days = days_left(leaf, now);
    match (at(now), fitting) {
        (Err(Error::InvalidCertificate(problem)), _) if is_expired(&problem) => {
            new(Says::CertExpired)
                .command("systemctl reload parlor")
                .command("journalctl -u parlor -p warning | grep -i certificate")
        }
        (Err(Error::InvalidCertificate(problem)), _) if is_too_early(&problem) => {
            new(Says::CertEarly).command("timedatectl")
        }
        (_, Err(_)) => new(Says::CertName),
        (Err(Error::InvalidCertificate(CertificateError::UnknownIssuer)), _) => {
            new(Says::CertUnknown)
        }
        (Err(error), _) => new(Says::CertRefused).with("why", error),
        (Ok(()), Ok(())) if at(now + SOON).is_err() => new(Says::CertSoon).with("days", days),
        (Ok(()), Ok(())) => new(Says::CertFine).with("days", days),
    }
}

/// Whole days until it is over.
fn days_left(leaf: &CertificateDer<'_>, now: Duration) -> u64 {
    let until = x509_parser::parse_x509_certificate(leaf)
        .map(|(_, leaf)| leaf.validity().not_after.timestamp());
    let until = u64::try_from(until.unwrap_or(0)).unwrap_or(0);
    until.saturating_sub(now.as_secs()) / DAY_S
}

fn is_expired(problem: &CertificateError) -> bool {
    matches!(
        problem,
        CertificateError::Expired | CertificateError::ExpiredContext { .. }
    )
}

fn is_too_early(problem: &CertificateError) -> bool {
    matches!(
        problem,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. }
    )
}

fn verify(
    leaf: &CertificateDer<'_>,
    between: &[CertificateDer<'_>],
    name: &ServerName<'_>,
    at: UnixTime,
) -> Result<(), Error> {
    let mut roots = RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .map_err(|error| Error::General(error.to_string()))?;
    verifier
        .verify_server_cert(leaf, between, name, &[], at)
        .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{certificate::Known, config::Config};

    #[test]
    fn a_missing_certificate_is_told_with_what_the_authority_said() {
        let mut facts = crate::doctor::tests::facts("198.200.0.1");
        facts.listens_tls = true;
        let place = Place {
            config: Config::default(),
            facts: None,
            stun: None,
        };
        let told = |known: Known| {
            let mut facts = facts.clone();
            facts.certificate = known;
            no_tls(&place, &facts).unwrap()
        };
        let mut known = facts.certificate.clone();
        assert_eq!(told(known.clone()).says, Says::CertUnwanted);
        known.wanted = true;
        assert_eq!(told(known.clone()).says, Says::CertAsked);
        known.trouble = Some("open 443/tcp".into());
        let missing = told(known.clone());
        assert!(missing.saw().ends_with("yet: open 443/tcp."));
        known.origin = Origin::Staging;
        assert_eq!(told(known).says, Says::CertStaging);
    }

    #[test]
    fn what_the_server_knows_of_its_own_certificate_goes_before_what_browsers_see() {
        let place = Place {
            config: Config::default(),
            facts: None,
            stun: None,
        };
        let told = |origin, trouble: Option<&str>, seen, offered| {
            let mut facts = crate::doctor::tests::facts("a.example");
            facts.listens_tls = true;
            facts.certificate = Known {
                origin,
                wanted: true,
                expires_s: 0,
                trouble: trouble.map(String::from),
            };
            let seen = vec![Finding::new(Check::Certificate, "a.example:443", seen)];
            let all = explain(&place, &facts, offered, seen);
            all.iter().map(|it| it.says).collect::<Vec<_>>()
        };
        use Says::*;
        let none_yet = told(Origin::SelfSigned, Some("port 80"), CertUnknown, false);
        assert_eq!(none_yet, [CertMissing]);
        assert_eq!(
            told(Origin::Staging, None, CertUnknown, false),
            [CertStaging]
        );
        assert_eq!(told(Origin::Files, None, CertUnknown, true), [CertUnknown]);
        assert_eq!(
            told(Origin::Files, Some("?"), CertExpired, true),
            [CertExpired]
        );
        let late = told(Origin::Authority, Some("port 80"), CertFine, true);
        assert_eq!(late, [CertFine, CertRenewal]);
    }
}
