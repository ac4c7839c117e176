//! The load: streams of numbered, time-stamped packets in both directions, at full speed with a
//! window, or at a fixed rate.

use std::net::{Ipv4Addr, SocketAddrV4};

use super::{
    batch::{Batch, Wide},
    clock::{Histogram, cpu_seconds, machine_seconds, now_ns},
    handshake::{Clients, Step, nth},
};

/// Clients speak from here on.
pub const CLIENT_BASE: Ipv4Addr = Ipv4Addr::new(127, 10, 0, 1);
/// Peers speak from here on.
pub const PEER_BASE: Ipv4Addr = Ipv4Addr::new(127, 20, 0, 1);
/// Bytes that a packet needs for its marks: epoch, stream, direction, time.
const MARKS: usize = 24;
/// Bytes of a ChannelData header.
const HEADER: usize = 4;
/// Time without a packet after which what is under way counts as lost.
const LOST_NS: u64 = 20_000_000;

/// Who talks to whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Client to a plain peer and back.
    OneLeg,
    /// Client to client, both relayed by the server: a call.
    TwoLeg,
    /// Through a bare forwarder, without any protocol.
    Forwarded,
}

/// One load.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    pub shape: Shape,
    pub streams: usize,
    /// Payload bytes of a packet.
    pub size: usize,
    pub seconds: f64,
    pub pace: Pace,
}

/// How fast.
#[derive(Debug, Clone, Copy)]
pub enum Pace {
    /// As many packets under way as this.
    Window(u64),
    /// Packets per second in all.
    Rate(f64),
}

/// What was measured.
#[derive(Debug, Clone, Copy)]
pub struct Measured {
    /// Processor microseconds of the server per packet that arrived.
    pub cpu_us: f64,
    /// Packets that arrived per second.
    pub packets_per_s: f64,
    /// Share of packets that did not arrive, in percent.
    pub loss_percent: f64,
    /// Delay through the server, generator to generator.
    pub p50_us: f64,
    /// As `p50_us`.
    pub p99_us: f64,
    /// Processors that others kept busy meanwhile: the noise.
    pub others: f64,
}

/// Sends and receives.
pub struct Generator {
    clients: Clients,
    peers: Wide,
    server: SocketAddrV4,
    load: Load,
    to_server: Batch,
    from_peers: Batch,
    inbox: Batch,
    epoch: u32,
    next_stream: usize,
    next_back: bool,
    sent: u64,
    arrived: u64,
    delays: Histogram,
}

impl Generator {
    /// A generator on the two sockets given.
    pub fn new(server: SocketAddrV4, load: Load, clients: Wide, peers: Wide) -> Generator {
        let count = match load.shape {
            Shape::TwoLeg => load.streams * 2,
            _ => load.streams,
        };
        Generator {
            clients: Clients::new(server, count, clients, PEER_BASE, peers.port),
            peers,
            server,
            load,
            to_server: Batch::default(),
            from_peers: Batch::default(),
            inbox: Batch::default(),
            epoch: std::process::id() << 8,
            next_stream: 0,
            next_back: false,
            sent: 0,
            arrived: 0,
            delays: Histogram::default(),
        }
    }

    /// Allocates, permits and binds.
    pub fn set_up(&mut self) -> Result<(), String> {
        let all = self.clients.list.len();
        let done = match self.load.shape {
            Shape::Forwarded => true,
            Shape::OneLeg => self.clients.drive(0, all, Step::Bound, 16, 30),
            Shape::TwoLeg => {
                let allocated = self.clients.drive(0, all, Step::Allocated, 16, 30);
                for pair in self.clients.list.chunks_exact_mut(2) {
                    (pair[0].peer, pair[1].peer) = (pair[1].relayed, pair[0].relayed);
                }
                // both permissions before any channel: some servers want both sides to agree
                allocated
                    && self.clients.drive(0, all, Step::Permitted, 16, 30)
                    && self.clients.drive(0, all, Step::Bound, 16, 30)
            }
        };
        if done {
            Ok(())
        } else {
            Err(format!("set-up failed: {:?}", self.clients.refusals))
        }
    }

    /// Runs the load, after a warm-up, and reads the server's processor time around it.
    pub fn measure(&mut self, pid: u32) -> Measured {
        self.run((self.load.seconds / 5.0).min(0.3));
        let before = (cpu_seconds(pid), own_seconds(), machine_seconds(), now_ns());
        let seconds = self.run(self.load.seconds);
        let cpu = cpu_seconds(pid) - before.0;
        let own = own_seconds() - before.1;
        let machine = machine_seconds() - before.2;
        let wall = (now_ns() - before.3) as f64 / 1e9;
        Measured {
            cpu_us: cpu / self.arrived.max(1) as f64 * 1e6,
            packets_per_s: self.arrived as f64 / seconds,
            loss_percent: self.sent.saturating_sub(self.arrived) as f64 / self.sent.max(1) as f64
                * 100.0,
            p50_us: self.delays.quantile_us(0.5),
            p99_us: self.delays.quantile_us(0.99),
            others: (machine - own - cpu) / wall,
        }
    }

