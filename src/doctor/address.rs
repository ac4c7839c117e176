//! Whether the addresses that clients are told are those by which the world reaches this machine.

use std::{collections::BTreeSet, net::IpAddr};

use parlor_turn::{
    client::{Client, Transport},
    policy::is_special_purpose,
};

use super::{
    Place,
    finding::{Check, Finding, Says},
    place::list,
    url::IceUrl,
};

/// Holds what is relayed against where the names lead, and against what a STUN server elsewhere sees,
/// if the operator names one; nobody else is asked anything.
pub fn examine(place: &Place, relayed: &BTreeSet<IpAddr>) -> Vec<Finding> {
    let urls = place.urls().into_iter();
    let named: BTreeSet<IpAddr> = urls
        .flat_map(|url| url.resolve())
        .map(|address| address.ip().to_canonical())
        .collect();
    let mut findings: Vec<_> = relayed.iter().map(|ip| told(*ip, &named)).collect();
    if let Some(server) = &place.stun {
        findings.push(seen_by(server, relayed));
    }
    findings
}

fn told(ip: IpAddr, named: &BTreeSet<IpAddr>) -> Finding {
    let new = |says| Finding::new(Check::Address, "", says).with("ip", ip);
    let of_family = || named.iter().find(|it| it.is_ipv4() == ip.is_ipv4());
    if named.contains(&ip) {
        return match () {
            () if ip.is_loopback() => new(Says::AddressLocal),
            () if is_special_purpose(ip) => new(Says::AddressPrivate),
            () => new(Says::AddressFine),
        };
    }
    match of_family() {
        Some(other) => {
            let line = format!("public_ips = [\"{other}\"]");
            new(Says::AddressDiffers).with("other", other).command(line)
        }
        None => new(Says::AddressFamily),
    }
}

/// Asks a STUN server elsewhere which address it sees.
fn seen_by(server: &str, relayed: &BTreeSet<IpAddr>) -> Finding {
    let new = |says| Finding::new(Check::Address, server, says).with("who", server);
    let url = IceUrl::parse(server).or_else(|| IceUrl::parse(&format!("stun:{server}")));
    let addresses = url.map(|url| url.resolve()).unwrap_or_default();
    let v6 = relayed.iter().all(IpAddr::is_ipv6);
    let Some(to) = addresses.into_iter().find(|it| it.is_ipv6() == v6) else {
        return new(Says::AddressUnseen).with("why", "its name leads nowhere");
    };
    let seen = Client::connect(to, &Transport::Udp).and_then(|mut client| client.binding());
    match seen.map(|seen| seen.ip().to_canonical()) {
        Err(why) => new(Says::AddressUnseen).with("why", why),
        Ok(seen) if relayed.contains(&seen) => new(Says::AddressSeen).with("ip", seen),
        Ok(seen) => new(Says::AddressWrong)
            .with("ip", seen)
            .with("told", list(relayed.iter().copied()))
            .command(format!("public_ips = [\"{seen}\"]")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn place(host: &str, stun: Option<String>) -> Place {
        Place {
            config: Config::default(),
            facts: Some(crate::doctor::tests::facts(host)),
            stun,
        }
    }

    #[test]
    fn the_address_that_clients_are_told_is_held_against_the_name() {
        let told = |host: &str, ip: &str| {
            let relayed = BTreeSet::from([ip.parse().unwrap()]);
            examine(&place(host, None), &relayed).remove(0)
        };
        for (host, ip, says) in [
            ("198.200.0.1", "198.200.0.1", Says::AddressFine),
            ("127.0.0.1", "127.0.0.1", Says::AddressLocal),
            ("10.0.0.5", "10.0.0.5", Says::AddressPrivate),
            ("198.200.0.1", "10.0.0.5", Says::AddressDiffers),
            ("198.200.0.1", "::1", Says::AddressFamily),
        ] {
            assert_eq!(told(host, ip).says, says, "{host} {ip}");
        }
        let line = told("198.200.0.1", "10.0.0.5").commands.remove(0);
        assert_eq!(line, "public_ips = [\"198.200.0.1\"]");
    }

    #[test]
    fn an_address_elsewhere_is_asked_only_when_it_is_named() {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let at = socket.local_addr().unwrap();
        drop(socket);
        let relayed = BTreeSet::from(["198.200.0.1".parse().unwrap()]);
        let found = examine(&place("198.200.0.1", Some(at.to_string())), &relayed);
        assert_eq!(found.len(), 2);
        assert_eq!(found[1].says, Says::AddressUnseen);
    }
}
