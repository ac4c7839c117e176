//! One thread of the data plane: its sockets, its allocations, its loop.
//!
//! A shard owns everything that it touches per packet: there is no lock, no allocation and no clock
//! reading on that way (the time is read once per wake). UDP clients are spread over shards by the
//! kernel (SO_REUSEPORT); streams have a shard of their own, so that TLS never delays a packet.
//!
//! Four ways lead through here: client to peer ([`Shard::channel_data`], [`Shard::send_indication`]),
//! peer to client ([`Shard::relay_readable`]), client to client inside the process
//! ([`Shard::hairpin`], between shards by a route or the belt), and requests to the [`Desk`].

use std::{
    net::{SocketAddr, TcpListener, UdpSocket},
    os::fd::AsRawFd,
    sync::Arc,
    time::Duration,
};

use libc::epoll_event;

use crate::{
    PeerPolicy,
    belt::{Belt, Load, Parcel},
    control::unix_now,
    counters::Counters,
    desk::{Desk, Source},
    mailbox::{Mailbox, NewStream, Order},
    plane::{DataPlane, Now, Path, Slot},
    ports::Owner,
    shared::{ShardHandle, Shared},
    stream::Streams,
    sys::{
        address::{Endpoint, FiveTuple, SockAddr},
        poll::{Epoll, monotonic_ms},
        receive::{HEADROOM, Receiver},
        send::{Fan, Sender, send_now},
    },
    table::{Allocation, Table, token},
    tls,
    wire::{
        CHANNEL_HEADER_BYTES, begins_channel_data,
        framer::{Frame, next_frame},
        indication::{DATA_OVERHEAD_BYTES, SEND_INDICATION, parse_send, stun_type, write_data},
    },
};

/// Datagrams read from a listener with one call.
const LISTENER_BATCH: usize = 64;
/// Calls on one listener before the other sockets get their turn.
const LISTENER_ROUNDS: usize = 4;
/// Datagrams read from a relay socket with one call.
const RELAY_BATCH: usize = 8;
/// Slots that all relay sockets share within one wake.
const RELAY_SLOTS: usize = 64;
/// Channel headers that can wait apart from their payload (coalesced datagrams only).
const HEADERS: usize = 512;
/// Events per wake.
const EVENTS: usize = 256;
/// Longest payload of a datagram.
const PAYLOAD_BYTES: usize = 65_535;
/// Batches of this size or more need no waiting for company.
const COMPANY: u64 = 32;

/// A UDP listener of this shard.
pub(crate) struct Listener {
    socket: UdpSocket,
    out: Sender,
}

/// A TCP or TLS listener.
pub(crate) struct Acceptor {
    pub socket: TcpListener,
    pub tls: bool,
}

/// Ways to clients.
struct Outlets {
    listeners: Vec<Listener>,
    streams: Streams,
    scratch: Box<[u8]>,
    transactions: u64,
}

pub(crate) struct Shard {
    index: u8,
    shared: Arc<Shared>,
    epoll: Arc<Epoll>,
    mailbox: Arc<Mailbox>,
    belt: Arc<Belt>,
    counters: Arc<Counters>,
    table: Table,
    desk: Desk,
    outlets: Outlets,
    acceptors: Vec<Acceptor>,
    tls: Arc<rustls::ServerConfig>,
    inbox: Receiver,
    relay_inbox: Receiver,
    relay_used: usize,
    relay_out: Fan,
    headers: Box<[[u8; CHANNEL_HEADER_BYTES]]>,
    headers_used: usize,
    /// What goes to other shards, by their numbers; and what came from them.
    loads: Vec<Load>,
    arrived: Load,
    /// Relay sockets that may hold more than was read of them.
    unread: Vec<u64>,
    now: Now,
    /// Whether rate and budget of the whole relay let packets pass now.
    open: bool,
    /// Bytes and packets of this wake.
    moved_bytes: u64,
    moved: u64,
    stopping: bool,
}