    /// Gives the allocations back.
    pub fn tear_down(&mut self) {
        if self.load.shape != Shape::Forwarded {
            self.clients.release();
        }
    }

    /// Sends for so long, then waits for what is under way; gives the seconds of sending.
    fn run(&mut self, seconds: f64) -> f64 {
        self.epoch += 1;
        (self.sent, self.arrived) = (0, 0);
        self.delays.clear();
        let start = now_ns();
        let end = start + (seconds * 1e9) as u64;
        match self.load.pace {
            Pace::Window(window) => self.run_window(window, end),
            Pace::Rate(rate) => self.run_rate(rate, start, end),
        }
        let sent_for = (now_ns() - start) as f64 / 1e9;
        let mut last = now_ns();
        while self.arrived < self.sent && now_ns() - last < 3 * LOST_NS {
            if self.poll() > 0 {
                last = now_ns();
            }
        }
        sent_for
    }

    fn run_window(&mut self, window: u64, end: u64) {
        let (mut lost, mut last) = (0, now_ns());
        loop {
            let now = now_ns();
            if now >= end {
                return;
            }
            let under_way = (self.sent - self.arrived).saturating_sub(lost);
            for _ in 0..window.saturating_sub(under_way).min(32) {
                self.push(now);
            }
            self.flush();
            if self.poll() > 0 {
                last = now;
            } else if now > last + LOST_NS {
                (lost, last) = (self.sent - self.arrived, now);
            }
        }
    }

    fn run_rate(&mut self, rate: f64, start: u64, end: u64) {
        loop {
            let now = now_ns();
            if now >= end {
                return;
            }
            let due = (rate * (now - start) as f64 / 1e9) as u64;
            for _ in 0..due.saturating_sub(self.sent).min(64) {
                self.push(now);
            }
            self.flush();
            self.poll();
        }
    }

    /// Queues the next packet: streams in turn, each there and back.
    fn push(&mut self, now: u64) {
        let (stream, back) = (self.next_stream, self.next_back);
        if back {
            self.next_stream = (stream + 1) % self.load.streams;
        }
        self.next_back = !back;
        self.sent += 1;
        let (epoch, size) = (self.epoch, self.load.size);
        let mark = move |bytes: &mut [u8]| {
            bytes[0..4].copy_from_slice(&epoch.to_le_bytes());
            bytes[4..8].copy_from_slice(&(stream as u32).to_le_bytes());
            bytes[8..12].copy_from_slice(&u32::from(back).to_le_bytes());
            bytes[16..24].copy_from_slice(&now.to_le_bytes());
        };
        let by_channel = match self.load.shape {
            Shape::OneLeg => (!back).then_some(stream),
            Shape::TwoLeg => Some(stream * 2 + usize::from(back)),
            Shape::Forwarded => None,
        };
        if let Some(client) = by_channel {
            let client = &self.clients.list[client];
            let (ip, channel) = (client.ip, client.channel);
            if self.to_server.is_full() {
                self.to_server.flush(&self.clients.socket);
            }
            self.to_server
                .push(ip, self.server, HEADER + size, |bytes| {
                    bytes[..2].copy_from_slice(&channel.to_be_bytes());
                    bytes[2..4].copy_from_slice(&(size as u16).to_be_bytes());
                    mark(&mut bytes[HEADER..]);
                });
        } else if back {
            let to = match self.load.shape {
                Shape::OneLeg => self.clients.list[stream].relayed,
                _ => super::floor::back_address(self.server, stream),
            };
            if self.from_peers.is_full() {
                self.from_peers.flush(&self.peers);
            }
            self.from_peers.push(nth(PEER_BASE, stream), to, size, mark);
        } else {
            let ip = nth(CLIENT_BASE, stream);
            if self.to_server.is_full() {
                self.to_server.flush(&self.clients.socket);
            }
            self.to_server.push(ip, self.server, size, mark);
        }
    }

    fn flush(&mut self) {
        self.to_server.flush(&self.clients.socket);
        self.from_peers.flush(&self.peers);
    }

    /// Takes what has arrived.
    fn poll(&mut self) -> usize {
        let header = match self.load.shape {
            Shape::Forwarded => 0,
            _ => HEADER,
        };
        let count = self.inbox.receive(&self.clients.socket);
        self.count(count, header);
        if self.load.shape == Shape::TwoLeg {
            return count;
        }
        let more = self.inbox.receive(&self.peers);
        self.count(more, 0);
        count + more
    }

    fn count(&mut self, count: usize, header: usize) {
        let now = now_ns();
        for k in 0..count {
            let bytes = self.inbox.received(k);
            let Some(marks) = bytes.get(header..header + MARKS) else {
                continue;
            };
            if marks[..4] != self.epoch.to_le_bytes() {
                continue;
            }
            let mut sent = [0; 8];
            sent.copy_from_slice(&marks[16..24]);
            self.arrived += 1;
            self.delays
                .add(now.saturating_sub(u64::from_le_bytes(sent)));
        }
    }
}

/// Processor seconds of this process.
fn own_seconds() -> f64 {
    cpu_seconds(std::process::id())
}
