//! What the operator decides about the relay, with the defaults of a single small VPS.
//!
//! Plain data: nothing here reads a file or an environment; the roof maps its configuration on it.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    ops::RangeInclusive,
    time::Duration,
};

use crate::{credential::Secret, policy::PeerPolicy, tls::Certificate};

/// Everything that [`Relay::start`](crate::Relay::start) needs to know.
#[derive(Debug, Clone)]
pub struct RelayConfig {
    /// Addresses to listen on, each for UDP, TCP and (with a certificate) TLS. An unspecified
    /// address of a family that this machine does not have is skipped; any other is an error.
    pub listen: Vec<IpAddr>,
    /// Port for UDP and TCP; 0 lets the system choose one for both (tests).
    pub port: u16,
    /// Port for TLS over TCP; `None` for no listener of our own, 0 for any (tests).
    pub tls_port: Option<u16>,
    /// Certificate of the TLS listener; can be replaced while running. Without one TLS
    /// connections are refused, and the port is bound all the same.
    pub certificate: Option<Certificate>,
    /// Where relayed IPv4 addresses live; `None` refuses IPv4 allocations (440).
    pub relay_v4: Option<RelayAddress<Ipv4Addr>>,
    /// Where relayed IPv6 addresses live; `None` refuses IPv6 allocations (440).
    pub relay_v6: Option<RelayAddress<Ipv6Addr>>,
    /// Ports of relayed addresses, both ends included.
    pub relay_ports: RangeInclusive<u16>,
    /// Realm of the long-term credentials; shown to clients, never secret.
    pub realm: String,
    /// Secrets of the time-limited credentials. The first one mints; all verify, so that a new
    /// one can be put in front while old credentials live on.
    pub secrets: Vec<Secret>,
    /// Longest time ahead that a credential may expire; a later one is refused.
    pub credential_horizon: Duration,
    /// Who may be a peer.
    pub peer_policy: PeerPolicy,
    /// Tests only: peers on 127/8 and ::1 are allowed.
    pub allow_loopback_peers: bool,
    /// Threads that move UDP packets; 0 means one per processor, four at most.
    pub threads: usize,
    /// Longest wait, in microseconds, for more packets after the first of a batch; 0 answers at
    /// once. A wait of 200 can halve the processor time per packet under a steady load of calls, at
    /// 0.2 ms of added delay.
    pub coalesce_us: u64,
    /// Time slice, in microseconds, that the relay's threads ask of the scheduler, so that packets
    /// do not wait for threads that compute; 0 leaves the system's own (about 3,000).
    pub slice_us: u64,
    /// Nice value of the relay's threads, where the system grants it: with a negative one, packets
    /// of calls go before pages when the processor has too much to do; 0 is everybody's.
    pub nice: i32,
    /// Whether the relay's threads run before everything else (SCHED_RR), where the system grants it;
    /// otherwise by `slice_us` and `nice`.
    pub realtime: bool,
    /// Whether packets for many peers are written with one system call (io_uring), where the kernel
    /// allows it.
    pub io_uring: bool,
    /// Bounds of everything.
    pub limits: Limits,
}

impl Default for RelayConfig {
    fn default() -> Self {
        RelayConfig {
            listen: vec![Ipv4Addr::UNSPECIFIED.into(), Ipv6Addr::UNSPECIFIED.into()],
            port: 3478,
            tls_port: Some(5349),
            certificate: None,
            relay_v4: Some(RelayAddress {
                bind: None,
                external: None,
            }),
            relay_v6: None,
            relay_ports: 49152..=65535,
            realm: "parlor".into(),
            secrets: vec![Secret::random()],
            credential_horizon: Duration::from_secs(24 * 3600),
            peer_policy: PeerPolicy::Call,
            allow_loopback_peers: false,
            threads: 0,
            coalesce_us: 0,
            slice_us: 100,
            nice: -10,
            realtime: false,
            io_uring: true,
            limits: Limits::default(),
        }
    }
}

/// One family's relayed addresses: what sockets bind and what clients are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RelayAddress<A> {
    /// Address that relay sockets bind; `None` finds the one that the default route uses.
    pub bind: Option<A>,
    /// Address that the world sees, when this machine stands behind a 1:1 NAT.
    pub external: Option<A>,
}

