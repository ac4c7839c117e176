//! The servers under test: our relay, and Debian's coturn as the oracle, both on loopback with the
//! same secret, realm and limits as far as coturn has them.

use std::{
    net::{Ipv4Addr, SocketAddr},
    process::{Command, Stdio},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use parlor_turn::{Certificate, Limits, PeerPolicy, Relay, RelayAddress, RelayConfig, Secret};
use ring::hmac;
use tempfile::TempDir;

use super::{
    client::receive,
    process::{Process, free_port},
    stun::{BINDING, Message, Writer},
};

/// The secret of every server here.
pub const SECRET: &str = "a secret of tests";
/// The realm of every server here.
pub const REALM: &str = "proof.test";

/// User name and password.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Login {
    pub user: String,
    pub password: String,
}

impl Login {
    /// A credential as the call's server would sign it; `expires` in Unix seconds.
    pub fn signed(secret: &str, call: &str, participant: &str, expires: u64) -> Login {
        Login::for_user(secret, format!("{expires}:{call}:{participant}"))
    }

    /// The right password for any user name.
    pub fn for_user(secret: &str, user: String) -> Login {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret.as_bytes());
        let password = BASE64_STANDARD.encode(hmac::sign(&key, user.as_bytes()));
        Login { user, password }
    }
}

/// A server that can be talked to.
pub struct Target {
    pub name: &'static str,
    pub udp: SocketAddr,
    pub tcp: SocketAddr,
    pub tls: Option<SocketAddr>,
    /// See `Client::grace`: coturn looks up keys on another thread and so may answer late.
    pub grace: Duration,
    /// Whether it is the oracle.
    pub oracle: bool,
    kept: Kept,
}

enum Kept {
    Ours(Box<Relay>),
    /// The folder goes after the process.
    Coturn {
        _process: Process,
        _files: TempDir,
    },
}

impl Target {
    /// A credential for an hour.
    pub fn login(&self, call: &str, participant: &str) -> Login {
        Login::signed(SECRET, call, participant, unix_now() + 3600)
    }

    /// Our relay, if this is it.
    pub fn relay(&self) -> &Relay {
        match &self.kept {
            Kept::Ours(relay) => relay,
            Kept::Coturn { .. } => panic!("coturn has no control handle"),
        }
    }
}

/// Now in Unix seconds.
pub fn unix_now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
}

/// What the proofs start from: loopback only, any public peer and loopback, no rate that a test
/// could meet by accident.
pub fn config() -> RelayConfig {
    RelayConfig {
        listen: vec![Ipv4Addr::LOCALHOST.into()],
        port: 0,
        tls_port: Some(0),
        certificate: Some(certificate()),
        relay_v4: Some(RelayAddress {
            bind: Some(Ipv4Addr::LOCALHOST),
            external: None,
        }),
        relay_v6: None,
        relay_ports: 49152..=65535,
        realm: REALM.into(),
        secrets: vec![Secret::new(SECRET)],
        credential_horizon: Duration::from_secs(24 * 3600),
        peer_policy: PeerPolicy::Public,
        io_uring: true,
        allow_loopback_peers: true,
        threads: 1,
        coalesce_us: 0,
        slice_us: 100,
        nice: 0,
        realtime: false,
        limits: Limits {
            allocations_per_participant: 10_000,
            streams_per_address: 10_000,
            kbit_per_allocation: 0,
            ..Limits::default()
        },
    }
}

/// A self-signed certificate for `localhost` and 127.0.0.1, valid until 2125; its key is public, so
/// it proves nothing to anybody.
pub fn certificate() -> Certificate {
    Certificate::from_pem(CERTIFICATE, include_bytes!("key.pem")).unwrap()
}

/// The certificate's PEM.
pub const CERTIFICATE: &[u8] = include_bytes!("certificate.pem");

/// Our relay inside this process.
pub fn ours(config: RelayConfig) -> Target {
    let relay = Relay::start(config).expect("the relay starts");
    let addresses = relay.addresses();
    Target {
        name: "ours",
        udp: addresses.udp[0],
        tcp: addresses.tcp[0],
        tls: addresses.tls.first().copied(),
        grace: Duration::ZERO,
        oracle: false,
        kept: Kept::Ours(Box::new(relay)),
    }
}

/// Debian's coturn with matching settings; `None` where it is not installed.
pub fn coturn() -> Option<Target> {
    if !super::process::installed("turnserver") {
        return None;
    }
    (0..5).find_map(|_| start_coturn(free_port()))
}

fn start_coturn(port: u16) -> Option<Target> {
    let files = tempfile::tempdir().ok()?;
    let mut command = Command::new("turnserver");
    command
        .args(coturn_arguments(port))
        .arg("--userdb")
        .arg(files.path().join("users"))
        .args(["--denied-peer-ip", "10.0.0.0-10.255.255.255"])
        .current_dir("/tmp")
        .stdout(Stdio::null());
    let mut process = Process::start(&mut command).ok()?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    if !answers(address, || process.ended()) {
        return None;
    }
    Some(Target {
        name: "coturn",
        udp: address,
        tcp: address,
        tls: None,
        grace: Duration::from_millis(60),
        oracle: true,
        kept: Kept::Coturn {
            _process: process,
            _files: files,
        },
    })
}

/// Arguments that give coturn our secret and realm on loopback, without logs.
pub fn coturn_arguments(port: u16) -> Vec<String> {
    let text = format!(
        "-n --log-file /dev/null --no-stdout-log --listening-ip 127.0.0.1 --relay-ip 127.0.0.1 \
         --listening-port {port} --min-port 49152 --max-port 65535 --realm {REALM} \
         --use-auth-secret --allow-loopback-peers --no-multicast-peers --no-cli --no-tls --no-dtls -m 1 \
         --pidfile /dev/null"
    );
    let mut arguments: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    arguments.push(format!("--static-auth-secret={SECRET}"));
    arguments
}

/// Waits until a server answers a Binding, or has ended.
pub fn answers(server: SocketAddr, mut ended: impl FnMut() -> bool) -> bool {
    let socket = std::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let deadline = Instant::now() + Duration::from_secs(10);
    while Instant::now() < deadline && !ended() {
        let _ = socket.send_to(Writer::new(BINDING).bytes(), server);
        let wait = Instant::now() + Duration::from_millis(50);
        if receive(&socket, wait).is_some_and(|(bytes, _)| Message::parse(&bytes).is_some()) {
            return true;
        }
    }
    false
}
