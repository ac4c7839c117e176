//! What the relay needs of the machine: ports, descriptors, buffers.

use std::{
    fs,
    net::{IpAddr, UdpSocket},
};

use super::{Finding, RelayFacts};

/// Ports of the range that are tried.
const PORTS_TRIED: u32 = 64;
/// What the relay asks for each of its UDP listeners, bytes.
const UDP_BUFFER_BYTES: u64 = 4 << 20;

/// Whether the relayed ports are free. Whether a firewall lets them through cannot be seen from here.
pub fn ports(facts: &RelayFacts, at: IpAddr) -> Finding {
    let (first, last) = facts.ports;
    let width = u32::from(last) - u32::from(first) + 1;
    let tried = PORTS_TRIED.min(width);
    let free = (0..tried)
        .filter_map(|n| u16::try_from(u32::from(first) + n * width / tried).ok())
        .filter(|port| UdpSocket::bind((at, *port)).is_ok())
        .count();
    let words = format!(
        "{free} of {tried} tried ports in {first}-{last} are free. The firewalls of this machine and of its provider must let UDP {first}-{last} in; that cannot be seen from here."
    );
    match free * 2 > tried as usize {
        true => Finding::ok("relayed ports", words),
        false => Finding::warning(
            "relayed ports",
            format!(
                "{words} Many are taken by other programs: choose another range with relay.port_min and relay.port_max."
            ),
        ),
    }
}

/// Whether the server may open as many descriptors as its configuration allows for.
pub fn descriptors(facts: &RelayFacts) -> Finding {
    let path = format!("/proc/{}/limits", facts.pid);
    let limit = fs::read_to_string(path).ok().and_then(|text| {
        let line = text
            .lines()
            .find_map(|it| it.strip_prefix("Max open files"))?;
        match line.split_whitespace().next()? {
            "unlimited" => Some(usize::MAX),
            number => number.parse().ok(),
        }
    });
    let wanted = facts.descriptors;
    match limit {
        None => Finding::warning(
            "open files",
            "The server's limits cannot be read: run this as the server's user.",
        ),
        Some(limit) if limit < wanted => Finding::warning(
            "open files",
            format!(
                "The server may open {limit} files, and is configured for {wanted}: set LimitNOFILE={wanted} in its unit, or lower server.connections_max and relay.allocations_max."
            ),
        ),
        Some(_) => Finding::ok(
            "open files",
            format!("The limit is above the {wanted} that may be needed."),
        ),
    }
}

/// Whether the system lets the relay have the UDP buffers that it asks for.
pub fn buffers() -> Finding {
    let read = |name: &str| -> Option<u64> {
        let text = fs::read_to_string(format!("/proc/sys/net/core/{name}")).ok()?;
        text.trim().parse().ok()
    };
    let small: Vec<&str> = ["rmem_max", "wmem_max"]
        .into_iter()
        .filter(|name| read(name).is_some_and(|bytes| bytes < UDP_BUFFER_BYTES))
        .collect();
    if small.is_empty() {
        return Finding::ok("UDP buffers", "As large as the relay asks for.");
    }
    let settings = small
        .iter()
        .map(|name| format!("net.core.{name}={UDP_BUFFER_BYTES}"));
    Finding::warning(
        "UDP buffers",
        format!(
            "The system allows less than the relay asks for; bursts of many calls may lose packets: sysctl -w {}",
            settings.collect::<Vec<_>>().join(" ")
        ),
    )
}