impl Shard {
    /// A shard that does not read its UDP sockets only writes to other shards' clients by them.
    pub fn new(
        index: u8,
        shared: Arc<Shared>,
        handle: ShardHandle,
        sockets: Vec<UdpSocket>,
        reads_udp: bool,
        acceptors: Vec<Acceptor>,
    ) -> std::io::Result<Shard> {
        let ShardHandle {
            mailbox,
            belt,
            counters,
        } = handle;
        let epoll = Arc::new(Epoll::new()?);
        epoll.add(&mailbox.waker, token::MAILBOX)?;
        epoll.add(&belt.waker, token::BELT)?;
        for (number, socket) in sockets.iter().enumerate() {
            if reads_udp {
                epoll.add(socket, token::UDP | number as u64)?;
            }
        }
        for (number, acceptor) in acceptors.iter().enumerate() {
            epoll.add(&acceptor.socket, token::ACCEPT | number as u64)?;
        }
        let listeners = sockets
            .into_iter()
            .map(|socket| Listener {
                socket,
                out: Sender::new(true),
            })
            .collect();
        let tls = tls::server_config(shared.certificate.clone()).map_err(std::io::Error::other)?;
        Ok(Shard {
            index,
            table: Table::new(index, shared.clone(), epoll.clone()),
            desk: Desk::new(shared.clone(), counters.clone()),
            outlets: Outlets {
                listeners,
                streams: Streams::new(epoll.clone(), shared.config.limits.clone()),
                scratch: vec![0; PAYLOAD_BYTES + DATA_OVERHEAD_BYTES].into(),
                transactions: 0,
            },
            acceptors,
            tls,
            inbox: Receiver::new(LISTENER_BATCH),
            relay_inbox: Receiver::new(RELAY_SLOTS),
            relay_used: 0,
            relay_out: Fan::new(shared.config.io_uring),
            headers: vec![[0; CHANNEL_HEADER_BYTES]; HEADERS].into(),
            headers_used: 0,
            loads: Vec::new(),
            arrived: Load::default(),
            unread: Vec::new(),
            now: Now::default(),
            open: true,
            moved_bytes: 0,
            moved: 0,
            stopping: false,
            shared,
            epoll,
            mailbox,
            belt,
            counters,
        })
    }

    /// The loop; every way to be woken is in it.
    pub fn run(mut self) {
        let mut events = vec![epoll_event { events: 0, u64: 0 }; EVENTS];
        let mut last_second = 0;
        self.loads
            .resize_with(self.shared.shards().len(), Load::default);
        while !self.stopping {
            let unread = std::mem::take(&mut self.unread);
            let patience = if unread.is_empty() { 1 } else { 0 };
            let ready = self.epoll.wait(&mut events, Duration::from_secs(patience));
            self.wait_for_company();
            self.read_clock(last_second);
            // Relay sockets first: what they gave is written before listeners use the queues.
            for token in unread {
                self.relay_readable(token);
            }
            for event in &events[..ready] {
                if event.u64 & token::KIND == token::RELAY {
                    self.relay_readable(event.u64);
                }
            }
            self.flush_clients();
            for event in &events[..ready] {
                let number = event.u64 as u32;
                match event.u64 & token::KIND {
                    token::UDP => self.listener_readable(number as usize),
                    token::ACCEPT => self.accept(number as usize),
                    token::STREAM => self.stream_ready(number),
                    token::MAILBOX => self.orders(),
                    token::BELT => self.unload(),
                    _ => {}
                }
            }
            self.flush_streams();
            if self.moved_bytes > 0 {
                self.shared
                    .pace
                    .settle(std::mem::take(&mut self.moved_bytes), self.now.ms);
            }
            if self.now.seconds != last_second {
                last_second = self.now.seconds;
                self.tick();
            }
        }
        self.table.close_all(self.now);
    }

