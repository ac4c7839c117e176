//! The relay's desk: hands out ICE servers with time-limited credentials, takes them back, and
//! tells the relay which addresses were signalled.
//!
//! STUN comes first, because it is tried first and costs nothing. No address that the operator did
//! not configure is ever handed out.

use std::{
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use parlor_domain::{
    budget::Level,
    call::traffic::{Flow, Used},
    event::{IceGrant, IceServer, Signal},
    id::{PeerId, RoomId},
    time::{Millis, Timestamp},
};
use parlor_turn::{RelayControl, Traffic};

use crate::ports::RelayDoor;

/// Most addresses taken from one description; a browser lists a handful.
const CANDIDATES_PER_SDP_MAX: usize = 32;

/// What the operator says about the relay.
#[derive(Clone, Debug, Default)]
pub struct IceConfig {
    /// `stun:` addresses.
    pub stun_urls: Vec<String>,
    /// `turn:` addresses.
    pub turn_urls: Vec<String>,
    /// `turns:` addresses; handed out while browsers trust the certificate there.
    pub turns_urls: Vec<String>,
    /// How long a credential is good.
    pub ttl: Millis,
    /// Browsers must go through the relay.
    pub relay_only: bool,
}

impl RelayDoor for RelayControl {
    fn mint(&self, call: &str, participant: &str, expires: u64) -> (String, String, u64) {
        let credential = RelayControl::mint(self, call, participant, expires);
        (credential.username, credential.password, credential.expires)
    }

    fn revoke(&self, call: &str, participant: Option<&str>) {
        RelayControl::revoke(self, call, participant);
    }

    fn admit_candidate(&self, call: &str, candidate: SocketAddr) {
        RelayControl::admit_candidate(self, call, candidate);
    }

    fn month_bytes(&self) -> u64 {
        self.stats().month_bytes
    }

    fn count_from(&self, bytes: u64) {
        self.set_month_bytes(bytes);
    }

    fn collect(&self, call: &str) -> Vec<(String, Used)> {
        let flow = |it: Traffic| Flow {
            packets: it.packets,
            bytes: it.bytes,
        };
        let used = RelayControl::collect(self, call).participants.into_iter();
        used.map(|it| {
            let used = Used {
                up: flow(it.up),
                down: flow(it.down),
                dropped: it.dropped,
            };
            (it.participant, used)
        })
        .collect()
    }
}

/// The desk. Without a relay it hands out STUN only.
#[derive(Clone)]
pub struct RelayDesk {
    config: Arc<IceConfig>,
    relay: Option<Arc<dyn RelayDoor>>,
    /// Whether browsers trust the certificate of TURN over TLS.
    tls: Arc<AtomicBool>,
    /// What those who come are asked to keep to; an index into [`LEVELS`].
    level: Arc<AtomicUsize>,
}

const LEVELS: [Level; 3] = [Level::Full, Level::Saver, Level::Audio];

impl RelayDesk {
    /// A desk in front of this relay.
    pub fn new(config: IceConfig, relay: Option<Arc<dyn RelayDoor>>) -> Self {
        Self {
            config: Arc::new(config),
            relay,
            tls: Arc::default(),
            level: Arc::default(),
        }
    }

    /// Whether TURN over TLS is handed out from now on: only with a certificate that browsers trust.
    pub fn offer_tls(&self, trusted: bool) {
        self.tls.store(trusted, Ordering::Relaxed);
    }

    /// The `stun:` addresses that are handed out.
    pub fn stun_urls(&self) -> &[String] {
        &self.config.stun_urls
    }

    /// The `turn:` and `turns:` addresses that are handed out now.
    pub fn turn_urls(&self) -> Vec<String> {
        let mut urls = self.config.turn_urls.clone();
        if self.tls.load(Ordering::Relaxed) {
            urls.extend_from_slice(&self.config.turns_urls);
        }
        urls
    }

    /// Bytes that the relay carried this month; none without a relay.
    pub fn month_bytes(&self) -> Option<u64> {
        self.relay.as_ref().map(|relay| relay.month_bytes())
    }

    /// The relay counts its month from here.
    pub fn count_from(&self, bytes: u64) {
        if let Some(relay) = &self.relay {
            relay.count_from(bytes);
        }
    }

    /// Whoever comes from now on is asked to keep to this.
    pub fn set_level(&self, level: Level) {
        let index = LEVELS.iter().position(|it| *it == level);
        self.level.store(index.unwrap_or(0), Ordering::Relaxed);
    }

    /// ICE servers for one participant of one room. A guest's credentials are of that room only.
    pub fn grant(&self, room: RoomId, peer: PeerId, now: Timestamp) -> IceGrant {
        self.grant_to(&room.to_string(), &peer.to_string(), now)
    }

    /// The same for opaque names: the device check relays to itself before it is in a room.
    pub fn grant_to(&self, call: &str, participant: &str, now: Timestamp) -> IceGrant {
        let mut servers = Vec::new();
        if !self.config.stun_urls.is_empty() {
            servers.push(IceServer {
                urls: self.config.stun_urls.clone(),
                credential: None,
            });
        }
        let mut ttl = self.config.ttl;
        let urls = self.turn_urls();
        if let (Some(relay), false) = (&self.relay, urls.is_empty()) {
            let wanted = (now + ttl).0.max(0) / 1_000;
            let (user, password, expires) = relay.mint(call, participant, wanted.unsigned_abs());
            let end = i64::try_from(expires)
                .unwrap_or(i64::MAX)
                .saturating_mul(1_000);
            ttl = Timestamp(end).since(now);
            servers.push(IceServer {
                urls,
                credential: Some((user, password)),
            });
        }
        IceGrant {
            servers,
            ttl,
            relay_only: self.config.relay_only,
            level: LEVELS[self.level.load(Ordering::Relaxed).min(2)],
        }
    }

    /// Takes back the credentials of one participant, or of the whole room.
    pub fn revoke(&self, room: RoomId, peer: Option<PeerId>) {
        if let Some(relay) = &self.relay {
            let peer = peer.map(|p| p.to_string());
            relay.revoke(&room.to_string(), peer.as_deref());
        }
    }

    /// What each peer of a room moved through the relay since this was asked the last time.
    pub fn collect(&self, room: RoomId) -> Vec<(Option<PeerId>, Used)> {
        let Some(relay) = &self.relay else {
            return Vec::new();
        };
        let used = relay.collect(&room.to_string()).into_iter();
        used.map(|(participant, used)| (participant.parse().ok(), used))
            .collect()
    }

    /// Tells the relay the addresses in a signal that was carried.
    pub fn admit(&self, room: RoomId, signal: &Signal) {
        let Some(relay) = &self.relay else {
            return;
        };
        let call = room.to_string();
        match signal {
            Signal::Candidate { candidate, .. } => {
                if let Some(address) = candidate.as_ref().and_then(|c| address(&c.line)) {
                    relay.admit_candidate(&call, address);
                }
            }
            Signal::Offer { sdp, .. } | Signal::Answer { sdp, .. } => {
                let lines = sdp.lines().filter_map(|l| l.strip_prefix("a="));
                for address in lines.filter_map(address).take(CANDIDATES_PER_SDP_MAX) {
                    relay.admit_candidate(&call, address);
                }
            }
        }
    }
}

/// The address of a candidate line (RFC 8839 section 5.1): the fifth and sixth word. An mDNS name
/// is not an address; the browser that hides its address behind one is reached by another way.
fn address(line: &str) -> Option<SocketAddr> {
    let mut words = line
        .trim()
        .strip_prefix("candidate:")?
        .split_ascii_whitespace();
    let ip: IpAddr = words.nth(4)?.parse().ok()?;
    let port: u16 = words.next()?.parse().ok()?;
    Some(SocketAddr::new(ip, port))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use parlor_domain::event::Candidate;
    use uuid::Uuid;

    use super::*;

    #[derive(Default)]
    struct Noted(Mutex<Vec<String>>);

    impl RelayDoor for Noted {
        fn mint(&self, call: &str, participant: &str, expires: u64) -> (String, String, u64) {
            (
                format!("{expires}:{call}:{participant}"),
                "pw".into(),
                expires,
            )
        }
        fn revoke(&self, call: &str, participant: Option<&str>) {
            self.0
                .lock()
                .unwrap()
                .push(format!("{call} {participant:?}"));
        }
        fn admit_candidate(&self, _: &str, candidate: SocketAddr) {
            self.0.lock().unwrap().push(candidate.to_string());
        }
        fn month_bytes(&self) -> u64 {
            0
        }
        fn count_from(&self, _: u64) {}
        fn collect(&self, _: &str) -> Vec<(String, Used)> {
            vec![]
        }
    }

    fn desk(relay: &Arc<Noted>) -> RelayDesk {
        let config = IceConfig {
            stun_urls: vec!["stun:h:3478".into()],
            turn_urls: vec!["turn:h:3478?transport=udp".into()],
            turns_urls: vec!["turns:h:443?transport=tcp".into()],
            ttl: Millis::from_mins(10),
            relay_only: false,
        };
        RelayDesk::new(config, Some(relay.clone()))
    }

    const ROOM: RoomId = RoomId(Uuid::from_u128(1));
    const PEER: PeerId = PeerId(Uuid::from_u128(2));

    #[test]
    fn stun_comes_first_and_the_credential_is_bound_to_room_and_person() {
        let grant = desk(&Arc::default()).grant(ROOM, PEER, Timestamp(5_000));
        assert_eq!(grant.servers[0].urls, ["stun:h:3478"]);
        let (user, _) = grant.servers[1].credential.clone().unwrap();
        assert_eq!(user, format!("605:{ROOM}:{PEER}"));
        assert_eq!(grant.ttl, Millis::from_mins(10));
    }

    #[test]
    fn without_a_relay_nobody_elses_is_named() {
        let desk = RelayDesk::new(IceConfig::default(), None);
        assert!(desk.grant(ROOM, PEER, Timestamp(0)).servers.is_empty());
    }

    #[test]
    fn addresses_in_signals_are_told_to_the_relay_and_names_are_not() {
        let relay = Arc::new(Noted::default());
        let desk = desk(&relay);
        let candidate = |line: &str| Signal::Candidate {
            candidate: Some(Candidate {
                line: line.into(),
                mid: None,
                m_line: None,
                fragment: None,
            }),
            negotiation: "n".into(),
        };
        desk.admit(
            ROOM,
            &candidate("candidate:1 1 udp 2122 192.0.2.7 5000 typ host"),
        );
        desk.admit(
            ROOM,
            &candidate("candidate:1 1 udp 2122 ab-cd.local 5000 typ host"),
        );
        desk.admit(ROOM, &candidate("candidate:1 1 udp"));
        let sdp = "v=0\r\na=candidate:2 1 udp 1 2001:db8::1 6000 typ srflx\r\na=mid:0\r\n";
        desk.admit(
            ROOM,
            &Signal::Answer {
                sdp: sdp.into(),
                negotiation: "n".into(),
            },
        );
        let noted = relay.0.lock().unwrap().clone();
        assert_eq!(noted, ["192.0.2.7:5000", "[2001:db8::1]:6000"]);
    }
}
