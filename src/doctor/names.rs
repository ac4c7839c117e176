//! Whether the names that people and browsers use lead to this machine.

use std::{
    collections::BTreeSet,
    net::{IpAddr, ToSocketAddrs},
};

use super::{
    finding::{Check, Finding, Says, Verdict},
    place::{Place, is_literal, list},
};

/// Judges each name. `proven` are addresses where this very server answered with its own secret:
/// those are right even when no interface of this machine has them (1:1 NAT).
pub fn examine(place: &Place, proven: &BTreeSet<IpAddr>) -> Vec<Finding> {
    let hosts = place.urls().into_iter().map(|url| url.host);
    let acme = place.config.acme.domains.iter().cloned();
    let mut names = vec![place.host().to_owned()];
    for name in hosts.chain(acme) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    // Beside a name, an address that stands for it is not worth a line.
    let some_name = names.iter().any(|name| !is_literal(name));
    let told = names.iter().filter(|name| !some_name || !is_literal(name));
    told.map(|name| judge(place, name, &addresses(name), proven))
        .collect()
}

fn judge(place: &Place, host: &str, all: &BTreeSet<IpAddr>, proven: &BTreeSet<IpAddr>) -> Finding {
    let new = |says| Finding::new(Check::Dns, host, says).with("host", host);
    if is_literal(host) {
        return new(Says::DnsLiteral);
    }
    if all.is_empty() {
        return new(Says::DnsNowhere);
    }
    let strange = |ip: &&IpAddr| !place.is_own(**ip) && !proven.contains(*ip);
    let elsewhere: Vec<_> = all.iter().filter(strange).copied().collect();
    let here = || all.iter().all(|ip| place.is_own(*ip));
    let says = match elsewhere.is_empty() {
        true if here() => Says::DnsHere,
        true => Says::DnsAnswers,
        false if host == place.host() && place.is_behind_another() => Says::DnsProxy,
        false => Says::DnsElsewhere,
    };
    let named = match says.verdict() {
        Verdict::Failed => list(elsewhere),
        _ => list(all.iter().copied()),
    };
    new(says)
        .with("ips", named)
        .with("own", list(place.own_addresses()))
}

/// Where a name leads.
pub fn addresses(host: &str) -> BTreeSet<IpAddr> {
    let all = (host, 0).to_socket_addrs().map(Iterator::collect::<Vec<_>>);
    let all = all.unwrap_or_default().into_iter();
    all.map(|it| it.ip().to_canonical()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn told(host: &str, leads_to: &[&str], proven: &[&str]) -> Says {
        let mut config = Config::default();
        config.server.public_url = "https://meet.example.org".into();
        config.relay.public_ips = vec!["198.200.0.1".into()];
        let place = Place {
            config,
            facts: None,
            stun: None,
        };
        let ips = |all: &[&str]| all.iter().map(|it| it.parse().unwrap()).collect();
        judge(&place, host, &ips(leads_to), &ips(proven)).says
    }

    #[test]
    fn a_name_is_right_where_the_machine_is_or_the_server_answers() {
        const NAME: &str = "meet.example.org";
        assert_eq!(told("198.200.0.9", &["198.200.0.9"], &[]), Says::DnsLiteral);
        assert_eq!(told(NAME, &[], &[]), Says::DnsNowhere);
        assert_eq!(told(NAME, &["127.0.0.1"], &[]), Says::DnsHere);
        assert_eq!(told(NAME, &["198.200.0.1"], &[]), Says::DnsHere);
        assert_eq!(told(NAME, &["198.200.0.9"], &[]), Says::DnsElsewhere);
        let proven = ["198.200.0.9"];
        assert_eq!(told(NAME, &["198.200.0.9"], &proven), Says::DnsAnswers);
        let both = ["198.200.0.9", "198.200.0.8"];
        assert_eq!(told(NAME, &both, &proven), Says::DnsElsewhere);
    }
}
