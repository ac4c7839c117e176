//! The floor: a bare forwarder with batched reads and writes and no protocol at all. Nothing that
//! moves every packet through a socket twice can be cheaper on this machine.

use std::{
    io::{self, Write},
    net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket},
    os::fd::{AsRawFd, RawFd},
};

use super::{
    batch::Batch,
    generator::{CLIENT_BASE, PEER_BASE},
};

/// The port for packets of peers lies right above the one for packets of clients.
pub fn back_port(server: SocketAddrV4) -> u16 {
    server.port() + 1
}

/// Runs for ever: what clients send goes to the peers' port, and back. Prints its address.
pub fn run(client_port: u16, peer_port: u16) -> io::Result<()> {
    let (front, back) = neighbours()?;
    println!("udp {}", front.local_addr()?);
    println!("ready");
    io::stdout().flush()?;
    let mut inbox = Batch::default();
    let mut outbox = Batch::default();
    loop {
        wait(&[front.as_raw_fd(), back.as_raw_fd()]);
        forward(&mut inbox, &mut outbox, &front, &back, PEER_BASE, peer_port);
        forward(
            &mut inbox,
            &mut outbox,
            &back,
            &front,
            CLIENT_BASE,
            client_port,
        );
    }
}

fn forward(
    inbox: &mut Batch,
    outbox: &mut Batch,
    from: &UdpSocket,
    to: &UdpSocket,
    net: Ipv4Addr,
    port: u16,
) {
    for k in 0..inbox.receive(from) {
        let [_, _, high, low] = inbox.source(k).ip().octets();
        let [a, b, ..] = net.octets();
        let target = SocketAddrV4::new(Ipv4Addr::new(a, b, high, low), port);
        let bytes = inbox.received(k);
        outbox.push(Ipv4Addr::LOCALHOST, target, bytes.len(), |slot| {
            slot.copy_from_slice(bytes);
        });
    }
    outbox.flush(to);
}

fn wait(sockets: &[RawFd; 2]) {
    let mut polled = sockets.map(|fd| libc::pollfd {
        fd,
        events: libc::POLLIN,
        revents: 0,
    });
    // SAFETY: two live pollfds.
    unsafe { libc::poll(polled.as_mut_ptr(), 2, 1000) };
}

/// Two sockets on neighbouring ports.
fn neighbours() -> io::Result<(UdpSocket, UdpSocket)> {
    loop {
        let front = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        let SocketAddr::V4(at) = front.local_addr()? else {
            continue;
        };
        if let Ok(back) = UdpSocket::bind((Ipv4Addr::LOCALHOST, at.port().wrapping_add(1))) {
            for socket in [&front, &back] {
                socket.set_nonblocking(true)?;
                // the same buffers as the relays take
                let socket = socket2::SockRef::from(socket);
                socket.set_recv_buffer_size(4 << 20)?;
                socket.set_send_buffer_size(4 << 20)?;
            }
            return Ok((front, back));
        }
    }
}
