//! The floor: a bare forwarder with the same sockets and the same batched calls as a relay, and no
//! protocol at all. One socket faces the clients; each stream has another one that faces its peer,
//! because a relayed address is a socket of its own. Nothing that moves every packet through these
//! sockets can be much cheaper on this machine.

use std::{
    io::{self, Write},
    net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket},
    os::fd::AsRawFd,
};

use super::{
    batch::{BATCH, Batch},
    generator::{CLIENT_BASE, PEER_BASE},
    handshake::nth,
};

/// Most streams; sockets are made for all of them.
const STREAMS: usize = 512;
/// Stream `i` is forwarded from this address plus `i`, all on one port.
const BACK_BASE: Ipv4Addr = Ipv4Addr::new(127, 30, 0, 1);
/// Events per wake.
const EVENTS: usize = 256;

/// Where a stream's peer sends to.
pub fn back_address(server: SocketAddrV4, stream: usize) -> SocketAddrV4 {
    SocketAddrV4::new(nth(BACK_BASE, stream), server.port())
}

struct Floor {
    front: UdpSocket,
    backs: Vec<UdpSocket>,
    inbox: Batch,
    outbox: Batch,
    client_port: u16,
    peer_port: u16,
}

/// Runs for ever: what clients send goes to the peers' port, and back. Prints its address.
pub fn run(client_port: u16, peer_port: u16) -> io::Result<()> {
    let (front, backs) = sockets()?;
    // SAFETY: a plain call; epoll_ctl below fails when it did.
    let epoll = unsafe { libc::epoll_create1(0) };
    watch(epoll, &front, STREAMS as u64, libc::EPOLLIN)?;
    for (stream, back) in backs.iter().enumerate() {
        watch(epoll, back, stream as u64, libc::EPOLLIN | libc::EPOLLET)?;
    }
    println!("udp {}", front.local_addr()?);
    println!("ready");
    io::stdout().flush()?;
    let mut floor = Floor {
        front,
        backs,
        inbox: Batch::default(),
        outbox: Batch::default(),
        client_port,
        peer_port,
    };
    let mut events = [libc::epoll_event { events: 0, u64: 0 }; EVENTS];
    loop {
        // SAFETY: the array bounds what the kernel writes.
        let ready = unsafe { libc::epoll_wait(epoll, events.as_mut_ptr(), EVENTS as i32, 1000) };
        let ready = &events[..ready.max(0) as usize];
        let mut clients = false;
        for event in ready {
            match event.u64 as usize {
                STREAMS => clients = true,
                stream => floor.answer_client(stream),
            }
        }
        floor.outbox.flush(&floor.front);
        if clients {
            while floor.feed_peers() == BATCH {}
        }
    }
}

impl Floor {
    /// From one stream's peer; written to clients with what other peers sent.
    fn answer_client(&mut self, stream: usize) {
        let target = SocketAddrV4::new(nth(CLIENT_BASE, stream), self.client_port);
        loop {
            let count = self.inbox.receive(&self.backs[stream]);
            for k in 0..count {
                if self.outbox.is_full() {
                    self.outbox.flush(&self.front);
                }
                let bytes = self.inbox.received(k);
                let fill = |slot: &mut [u8]| slot.copy_from_slice(bytes);
                self.outbox.push_plain(target, bytes.len(), fill);
            }
            if count < BATCH {
                return;
            }
        }
    }

    /// From clients; packets of one stream are written together.
    fn feed_peers(&mut self) -> usize {
        let count = self.inbox.receive(&self.front);
        let mut order: Vec<(usize, usize)> = (0..count)
            .map(|k| {
                let [_, _, high, low] = self.inbox.source(k).ip().octets();
                (usize::from(u16::from_be_bytes([high, low])) - 1, k)
            })
            .collect();
        order.sort_unstable();
        for streams in order.chunk_by(|a, b| a.0 == b.0) {
            let stream = streams[0].0;
            let target = SocketAddrV4::new(nth(PEER_BASE, stream), self.peer_port);
            for (_, k) in streams {
                let bytes = self.inbox.received(*k);
                let fill = |slot: &mut [u8]| slot.copy_from_slice(bytes);
                self.outbox.push_plain(target, bytes.len(), fill);
            }
            self.outbox.flush(&self.backs[stream]);
        }
        count
    }
}

fn watch(epoll: i32, socket: &UdpSocket, word: u64, events: i32) -> io::Result<()> {
    let mut event = libc::epoll_event {
        events: events as u32,
        u64: word,
    };
    // SAFETY: the event lives for the call; bad descriptors give an error.
    match unsafe { libc::epoll_ctl(epoll, libc::EPOLL_CTL_ADD, socket.as_raw_fd(), &mut event) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// The front, and all backs on the same port of other addresses.
fn sockets() -> io::Result<(UdpSocket, Vec<UdpSocket>)> {
    loop {
        let front = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        let SocketAddr::V4(at) = front.local_addr()? else {
            continue;
        };
        let backs: io::Result<Vec<_>> = (0..STREAMS)
            .map(|stream| UdpSocket::bind(back_address(at, stream)))
            .collect();
        let Ok(backs) = backs else { continue };
        for socket in backs.iter().chain([&front]) {
            socket.set_nonblocking(true)?;
        }
        // The same buffer as the relays take.
        let socket = socket2::SockRef::from(&front);
        socket.set_recv_buffer_size(4 << 20)?;
        socket.set_send_buffer_size(4 << 20)?;
        return Ok((front, backs));
    }
}