    fn read_clock(&mut self, last_second: u64) {
        let ms = monotonic_ms();
        let seconds = ms / 1000;
        let unix = if seconds == last_second {
            self.now.unix
        } else {
            unix_now()
        };
        self.now = Now { ms, seconds, unix };
        self.open = self.shared.pace.open();
    }

    /// Under a steady load of small batches, a short sleep lets the next packets arrive together:
    /// waking costs more than forwarding. Idle and saturated relays do not wait.
    fn wait_for_company(&mut self) {
        let moved = std::mem::take(&mut self.moved);
        let wait = self.shared.config.coalesce_us;
        if wait > 0 && (2..COMPANY).contains(&moved) {
            std::thread::sleep(Duration::from_micros(wait.min(1000)));
        }
    }

    /// Once a second.
    fn tick(&mut self) {
        self.shared.ports.expire_reservations(self.now.seconds);
        let streams = self.table.expire(self.now);
        streams
            .into_iter()
            .for_each(|id| self.outlets.streams.proved(id, false));
        for id in self.outlets.streams.overdue(self.now) {
            self.close_stream(id);
        }
        if !self.open {
            // Nothing is moved and so nothing settled: the bucket must fill all the same.
            self.shared.pace.settle(0, self.now.ms);
        }
    }

    fn orders(&mut self) {
        for order in self.mailbox.take() {
            match order {
                Order::Revoke { tag, participant } => {
                    self.flush_relay();
                    let streams = self.table.revoke(tag, participant.as_deref(), self.now);
                    streams.into_iter().for_each(|id| self.close_stream(id));
                }
                Order::Adopt(stream) => self.take_stream(*stream),
                Order::Stop => self.stopping = true,
            }
        }
    }

    // ---- queues -------------------------------------------------------------------------------

    /// Writes what waits for UDP clients; the receive slots of relay sockets are free after.
    fn flush_clients(&mut self) {
        for listener in &mut self.outlets.listeners {
            listener.flush();
        }
        self.relay_used = 0;
        self.headers_used = 0;
    }

    /// Writes what waits for peers, and hands over what waits for other shards.
    fn flush_relay(&mut self) {
        self.relay_out.flush();
        for (load, shard) in self.loads.iter_mut().zip(self.shared.shards()) {
            if !load.is_empty() {
                self.counters.dropped.add(shard.belt.put(load) as u64);
            }
        }
    }

    fn flush_streams(&mut self) {
        for id in self.outlets.streams.flush_dirty() {
            self.close_stream(id);
        }
    }

    // ---- peer to client -----------------------------------------------------------------------

