//! coturn's own test clients against our relay: a foreign implementation, used as its makers use it.

#![allow(clippy::unwrap_used)]

mod kit;

use std::{
    net::UdpSocket,
    process::{Child, Command, Stdio},
};

use kit::*;
use parlor_turn::{Certificate, Relay, RelayConfig};

/// Runs until dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn tool(name: &str) -> Command {
    let found = std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|dir| dir.join(name).exists()));
    assert!(
        found,
        "{name} is not installed: `apt-get install coturn` (make test does it)"
    );
    Command::new(name)
}

/// An echoing peer, and its port.
fn echo() -> (Running, String) {
    let port = UdpSocket::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
        .to_string();
    let child = tool("turnutils_peer")
        .args(["-L", "127.0.0.1", "-p", &port])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let running = Running(child);
    let probe = UdpSocket::bind("127.0.0.1:0").unwrap();
    probe
        .set_read_timeout(Some(std::time::Duration::from_millis(50)))
        .unwrap();
    eventually("the peer echoes", || {
        let _ = probe.send_to(b"?", format!("127.0.0.1:{port}"));
        probe.recv(&mut [0; 8]).is_ok()
    });
    (running, port)
}

/// Runs turnutils_uclient; how many messages it sent, received and lost.
fn uclient(relay: &Relay, port: u16, extra: &[&str]) -> (u64, u64, u64) {
    let credential = relay.control().mint("call", "uclient", soon());
    let output = tool("turnutils_uclient")
        .args([
            "-u",
            &credential.username,
            "-w",
            &credential.password,
            "-p",
            &port.to_string(),
        ])
        .args(["-X", "-z", "5"])
        .args(extra)
        .arg("127.0.0.1")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    let last = text
        .lines()
        .rev()
        .find(|l| l.contains("tot_send_msgs"))
        .unwrap_or_else(|| panic!("no result:\n{text}"));
    let number = |name: &str| -> u64 {
        let at = last.find(name).unwrap() + name.len();
        last[at..]
            .chars()
            .skip_while(|c| !c.is_ascii_digit())
            .take_while(char::is_ascii_digit)
            .collect::<String>()
            .parse()
            .unwrap()
    };
    let result = (number("tot_send_msgs"), number("tot_recv_msgs"), 0);
    let lost = text
        .lines()
        .rev()
        .find(|l| l.contains("Total lost packets"))
        .map_or(0, |l| {
            l.split_whitespace()
                .find_map(|w| w.parse().ok())
                .unwrap_or(0)
        });
    (result.0, result.1, lost)
}

fn loses_nothing(extra: &[&str], port: impl Fn(&Relay) -> u16, with_peer: bool) {
    let certificate = Certificate::from_pem(
        include_bytes!("kit/cert.pem"),
        include_bytes!("kit/key.pem"),
    )
    .unwrap();
    let relay = start(RelayConfig {
        certificate: Some(certificate),
        ..config()
    });
    let peer = with_peer.then(echo);
    let mut args = vec!["-n", "40", "-m", "4", "-l", "172"];
    if let Some((_, port)) = &peer {
        args.extend(["-e", "127.0.0.1", "-r", port]);
    }
    args.extend(extra);
    let (sent, received, lost) = uclient(&relay, port(&relay), &args);
    assert!(sent >= 160, "sent {sent}");
    assert_eq!((sent, lost), (received, 0), "{extra:?}");
}

fn plain(relay: &Relay) -> u16 {
    relay.addresses().udp[0].port()
}

fn tls(relay: &Relay) -> u16 {
    relay.addresses().tls[0].port()
}

#[test]
fn uclient_over_udp_loses_no_message() {
    loses_nothing(&["-c"], plain, true);
}

#[test]
fn uclient_with_even_port_pairs_loses_no_message() {
    loses_nothing(&[], plain, true);
}

#[test]
fn uclient_with_send_indications_loses_no_message() {
    loses_nothing(&["-c", "-s"], plain, true);
}

#[test]
fn uclient_over_tcp_loses_no_message() {
    loses_nothing(&["-c", "-t"], plain, true);
}

#[test]
fn uclient_over_tls_loses_no_message() {
    loses_nothing(&["-c", "-t", "-S"], tls, true);
}

#[test]
fn uclient_between_two_relayed_clients_loses_no_message() {
    loses_nothing(&["-y"], plain, false);
}
