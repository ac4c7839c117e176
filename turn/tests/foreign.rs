//! Somebody else's client: coturn's `turnutils_uclient`, in the modes that browsers' needs cover.
//!
//! Each test is passed over, with a word, where coturn's tools are not installed (with `CI` set
//! that is a failure).

#![allow(clippy::unwrap_used)]

mod common;

use std::{
    net::SocketAddr,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use common::{
    client::Peer,
    process::{Process, free_port, installed},
    servers::{self, Target},
};

/// Messages that each of the two clients sends.
const MESSAGES: u32 = 40;
const CLIENTS: u32 = 2;

/// The modes through a peer: channels or Send indications (`-s`), with RTCP pairs or without
/// (`-c`), over UDP, TCP (`-t`) and TLS (`-t -S`), with additional requests (`-G`).
const THROUGH_A_PEER: [&[&str]; 7] = [
    &["-c"],
    &[],
    &["-c", "-s"],
    &["-c", "-G"],
    &["-c", "-t"],
    &["-c", "-t", "-s"],
    &["-c", "-t", "-S"],
];

/// The modes from client to client, both relayed here.
const CLIENT_TO_CLIENT: [&[&str]; 3] = [&["-y"], &["-c", "-y", "-s"], &["-c", "-y", "-t"]];

/// All at once, since this client mostly waits.
#[test]
fn every_mode_of_uclient_passes() {
    if missing() {
        return;
    }
    std::thread::scope(|scope| {
        for mode in THROUGH_A_PEER {
            scope.spawn(|| through_a_peer(mode));
        }
        for mode in CLIENT_TO_CLIENT {
            scope.spawn(|| run(&servers::ours(servers::config()), mode, &[]));
        }
    });
}

#[test]
fn a_binding_of_stunclient() {
    if missing() {
        return;
    }
    let target = servers::ours(servers::config());
    let output = Command::new("turnutils_stunclient")
        .args(["-p", &target.udp.port().to_string(), "127.0.0.1"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("UDP reflexive addr: 127.0.0.1:"), "{text}");
}

fn through_a_peer(mode: &[&str]) {
    let target = servers::ours(servers::config());
    let (_echo, peer) = echo();
    let peer_port = peer.port().to_string();
    run(&target, mode, &["-e", "127.0.0.1", "-r", &peer_port]);
}

/// Runs the client and reads from its report that nothing was lost; then compares with our record.
fn run(target: &Target, mode: &[&str], peer: &[&str]) {
    let login = target.login("foreign", "client");
    let tls = mode.contains(&"-S");
    let server = if tls { target.tls.unwrap() } else { target.udp };
    let mut command = Command::new("timeout");
    command
        .args(["60", "turnutils_uclient", "-X", "-z", "2", "-l", "500"])
        .args(["-n", &MESSAGES.to_string(), "-m", &CLIENTS.to_string()])
        .args(["-u", &login.user, "-w", &login.password])
        .args(["-p", &server.port().to_string()])
        .args(mode)
        .args(peer)
        .arg("127.0.0.1");
    let output = command.output().unwrap();
    let report = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{mode:?}: {report}");
    let received = number_after(&report, "tot_recv_msgs=");
    let lost = number_after(&report, "Total lost packets ").unwrap_or(u64::MAX);
    // over TLS this client overlooks some of what it is sent, from coturn's server as well
    let excused = if tls {
        u64::from(MESSAGES * CLIENTS) / 4
    } else {
        0
    };
    assert!(lost <= excused, "{mode:?}: {report}");
    assert!(received.is_some_and(|n| n > 0), "{mode:?}: {report}");
    let usage = target.relay().control().usage("foreign");
    let up: u64 = usage.participants.iter().map(|p| p.up.packets).sum();
    assert!(
        up >= u64::from(MESSAGES),
        "{mode:?}: the record says {usage:?}"
    );
}

/// The last number that stands behind some words.
fn number_after(report: &str, words: &str) -> Option<u64> {
    let (_, behind) = report.rsplit_once(words)?;
    let digits = behind.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

/// coturn's echo, and its address.
fn echo() -> (Process, SocketAddr) {
    for _ in 0..5 {
        let port = free_port();
        let mut command = Command::new("turnutils_peer");
        command
            .args(["-L", "127.0.0.1", "-p", &port.to_string()])
            .stdout(Stdio::null());
        let mut process = Process::start(&mut command).unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        if echoes(address, &mut process) {
            return (process, address);
        }
    }
    panic!("turnutils_peer does not start")
}

fn echoes(address: SocketAddr, process: &mut Process) -> bool {
    let probe = Peer::new();
    let deadline = Instant::now() + Duration::from_secs(5);
    while Instant::now() < deadline && !process.ended() {
        let _ = probe.socket.send_to(b"anybody there?", address);
        let soon = Instant::now() + Duration::from_millis(50);
        if common::client::receive(&probe.socket, soon).is_some() {
            return true;
        }
    }
    false
}

fn missing() -> bool {
    let missing = !installed("turnutils_uclient");
    assert!(
        !missing || std::env::var_os("CI").is_none(),
        "coturn's tools are not installed"
    );
    if missing {
        eprintln!("coturn's tools are not installed: passed over");
    }
    missing
}