    /// A relay socket has datagrams from peers (RFC 8656 section 11.4 and 12.7).
    fn relay_readable(&mut self, token: u64) {
        let Some(slot) = self.table.slot_of_token(token) else {
            return;
        };
        if self.relay_inbox.slots() - self.relay_used < RELAY_BATCH {
            self.flush_clients();
        }
        let Shard {
            shared,
            counters,
            table,
            outlets,
            relay_inbox,
            headers,
            headers_used,
            now,
            open,
            ..
        } = self;
        let Some(allocation) = table.get_mut(slot) else {
            return;
        };
        let first = self.relay_used;
        let count = relay_inbox.receive(allocation.fd(), first, RELAY_BATCH);
        self.relay_used += count;
        if count == RELAY_BATCH {
            // Told of once only: what is left is read in the next round, after others had their turn.
            self.unread.push(token);
        }
        for index in first..first + count {
            let peer = relay_inbox.sender(index);
            let peer = if peer.port >= *shared.config.relay_ports.start() {
                shared.as_seen(peer)
            } else {
                peer
            };
            if !shared.may_reach(&peer, allocation) {
                counters.strays.one();
                continue;
            }
            let number = allocation
                .channel_from(&peer, now.seconds)
                .map(|c| c.number);
            if number.is_none() && !allocation.permits(&peer, now.seconds) {
                counters.strays.one();
                continue;
            }
            let segment = relay_inbox.segment(index);
            let buffer = relay_inbox.with_headroom(index);
            let (mut at, end) = (HEADROOM, buffer.len());
            // An empty datagram is one too.
            loop {
                let length = segment.min(end - at);
                if !*open || !allocation.bucket.take(length, now.ms) {
                    allocation.meter.dropped();
                    counters.dropped.one();
                } else {
                    self.moved += 1;
                    self.moved_bytes += length as u64;
                    let delivered = match number {
                        Some(number) if segment >= end - HEADROOM => {
                            put_channel_header(
                                &mut buffer[at - CHANNEL_HEADER_BYTES..],
                                number,
                                length,
                            );
                            outlets.frame(
                                &allocation.path,
                                &buffer[at - CHANNEL_HEADER_BYTES..at + length],
                            )
                        }
                        Some(number) => {
                            if *headers_used == HEADERS {
                                outlets.listeners.iter_mut().for_each(Listener::flush);
                                *headers_used = 0;
                            }
                            let header = &mut headers[*headers_used];
                            *headers_used += 1;
                            put_channel_header(header, number, length);
                            outlets.frame_parts(&allocation.path, header, &buffer[at..at + length])
                        }
                        None => outlets.data_indication(
                            &allocation.path,
                            peer.socket_addr(),
                            &buffer[at..at + length],
                        ),
                    };
                    count_down(allocation, counters, length, delivered);
                }
                at += length;
                if at >= end || length == 0 {
                    break;
                }
            }
        }
    }

    // ---- client to peer -----------------------------------------------------------------------

    /// A UDP listener has datagrams from clients.
    fn listener_readable(&mut self, number: usize) {
        for _ in 0..LISTENER_ROUNDS {
            let Some(fd) = self
                .outlets
                .listeners
                .get(number)
                .map(|l| l.socket.as_raw_fd())
            else {
                return;
            };
            let count = self.inbox.receive(fd, 0, LISTENER_BATCH);
            // Taken out for the loop, so that buffers and the rest of the shard are borrowed apart.
            let mut inbox = std::mem::replace(&mut self.inbox, Receiver::new(0));
            for index in 0..count {
                let from = inbox.sender(index);
                let to = *inbox.sender_raw(index);
                let five = FiveTuple {
                    client: from,
                    via: number as u32,
                };
                let segment = inbox.segment(index);
                let buffer = &mut inbox.with_headroom(index)[HEADROOM..];
                for datagram in buffer.chunks_mut(segment.max(1)) {
                    self.datagram(
                        datagram,
                        five,
                        Path::Udp {
                            listener: number as u16,
                            to,
                        },
                    );
                }
            }
            // Everything that points into the inbox is written before it is used again.
            self.flush_relay();
            self.flush_clients();
            self.inbox = inbox;
            if count < LISTENER_BATCH {
                break;
            }
        }
    }

    /// One message of a client: a UDP datagram, or one frame of a stream.
    #[inline]
    fn datagram(&mut self, bytes: &mut [u8], five: FiveTuple, path: Path) {
        if bytes
            .first()
            .is_some_and(|first| begins_channel_data(*first))
        {
            match self.table.slot_of(&five) {
                Some(slot) => self.channel_data(slot, bytes),
                None => self.counters.strays.one(),
            }
            return;
        }
        match stun_type(bytes) {
            Some(SEND_INDICATION) => {
                if let Some(slot) = self.table.slot_of(&five) {
                    self.send_indication(slot, bytes);
                }
            }
            Some(_) => self.request(bytes, five, path),
            None => self.counters.malformed.one(),
        }
    }

