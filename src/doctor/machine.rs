//! What the relay needs of the machine: ports, descriptors, buffers.

use std::{
    fs,
    net::{IpAddr, UdpSocket},
};

use super::{
    Facts,
    finding::{Check, Finding, Says},
};

/// Ports of the range that are tried.
const PORTS_TRIED: u32 = 64;
/// What the relay asks for each of its UDP listeners, bytes.
const UDP_BUFFER_BYTES: u64 = 4 << 20;

/// Whether the relayed ports are free. Whether a firewall lets them through cannot be seen from here.
pub fn ports(facts: &Facts, at: IpAddr) -> Finding {
    let (first, last) = facts.ports;
    let width = u32::from(last) - u32::from(first) + 1;
    let tried = PORTS_TRIED.min(width);
    let free = (0..tried)
        .filter_map(|n| u16::try_from(u32::from(first) + n * width / tried).ok())
        .filter(|port| UdpSocket::bind((at, *port)).is_ok())
        .count();
    let says = match free * 2 > tried as usize {
        true => Says::PortsFree,
        false => Says::PortsTaken,
    };
    Finding::new(Check::Ports, format!("{first}-{last}/udp"), says)
        .with("free", free)
        .with("tried", tried)
        .with("first", first)
        .with("last", last)
}

/// Whether the server may open as many descriptors as its configuration allows for.
pub fn descriptors(facts: &Facts) -> Finding {
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
    let new = |says| Finding::new(Check::Files, "", says).with("wanted", wanted);
    match limit {
        None => new(Says::FilesUnread),
        Some(limit) if limit < wanted => new(Says::FilesFew)
            .with("limit", limit)
            .command(format!("LimitNOFILE={wanted}")),
        Some(_) => new(Says::FilesEnough),
    }
}

/// Whether the system lets the relay have the UDP buffers that it asks for.
pub fn buffers() -> Finding {
    let read = |name: &str| -> Option<u64> {
        let text = fs::read_to_string(format!("/proc/sys/net/core/{name}")).ok()?;
        text.trim().parse().ok()
    };
    let small = ["rmem_max", "wmem_max"]
        .into_iter()
        .filter(|name| read(name).is_some_and(|bytes| bytes < UDP_BUFFER_BYTES));
    let settings: Vec<_> = small
        .map(|name| format!("sysctl -w net.core.{name}={UDP_BUFFER_BYTES}"))
        .collect();
    let says = match settings.is_empty() {
        true => Says::BuffersFine,
        false => Says::BuffersSmall,
    };
    let mut finding = Finding::new(Check::Buffers, "", says);
    finding.commands = settings;
    finding
}
