//! Whether the world reaches the relayed ports. No server sees its own firewalls from outside, and no call can be
//! tried from there; but a browser can ask any port for STUN. So for a while some ports of the range answer it,
//! and a browser elsewhere asks them as it asks the relay. A firewall cannot tell these packets from a call's.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    time::Duration,
};

use ring::rand::{SecureRandom, SystemRandom};

use super::{
    Facts, Inside, Place,
    finding::{Check, Finding, Says},
    outside::{Way, from_inside},
    url::{IceUrl, Scheme},
};

/// Ports that are tried: one in each part of the range, because a firewall may be open for some of it.
const PORTS: u16 = 4;
/// Longer than a browser tries.
const OPEN_FOR: Duration = Duration::from_secs(60);
/// Most answers of one port: a browser repeats its question some seven times.
const ANSWERS_MAX: u32 = 64;
/// Ports of a part that are tried before it is left out: others may be in use.
const TRIES: u16 = 32;

/// Opens them, and gives the addresses to ask. None where the relay is off or has no port left. Must be called on
/// a thread that goes on.
pub fn open(it: &Inside) -> Vec<String> {
    let Some((bind, told)) = address(it) else {
        return Vec::new();
    };
    let (first, last) = (it.config.relay.port_min, it.config.relay.port_max);
    let opened = (0..PORTS).filter_map(|part| {
        let socket = one_of(bind, share(first, last, part))?;
        let port = socket.local_addr().ok()?.port();
        answer(socket).ok()?;
        Some(format!("stun:{}", SocketAddr::new(told, port)))
    });
    opened.collect()
}

