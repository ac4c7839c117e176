//! The control handle: what the rest of the house says to the relay and asks of it.
//!
//! Every method returns at once; none touches a packet. Clone it freely.

use std::{
    net::{SocketAddr, TcpStream},
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use crate::{
    Addresses, Certificate, Credential, Secret, SelfTest,
    credential::fill_random,
    mailbox::{NewStream, Order},
    selftest,
    shared::Shared,
    usage::{CallUsage, RelayStats},
};

/// A stream on its way to the relay.
pub struct AdoptedStream {
    /// The accepted connection; made non-blocking by the relay.
    pub socket: TcpStream,
    /// The client's address.
    pub peer: SocketAddr,
    /// The TLS state when the stream is encrypted; its handshake may be done.
    pub tls: Option<Box<rustls::ServerConnection>>,
    /// Plain bytes that were read already, the one that was looked at among them.
    pub first: Vec<u8>,
}

/// Whether the first plain byte of a stream begins STUN. HTTP begins with a letter, so that one byte
/// tells on a shared port.
pub const fn begins_stun(first: u8) -> bool {
    first & 0xC0 == 0 && first < 0x04
}

/// A handle to a running relay.
#[derive(Clone)]
pub struct RelayControl {
    pub(crate) shared: Arc<Shared>,
    pub(crate) addresses: Arc<Addresses>,
}

/// Now in Unix seconds.
pub(crate) fn unix_now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| d.as_secs())
}

impl RelayControl {
    /// Signs a credential for one participant of one call. `expires` is in Unix seconds and is
    /// cut to the configured horizon; after a [`revoke`](Self::revoke) it may come out a little
    /// later than asked, so that it differs from the revoked ones. Use [`Credential::expires`].
    pub fn mint(&self, call: &str, participant: &str, expires: u64) -> Credential {
        let unix = unix_now();
        let expires = expires.min(unix + self.shared.config.credential_horizon.as_secs());
        let expires = self.shared.calls.mint(call, participant, expires, unix);
        Credential::mint(&self.shared.secrets()[0], call, participant, expires)
    }

    /// Ends the allocations of one participant, or of the whole call, and refuses every
    /// credential signed for them so far. No packet is relayed later than a second after.
    pub fn revoke(&self, call: &str, participant: Option<&str>) {
        self.shared.revoke(call, participant, unix_now());
    }

    /// Lets allocations of this call send to a candidate address that was signalled in it
    /// (policy `call`). Special-purpose addresses stay refused. Only the IP counts: a NAT may
    /// change the port.
    pub fn admit_candidate(&self, call: &str, candidate: SocketAddr) {
        self.shared.calls.admit(call, candidate.ip(), unix_now());
    }

    /// What a call used up to now; zero for an unknown call.
    pub fn usage(&self, call: &str) -> CallUsage {
        self.shared.calls.usage(call)
    }

    /// What a call used since this was asked the last time. Adding the answers up counts every
    /// packet once, also while allocations come and go.
    pub fn collect(&self, call: &str) -> CallUsage {
        self.shared.calls.collect(call)
    }

    /// Ends a call: revokes it, drops what is known of it, and gives its last sums.
    pub fn forget(&self, call: &str) -> CallUsage {
        self.shared.revoke(call, None, unix_now());
        self.shared.calls.forget(call, unix_now())
    }

    /// Counters of the whole relay.
    pub fn stats(&self) -> RelayStats {
        self.shared.stats()
    }

    /// Replaces the certificate for handshakes from now on; live connections keep theirs.
    pub fn set_certificate(&self, certificate: Certificate) {
        self.shared.certificate.set(certificate);
    }

    /// Replaces the credential secrets; the first mints, all verify. Live allocations go on.
    pub fn set_secrets(&self, secrets: Vec<Secret>) {
        self.shared.set_secrets(secrets);
    }

    /// Takes over a stream that somebody else has accepted, for example the listener of port 443
    /// that it shares with HTTPS: see [`begins_stun`]. False when there are enough streams
    /// already; the stream is closed then.
    pub fn adopt_stream(&self, stream: AdoptedStream) -> bool {
        let AdoptedStream {
            socket,
            peer,
            tls,
            first,
        } = stream;
        let (Some(ticket), Some(shard)) = (
            self.shared.gate.enter(peer.ip()),
            self.shared.stream_shard(),
        ) else {
            return false;
        };
        shard.mailbox.send(Order::Adopt(Box::new(NewStream {
            socket,
            peer,
            tls,
            first,
            ticket,
        })));
        true
    }

    /// Tries every listener from outside: allocates, relays a packet to itself, and says in words
    /// what failed. Blocks for some seconds at most.
    pub fn self_test(&self) -> SelfTest {
        let mut name = [0; 8];
        fill_random(&mut name);
        let call = format!("self-test-{:016x}", u64::from_le_bytes(name));
        let credential = self.mint(&call, "relay", unix_now() + 60);
        let result = selftest::run(&self.shared, &self.addresses, &credential);
        self.forget(&call);
        result
    }

    /// Where the relay listens.
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// Tells what was relayed this month before this process started, or 0 when a month begins.
    pub fn set_month_bytes(&self, bytes: u64) {
        self.shared.set_month_bytes(bytes);
    }
}