    /// ChannelData from a client (RFC 8656 section 12.6).
    #[inline]
    fn channel_data(&mut self, slot: Slot, bytes: &mut [u8]) {
        let Some(allocation) = self.table.get_mut(slot) else {
            return;
        };
        let [n0, n1, l0, l1, ..] = *bytes else {
            return self.counters.malformed.one();
        };
        let (number, length) = (
            u16::from_be_bytes([n0, n1]),
            usize::from(u16::from_be_bytes([l0, l1])),
        );
        // Over UDP padding may follow, and is not relayed.
        let Some(bytes) = bytes.get_mut(..CHANNEL_HEADER_BYTES + length) else {
            return self.counters.malformed.one();
        };
        let Some(channel) = allocation.channel(number, self.now.seconds) else {
            return self.counters.strays.one();
        };
        let (own, peer, to) = (channel.own, channel.peer, channel.to);
        if own {
            return self.hairpin(slot, peer, bytes);
        }
        if self.count_up(slot, length) {
            self.queue_for_peer(slot, &bytes[CHANNEL_HEADER_BYTES..], &to);
        }
    }

    /// A Send indication from a client (RFC 8656 section 11.2).
    fn send_indication(&mut self, slot: Slot, bytes: &mut [u8]) {
        let Some((peer, range)) = parse_send(bytes) else {
            return self.counters.malformed.one();
        };
        let Some(allocation) = self.table.get(slot) else {
            return;
        };
        let key = Endpoint::from(peer);
        if !allocation.permits(&key, self.now.seconds) || peer.port() == 0 {
            return self.counters.strays.one();
        }
        if self.shared.ports.in_range(&key) {
            // The DATA attribute's own header makes room for a ChannelData header.
            return self.hairpin(
                slot,
                key,
                &mut bytes[range.start - CHANNEL_HEADER_BYTES..range.end],
            );
        }
        if self.shared.is_own(peer.ip()) {
            // A permission for a relayed address is not one for this machine's other ports.
            return self.counters.strays.one();
        }
        if self.count_up(slot, range.len()) {
            self.queue_for_peer(slot, &bytes[range], &peer.into());
        }
    }

    /// Counts a packet towards a peer; false when a rate or the budget forbids it.
    #[inline]
    fn count_up(&mut self, slot: Slot, length: usize) -> bool {
        let Some(allocation) = self.table.get_mut(slot) else {
            return false;
        };
        if !self.open || !allocation.bucket.take(length, self.now.ms) {
            allocation.meter.dropped();
            self.counters.dropped.one();
            return false;
        }
        allocation.meter.up(length);
        self.counters.up_packets.one();
        self.counters.up_bytes.add(length as u64);
        self.moved += 1;
        self.moved_bytes += length as u64;
        true
    }

    /// Queues a payload for a peer; it is written with its neighbours of the same relay socket.
    #[inline]
    fn queue_for_peer(&mut self, slot: Slot, payload: &[u8], to: &SockAddr) {
        let Some(fd) = self.table.get(slot).map(Allocation::fd) else {
            return;
        };
        // SAFETY: payloads lie in the inbox or in a stream's input; both are flushed before those
        // buffers change, and so is the queue before any relay socket closes.
        unsafe { self.relay_out.push(fd, payload, to) };
    }

    // ---- client to client ---------------------------------------------------------------------

    /// The peer is a relayed address of this relay. The packet goes to that allocation's client, and
    /// no relay socket sees it. `bytes` are four bytes of room and the payload.
    fn hairpin(&mut self, slot: Slot, peer: Endpoint, bytes: &mut [u8]) {
        let length = bytes.len() - CHANNEL_HEADER_BYTES;
        let Some(owner) = self.shared.ports.owner(&peer) else {
            return self.counters.strays.one();
        };
        let Some(sender) = self.table.get(slot) else {
            return;
        };
        let from = sender.relayed;
        if self.shared.config.peer_policy == PeerPolicy::Call && sender.tag != owner.tag {
            return self.counters.strays.one();
        }
        if !self.count_up(slot, length) {
            return;
        }
        if owner.shard == self.index {
            self.hand_over(owner.slot, from, bytes);
        } else {
            self.cross(slot, peer, owner, bytes);
        }
    }