/// Bounds; what happens at each is said beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Allocations in all; above it 508.
    pub allocations: usize,
    /// Allocations per participant of a call; above it 486.
    pub allocations_per_participant: usize,
    /// Permissions of one allocation; above it 508.
    pub permissions: usize,
    /// Channels of one allocation; above it 508.
    pub channels: usize,
    /// Stream connections in all; above it a new one is closed at once.
    pub streams: usize,
    /// Stream connections from one address (an IPv6 /64 counts as one); above it closed at once.
    pub streams_per_address: usize,
    /// Longest STUN message or ChannelData frame on a stream, in bytes; a longer one closes it.
    pub frame_bytes: usize,
    /// Bytes that may wait for a slow stream reader, and as many again that the system has not sent;
    /// what comes on top is dropped.
    pub stream_backlog_bytes: usize,
    /// Time for a TLS handshake and for the first authenticated request on a stream.
    pub handshake: Duration,
    /// Time without a byte after which a stream that holds no allocation is closed.
    pub idle: Duration,
    /// 401 and 438 answers per second to one UDP source address; the rest is dropped.
    pub challenges_per_second: u8,
    /// Rate of one allocation, both directions together, in kbit/s; 0 is unlimited. The excess is
    /// dropped.
    pub kbit_per_allocation: u64,
    /// Rate of the whole relay in kbit/s; 0 is unlimited. The excess is dropped.
    pub kbit_total: u64,
    /// Bytes that may be relayed per month (client side, both directions); 0 is unlimited. At 80 %
    /// [`Budget::Low`](crate::usage::Budget) is reported; at 100 % allocations go on at
    /// `kbit_when_spent`.
    pub bytes_per_month: u64,
    /// Rate of one allocation, both directions together, once the month's bytes are used up, in
    /// kbit/s. 128 lets a voice through in both directions (about 50 kbit/s each with headers) and
    /// little else. 0 relays nothing: new allocations get 508 and packets are dropped.
    pub kbit_when_spent: u64,
    /// Candidate addresses remembered for one call; the oldest is forgotten.
    pub candidates_per_call: usize,
    /// Calls remembered at once; above it nothing more is minted or admitted for new ones.
    pub calls: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            allocations: 4096,
            allocations_per_participant: 32,
            permissions: 64,
            channels: 64,
            streams: 4096,
            streams_per_address: 64,
            frame_bytes: 16 * 1024,
            stream_backlog_bytes: 64 * 1024,
            handshake: Duration::from_secs(10),
            idle: Duration::from_secs(60),
            challenges_per_second: 10,
            kbit_per_allocation: 8_000,
            kbit_total: 0,
            bytes_per_month: 0,
            kbit_when_spent: 128,
            candidates_per_call: 128,
            calls: 65_536,
        }
    }
}

/// Why the relay did not start; each sentence names the setting and the remedy.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The port belongs to somebody else, or to another Parlor.
    #[error(
        "{transport} port {port} on {address} is already in use: stop the other program (another Parlor or a coturn?) or choose another relay port"
    )]
    PortTaken {
        /// "UDP", "TCP" or "TLS".
        transport: &'static str,
        /// The address that was asked for.
        address: IpAddr,
        /// The port that was asked for.
        port: u16,
    },
    /// A second Parlor would share our sockets.
    #[error("another Parlor already runs a relay on port {0} of this machine: stop it first")]
    SecondInstance(u16),
    /// The system refused a listener for another reason.
    #[error("cannot listen for {transport} on {address} port {port}: {source}")]
    Listen {
        /// "UDP", "TCP" or "TLS".
        transport: &'static str,
        /// The address that was asked for.
        address: IpAddr,
        /// The port that was asked for.
        port: u16,
        /// What the system said.
        source: std::io::Error,
    },
    /// None of the listen addresses exists here.
    #[error("the relay has no address to listen on: give at least one address of this machine")]
    NoListener,
    /// An impossible setting.
    #[error("{0}")]
    Setting(String),
    /// Threads, epoll or descriptors could not be had.
    #[error("the system refused {what}: {source}")]
    System {
        /// What was asked of it.
        what: &'static str,
        /// What it said.
        source: std::io::Error,
    },
}

impl RelayConfig {
    /// Refuses what cannot work, with words.
    pub(crate) fn check(&self) -> Result<(), StartError> {
        let refuse = |words: &str| Err(StartError::Setting(words.into()));
        if self.relay_ports.is_empty() || *self.relay_ports.start() < 1024 {
            return refuse(
                "the relay port range must begin at 1024 or above and end after it begins",
            );
        }
        if self.port != 0 && self.relay_ports.contains(&self.port) {
            return refuse(
                "the relay's listening port lies inside the range of relayed ports: move one of them",
            );
        }
        if self.secrets.is_empty() {
            return refuse("the relay needs at least one credential secret");
        }
        if self.realm.is_empty() || self.realm.len() > 127 {
            return refuse("the relay's realm must have 1 to 127 bytes");
        }
        if self.relay_v4.is_none() && self.relay_v6.is_none() {
            return refuse("the relay needs an IPv4 or an IPv6 relay address");
        }
        if self.listen.is_empty() {
            return Err(StartError::NoListener);
        }
        Ok(())
    }
}