/// Where relayed addresses are bound, and what clients are told of it.
fn address(it: &Inside) -> Option<(IpAddr, IpAddr)> {
    let listens = it.bound.udp.iter().map(SocketAddr::ip);
    let ip = listens.min_by_key(|ip| ip.is_ipv6())?;
    let configured = it.config.relay.public_ips.iter();
    let mut configured = configured.filter_map(|it| it.parse::<IpAddr>().ok());
    let configured = configured.find(|it| it.is_ipv4() == ip.is_ipv4());
    if ip.is_loopback() {
        return Some((ip, configured.unwrap_or(ip)));
    }
    let any = match ip {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let told = match configured {
        None if ip.is_unspecified() => super::place::routed(any)?,
        None => ip,
        Some(configured) => configured,
    };
    Some((any, told))
}

/// First and last port of one part.
fn share(first: u16, last: u16, part: u16) -> (u16, u16) {
    let (first, width) = (u32::from(first), u32::from(last.saturating_sub(first)) + 1);
    let edge = |part: u16| first + width * u32::from(part) / u32::from(PORTS);
    // Both lie between two ports, so they are ports.
    (edge(part) as u16, (edge(part + 1).max(1) - 1) as u16)
}

/// A socket on some free port between these.
fn one_of(ip: IpAddr, (first, last): (u16, u16)) -> Option<UdpSocket> {
    let width = last.checked_sub(first)?.saturating_add(1);
    let mut random = [0; 2];
    SystemRandom::new().fill(&mut random).ok()?;
    let from = u16::from_ne_bytes(random) % width;
    let ports = (0..width.min(TRIES)).map(|step| first + (from + step) % width);
    ports
        .into_iter()
        .find_map(|port| UdpSocket::bind((ip, port)).ok())
}

/// Answers for a while, beside everything else.
fn answer(socket: UdpSocket) -> io::Result<()> {
    socket.set_nonblocking(true)?;
    let socket = tokio::net::UdpSocket::from_std(socket)?;
    actix_rt::spawn(tokio::time::timeout(OPEN_FOR, async move {
        let mut packet = [0; 1_500];
        for _ in 0..ANSWERS_MAX {
            let Ok((read, from)) = socket.recv_from(&mut packet).await else {
                continue;
            };
            if let Some(answer) = parlor_turn::answer_binding(&packet[..read], from) {
                let _ = socket.send_to(&answer, from).await;
            }
        }
    }));
    Ok(())
}

/// Whether this is a port of the range, and not one that browsers are given.
fn is_of_range(facts: &Facts, way: &Way) -> Option<u16> {
    let url = IceUrl::parse(&way.url)?;
    let inside = (facts.ports.0..=facts.ports.1).contains(&url.port);
    let given = facts.stun_urls.contains(&way.url);
    (url.scheme == Scheme::Stun && inside && !given).then_some(url.port)
}

/// One sentence for all ports of the range that a browser has asked; none when it asked none.
pub fn judge(place: &Place, ways: &[Way], inside: bool, minutes: i64) -> Option<Finding> {
    let facts = place.facts.as_ref()?;
    let mut tried = 0;
    let mut closed = Vec::new();
    for way in ways {
        let Some(port) = is_of_range(facts, way) else {
            continue;
        };
        tried += 1;
        if !way.arrived {
            closed.push(port.to_string());
        }
    }
    if tried == 0 {
        return None;
    }
    let (first, last) = facts.ports;
    let about = format!("UDP {first}-{last}");
    let by_udp = |way: &&Way| {
        let url = IceUrl::parse(&way.url);
        url.is_some_and(|it| it.protocol() == "udp") && is_of_range(facts, way).is_none()
    };
    // Who cannot send to the relay's own port says nothing of the others.
    let udp = ways.iter().filter(by_udp).any(|way| way.arrived);
    let says = match closed.len() {
        0 if inside => return Some(from_inside(&about)),
        0 => Says::RangeOpen,
        _ if !udp => Says::RangeUnseen,
        closed if closed == tried => Says::RangeClosed,
        _ => Says::RangePart,
    };
    let finding = Finding::new(Check::Outside, about, says)
        .with("first", first)
        .with("last", last)
        .with("tried", tried)
        .with("ports", closed.join(", "))
        .with("minutes", minutes);
    Some(match says {
        Says::RangeClosed | Says::RangePart => finding
            .command(format!("ufw allow {first}:{last}/udp"))
            .command(format!(
                "nft insert rule inet filter input udp dport {first}-{last} accept"
            )),
        _ => finding,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn every_part_of_the_range_has_its_port() {
        let all = |first, last| (0..PORTS).map(move |part| share(first, last, part));
        let parts: Vec<_> = all(49_152, 65_535).collect();
        assert_eq!(parts[0], (49_152, 53_247));
        assert_eq!(parts[3], (61_440, 65_535));
        // A range of two ports has two parts with a port, and two without.
        let two = all(100, 101).filter(|part| one_of(Ipv4Addr::LOCALHOST.into(), *part).is_some());
        assert!(two.count() <= 2);
        let edge = one_of(Ipv4Addr::LOCALHOST.into(), (65_500, 65_535));
        assert!(edge.unwrap().local_addr().unwrap().port() >= 65_500);
    }

    #[test]
    fn a_closed_range_is_told_when_the_browser_can_send_at_all() {
        use Says::*;
        let told = |relay: bool, inside: bool, ports: &[(u16, bool)]| {
            let mut ways = vec![Way {
                url: "turn:a.example:3478?transport=udp".into(),
                arrived: relay,
                code: None,
            }];
            ways.extend(ports.iter().map(|(port, arrived)| Way {
                url: format!("stun:198.200.0.1:{port}"),
                arrived: *arrived,
                code: None,
            }));
            let place = Place {
                config: Config::default(),
                facts: Some(crate::doctor::tests::facts("a.example")),
                stun: None,
            };
            judge(&place, &ways, inside, 1)
        };
        let says = |relay, inside, ports: &[_]| told(relay, inside, ports).map(|it| it.says);
        let (open, shut) = ((50_000, true), (60_000, false));
        assert_eq!(says(true, false, &[]), None);
        assert_eq!(says(true, false, &[(3_478, false)]), None);
        assert_eq!(says(true, false, &[open]), Some(RangeOpen));
        assert_eq!(says(true, true, &[open]), Some(OutsideInside));
        assert_eq!(says(true, false, &[shut]), Some(RangeClosed));
        assert_eq!(says(false, false, &[shut]), Some(RangeUnseen));
        let part = told(true, false, &[open, shut]).unwrap();
        assert_eq!(part.says, RangePart);
        assert!(part.saw().contains("60000"), "{}", part.saw());
        assert_eq!(part.commands[0], "ufw allow 49152:65535/udp");
    }
}