    /// To a client of this shard, from another's relayed address.
    fn hand_over(&mut self, slot: Slot, from: Endpoint, bytes: &mut [u8]) {
        let length = bytes.len() - CHANNEL_HEADER_BYTES;
        let Shard {
            table,
            outlets,
            counters,
            now,
            ..
        } = self;
        let Some(target) = table.get_mut(slot) else {
            return;
        };
        let number = target.channel_from(&from, now.seconds).map(|c| c.number);
        if number.is_none() && !target.permits(&from, now.seconds) {
            return counters.strays.one();
        }
        if !target.bucket.take(length, now.ms) {
            target.meter.dropped();
            return counters.dropped.one();
        }
        self.moved += 1;
        self.moved_bytes += length as u64;
        counters.hairpinned.one();
        let delivered = match number {
            Some(number) => {
                put_channel_header(bytes, number, length);
                outlets.frame(&target.path, bytes)
            }
            None => outlets.data_indication(
                &target.path,
                from.socket_addr(),
                &bytes[CHANNEL_HEADER_BYTES..],
            ),
        };
        count_down(target, counters, length, delivered);
    }

    /// The peer's client belongs to another shard: straight to it if there is a way (the other's rate
    /// is not asked then; the sender's was), or by the belt, with the others of this batch.
    fn cross(&mut self, slot: Slot, peer: Endpoint, owner: Owner, bytes: &mut [u8]) {
        let length = bytes.len() - CHANNEL_HEADER_BYTES;
        let Some(allocation) = self.table.get_mut(slot) else {
            return;
        };
        let relayed = allocation.relayed;
        let route = allocation
            .channel_to(&peer)
            .and_then(|channel| channel.straight(&self.shared.routes, relayed, self.now.seconds));
        let Some(route) = route else {
            let parcel = Parcel {
                slot: owner.slot,
                to: peer,
                tag: owner.tag,
                from: relayed,
            };
            let load = self.loads.get_mut(usize::from(owner.shard));
            if !load.is_some_and(|load| load.push(parcel, bytes)) {
                self.counters.dropped.one();
            }
            return;
        };
        put_channel_header(bytes, route.number, length);
        if self.outlets.frame(&route.path(), bytes) {
            route.meter.crossed(length);
            self.moved += 1;
            self.moved_bytes += length as u64;
            self.counters.hairpinned.one();
            self.counters.down_packets.one();
            self.counters.down_bytes.add(length as u64);
        }
    }

    /// Other shards have handed over packets for clients of this one.
    fn unload(&mut self) {
        let mut load = std::mem::take(&mut self.arrived);
        self.belt.take(&mut load);
        for (parcel, bytes) in load.packets() {
            let target = self.table.get(parcel.slot);
            if target.is_some_and(|t| t.relayed == parcel.to && t.tag == parcel.tag) {
                self.hand_over(parcel.slot, parcel.from, bytes);
            } else {
                self.counters.strays.one();
            }
        }
        // Everything that points into the load is written before it is used again.
        self.flush_clients();
        load.clear();
        self.arrived = load;
    }

    // ---- requests -----------------------------------------------------------------------------

    fn request(&mut self, bytes: &[u8], five: FiveTuple, path: Path) {
        // A request may close a relay socket that packets wait for.
        self.flush_relay();
        let source = Source {
            five,
            client: five.client.socket_addr(),
            path,
        };
        let Some(answer) = self.desk.answer(bytes, source, &mut self.table, self.now) else {
            return;
        };
        match path {
            Path::Udp { listener, to } => {
                if let Some(listener) = self.outlets.listeners.get(usize::from(listener)) {
                    send_now(listener.socket.as_raw_fd(), &answer.bytes, &to);
                }
            }
            Path::Stream(id) => {
                self.outlets.streams.send(id, &[&answer.bytes]);
                if answer.authenticated {
                    let has_allocation = self.table.slot_of(&five).is_some();
                    self.outlets.streams.proved(id, has_allocation);
                }
            }
        }
    }

