//! Many TURN clients at once: each is driven through challenge, allocation, permission, channel and
//! release, with a window of clients under way and retransmission.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr, SocketAddrV4},
};

use super::{
    batch::{Batch, Wide},
    clock::now_ns,
    servers::login,
    stun::*,
};

/// How far a client has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    New,
    Challenged,
    Allocated,
    Permitted,
    Bound,
    Released,
}

/// One client.
pub struct Client {
    pub ip: Ipv4Addr,
    pub step: Step,
    pub relayed: SocketAddrV4,
    pub peer: SocketAddrV4,
    pub channel: u16,
    user: String,
    password: String,
    realm: String,
    nonce: Vec<u8>,
    key: Vec<u8>,
    sent_ns: u64,
    tries: u8,
}

/// All clients of a load, on one socket.
pub struct Clients {
    pub socket: Wide,
    pub list: Vec<Client>,
    server: SocketAddrV4,
    out: Batch,
    inbox: Batch,
    /// Refusals by code and step, for the message when a set-up fails.
    pub refusals: BTreeMap<String, u64>,
}

/// Time after which a request is sent again.
const RETRY_NS: u64 = 500_000_000;
/// First bytes of every transaction id here.
const MARK: [u8; 4] = *b"load";

impl Clients {
    /// Clients that have not spoken; each two neighbours belong to one call. Peers are on
    /// `peer_base` plus the client's number, at `peer_port`.
    pub fn new(
        server: SocketAddrV4,
        count: usize,
        socket: Wide,
        peer_base: Ipv4Addr,
        peer_port: u16,
    ) -> Clients {
        let list = (0..count).map(|i| {
            let login = login(&format!("call{}", i / 2), ["a", "b"][i % 2]);
            Client {
                ip: nth(super::generator::CLIENT_BASE, i),
                step: Step::New,
                relayed: SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0),
                peer: SocketAddrV4::new(nth(peer_base, i), peer_port),
                channel: 0x4000 + (i % 0x0fff) as u16,
                user: login.0,
                password: login.1,
                realm: String::new(),
                nonce: Vec::new(),
                key: Vec::new(),
                sent_ns: 0,
                tries: 0,
            }
        });
        Clients {
            list: list.collect(),
            socket,
            server,
            out: Batch::default(),
            inbox: Batch::default(),
            refusals: BTreeMap::new(),
        }
    }

    /// Drives clients `from..to` to a step, `window` of them at a time; false if that takes longer
    /// than `seconds`, or the server refuses.
    pub fn drive(
        &mut self,
        from: usize,
        to: usize,
        target: Step,
        window: usize,
        seconds: u64,
    ) -> bool {
        let deadline = now_ns() + seconds * 1_000_000_000;
        let mut waiting = (from..to).filter(|i| self.list[*i].step < target);
        let mut waiting: Vec<usize> = waiting.by_ref().collect();
        waiting.reverse();
        let mut active: Vec<usize> = Vec::with_capacity(window);
        let mut next_check = now_ns() + RETRY_NS / 10;
        loop {
            while active.len() < window {
                let Some(i) = waiting.pop() else { break };
                active.push(i);
                self.request(i);
            }
            self.out.flush(&self.socket);
            if active.is_empty() {
                return true;
            }
            for k in 0..self.inbox.receive(&self.socket) {
                let Some(i) = self.answer(k) else { continue };
                if self.list[i].step >= target {
                    active.retain(|other| *other != i);
                } else {
                    self.request(i);
                }
            }
            let now = now_ns();
            if now > next_check {
                next_check = now + RETRY_NS / 10;
                for i in active.clone() {
                    if now - self.list[i].sent_ns > RETRY_NS {
                        self.request(i);
                    }
                }
                if now > deadline || self.refusals.values().sum::<u64>() > window as u64 {
                    return false;
                }
            }
        }
    }

    /// Releases everything that was allocated.
    pub fn release(&mut self) -> bool {
        for client in &mut self.list {
            if client.step >= Step::Allocated {
                client.step = Step::Bound;
                client.tries = 0;
            } else {
                client.step = Step::Released;
            }
        }
        self.drive(0, self.list.len(), Step::Released, 64, 20)
    }

    fn request(&mut self, i: usize) {
        if self.out.is_full() {
            self.out.flush(&self.socket);
        }
        let client = &mut self.list[i];
        let mut id = [0; 12];
        id[..4].copy_from_slice(&MARK);
        id[4..8].copy_from_slice(&(i as u32).to_be_bytes());
        id[8] = client.step as u8;
        id[9] = client.tries;
        let peer = SocketAddr::V4(client.peer);
        let message = match client.step {
            Step::New | Step::Challenged => Writer::with_transaction(ALLOCATE, id).transport(17),
            Step::Allocated => Writer::with_transaction(CREATE_PERMISSION, id).peer(peer),
            Step::Permitted => Writer::with_transaction(CHANNEL_BIND, id)
                .channel(client.channel)
                .peer(peer),
            Step::Bound | Step::Released => Writer::with_transaction(REFRESH, id).lifetime(0),
        };
        let message = match client.step {
            Step::New => message,
            _ => message
                .attr(attr::USERNAME, client.user.as_bytes())
                .attr(attr::REALM, client.realm.as_bytes())
                .attr(attr::NONCE, &client.nonce)
                .integrity(&client.key),
        };
        client.sent_ns = now_ns();
        let bytes = message.bytes();
        self.out.push(client.ip, self.server, bytes.len(), |slot| {
            slot.copy_from_slice(bytes);
        });
    }

    /// Takes an answer; gives the client it moved, or that must ask again.
    fn answer(&mut self, k: usize) -> Option<usize> {
        let message = Message::parse(self.inbox.received(k))?;
        let id = message.transaction;
        let i = u32::from_be_bytes(id[4..8].try_into().ok()?) as usize;
        let client = self.list.get_mut(i)?;
        if id[..4] != MARK || id[8] != client.step as u8 {
            return None;
        }
        match message.error_code() {
            0 => {}
            code @ (401 | 438) if client.tries < 4 => {
                client.learn(&message);
                client.tries += 1;
                if client.step == Step::New {
                    client.step = Step::Challenged;
                } else if code == 401 {
                    *self
                        .refusals
                        .entry(format!("401 at {:?}", client.step))
                        .or_default() += 1;
                }
                return Some(i);
            }
            code => {
                let what = format!("{code} at {:?}", client.step);
                *self.refusals.entry(what).or_default() += 1;
                return None;
            }
        }
        client.tries = 0;
        client.step = match client.step {
            Step::New | Step::Challenged => {
                if let Some(SocketAddr::V4(relayed)) = message.relayed() {
                    client.relayed = relayed;
                }
                Step::Allocated
            }
            Step::Allocated => Step::Permitted,
            Step::Permitted => Step::Bound,
            Step::Bound | Step::Released => Step::Released,
        };
        Some(i)
    }
}

impl Client {
    fn learn(&mut self, challenge: &Message) {
        self.nonce = challenge.get(attr::NONCE).unwrap_or_default().to_vec();
        let realm = challenge.text(attr::REALM).unwrap_or_default();
        if realm != self.realm || self.key.is_empty() {
            self.key = long_term_key(&self.user, &realm, &self.password);
            self.realm = realm;
        }
    }
}

/// The nth address from a base.
pub fn nth(base: Ipv4Addr, n: usize) -> Ipv4Addr {
    (u32::from(base) + n as u32).into()
}