    // ---- streams ------------------------------------------------------------------------------

    fn accept(&mut self, number: usize) {
        // A few at a time: a flood of connections must not hold the packets of others.
        for _ in 0..16 {
            let Some(acceptor) = self.acceptors.get(number) else {
                return;
            };
            let Ok((socket, peer)) = acceptor.socket.accept() else {
                return;
            };
            let with_tls = acceptor.tls;
            let Some(ticket) = self.shared.gate.enter(peer.ip()) else {
                continue;
            };
            let tls = match with_tls {
                false => None,
                true if !self.shared.certificate.present() => continue,
                true => match rustls::ServerConnection::new(self.tls.clone()) {
                    Ok(tls) => Some(Box::new(tls)),
                    Err(_) => continue,
                },
            };
            self.take_stream(NewStream {
                socket,
                peer,
                tls,
                first: Vec::new(),
                ticket,
            });
        }
    }

    fn take_stream(&mut self, new: NewStream) {
        let has_bytes = !new.first.is_empty() || new.tls.is_some();
        match self.outlets.streams.add(new, self.now) {
            Ok(id) if has_bytes => self.stream_ready(id),
            Ok(_) => {}
            Err(error) => tracing::debug!(%error, "a stream could not be taken in"),
        }
    }

    /// Bytes to read, room to write, or the end.
    fn stream_ready(&mut self, id: u32) {
        let reading = self.outlets.streams.read(id, self.now);
        let Some(client) = self.outlets.streams.client(id) else {
            return;
        };
        let five = FiveTuple {
            client: client.into(),
            via: STREAM_VIA | id,
        };
        let most = self.shared.config.limits.frame_bytes;
        let mut bytes = reading.bytes;
        let mut taken = 0;
        let broken = loop {
            match next_frame(&bytes[taken..], most) {
                Frame::Whole {
                    length,
                    taken: whole,
                } => {
                    self.datagram(&mut bytes[taken..taken + length], five, Path::Stream(id));
                    taken += whole;
                }
                Frame::Incomplete => break false,
                Frame::Broken => break true,
            }
        };
        // Everything that points into these bytes is written before they move.
        self.flush_relay();
        self.flush_clients();
        if broken {
            self.counters.malformed.one();
        }
        if broken || reading.over || !self.outlets.streams.flush(id) {
            self.close_stream(id);
        } else {
            self.outlets.streams.put_back(id, bytes, taken);
        }
    }

    /// A stream's end is its allocation's end: nobody else can reach it.
    fn close_stream(&mut self, id: u32) {
        self.flush_relay();
        if let Some(client) = self.outlets.streams.client(id) {
            let five = FiveTuple {
                client: client.into(),
                via: STREAM_VIA | id,
            };
            if let Some(slot) = self.table.slot_of(&five) {
                self.table.close(slot, self.now);
            }
        }
        self.outlets.streams.close(id);
    }
}

/// Marks a stream in a 5-tuple.
const STREAM_VIA: u32 = 1 << 31;

#[inline]
fn put_channel_header(bytes: &mut [u8], number: u16, length: usize) {
    bytes[..2].copy_from_slice(&number.to_be_bytes());
    bytes[2..4].copy_from_slice(&(length as u16).to_be_bytes());
}

#[inline]
fn count_down(allocation: &Allocation, counters: &Counters, length: usize, delivered: bool) {
    if delivered {
        allocation.meter.down(length);
        counters.down_packets.one();
        counters.down_bytes.add(length as u64);
    } else {
        allocation.meter.dropped();
        counters.dropped.one();
        counters.backlogged.one();
    }
}

impl Listener {
    /// # Safety
    /// As for [`Sender::push`].
    #[inline]
    unsafe fn push(&mut self, frame: &[u8], to: &SockAddr) {
        // SAFETY: as the caller promises; the socket lives as long as the listener.
        unsafe { self.out.push(self.socket.as_raw_fd(), frame, to) };
    }

    /// # Safety
    /// As for [`Sender::push_parts`].
    #[inline]
    unsafe fn push_parts(&mut self, header: &[u8], payload: &[u8], to: &SockAddr) {
        let fd = self.socket.as_raw_fd();
        // SAFETY: as above.
        unsafe { self.out.push_parts(fd, header, payload, to) };
    }

    #[inline]
    fn flush(&mut self) {
        self.out.flush(&mut None);
    }
}

impl Outlets {
    /// ChannelData for a client, header and payload in one piece. It must stay where it is until
    /// the clients' queues are flushed.
    #[inline]
    fn frame(&mut self, path: &Path, frame: &[u8]) -> bool {
        match path {
            Path::Udp { listener, to } => {
                let Some(listener) = self.listeners.get_mut(usize::from(*listener)) else {
                    return false;
                };
                if listener.out.full() {
                    listener.flush();
                }
                // SAFETY: callers keep the frame in place until the next flush; not full.
                unsafe { listener.push(frame, to) };
                true
            }
            Path::Stream(id) => self.streams.send(*id, &[frame]),
        }
    }

    /// The same with the header elsewhere.
    #[inline]
    fn frame_parts(&mut self, path: &Path, header: &[u8], payload: &[u8]) -> bool {
        match path {
            Path::Udp { listener, to } => {
                let Some(listener) = self.listeners.get_mut(usize::from(*listener)) else {
                    return false;
                };
                if listener.out.full() {
                    listener.flush();
                }
                // SAFETY: callers keep both in place until the next flush; not full.
                unsafe { listener.push_parts(header, payload, to) };
                true
            }
            Path::Stream(id) => self.streams.send(*id, &[header, payload]),
        }
    }

    /// A Data indication for a client that has bound no channel to this peer (RFC 8656 section
    /// 11.4). Rare once a call runs, so that it is copied and written at once.
    fn data_indication(&mut self, path: &Path, peer: SocketAddr, payload: &[u8]) -> bool {
        // Indications are answered by nobody: their transaction ids need only differ.
        self.transactions = self.transactions.wrapping_add(1);
        let mut transaction = [0x50; 12];
        transaction[4..].copy_from_slice(&self.transactions.to_be_bytes());
        let length = write_data(&mut self.scratch, peer, transaction, payload);
        match path {
            Path::Udp { listener, to } => self
                .listeners
                .get(usize::from(*listener))
                .is_some_and(|l| send_now(l.socket.as_raw_fd(), &self.scratch[..length], to)),
            Path::Stream(id) => self.streams.send(*id, &[&self.scratch[..length]]),
        }
    }
}

impl Shared {
    /// A source in our relayed range as the world sees it: behind a 1:1 NAT our relay sockets see
    /// each other by the addresses that they are bound to.
    fn as_seen(&self, peer: Endpoint) -> Endpoint {
        for (bind, external) in &self.translations {
            if bind.same_ip(&peer) {
                return external.with_port(peer.port);
            }
        }
        peer
    }

    /// Whether a packet from this address may go on to this allocation, as far as it comes from a
    /// relayed address of ours: under policy `call` only from the same call.
    #[inline]
    fn may_reach(&self, from: &Endpoint, allocation: &Allocation) -> bool {
        if self.config.peer_policy != PeerPolicy::Call || !self.ports.in_range(from) {
            return true;
        }
        self.ports
            .owner(from)
            .is_some_and(|owner| owner.tag == allocation.tag)
    }

    /// Whether this is an address of this machine that is no peer by itself.
    fn is_own(&self, ip: std::net::IpAddr) -> bool {
        !(self.config.allow_loopback_peers && ip.is_loopback()) && self.own_addresses.contains(&ip)
    }
}
