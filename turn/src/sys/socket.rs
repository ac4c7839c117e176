//! Opening sockets with the options that a relay needs.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, UdpSocket},
    os::fd::{AsRawFd, FromRawFd, OwnedFd},
};

use socket2::{Domain, Protocol, Socket, Type};

use super::receive::UDP_GRO;

/// Bytes asked for the buffers of a listener, which all clients share. The kernel cuts this to
/// `net.core.rmem_max` unless the process may exceed it.
const LISTENER_BUFFER_BYTES: usize = 4 << 20;

fn open(address: SocketAddr, kind: Type, protocol: Protocol) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), kind, Some(protocol))?;
    if address.is_ipv6() {
        // Both families have their own sockets, so that an IPv4 client is never seen as mapped.
        socket.set_only_v6(true)?;
    }
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// A UDP listener. With `shared`, other shards of this process may bind the same port.
pub(crate) fn udp_listener(address: SocketAddr, shared: bool) -> io::Result<UdpSocket> {
    let socket = open(address, Type::DGRAM, Protocol::UDP)?;
    if shared {
        socket.set_reuse_port(true)?;
    }
    grow(&socket, LISTENER_BUFFER_BYTES);
    socket.bind(&address.into())?;
    coalesce(&socket);
    Ok(socket.into())
}

/// A relay socket: its port is its own.
pub(crate) fn relay_socket(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = open(address, Type::DGRAM, Protocol::UDP)?;
    socket.bind(&address.into())?;
    coalesce(&socket);
    Ok(socket.into())
}

/// A TCP listener.
pub(crate) fn tcp_listener(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = open(address, Type::STREAM, Protocol::TCP)?;
    // Only skips the wait after a restart; a live listener still keeps the port to itself.
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(256)?;
    Ok(socket.into())
}

/// Lets the kernel hand over trains of datagrams as one; old kernels cannot, and that is fine.
fn coalesce(socket: &Socket) {
    let one: libc::c_int = 1;
    // SAFETY: a live descriptor and a live int of the length that is given.
    unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::SOL_UDP,
            UDP_GRO,
            (&raw const one).cast(),
            4,
        );
    }
}

fn grow(socket: &Socket, bytes: usize) {
    let size = bytes as libc::c_int;
    for (force, plain) in [
        (libc::SO_RCVBUFFORCE, libc::SO_RCVBUF),
        (libc::SO_SNDBUFFORCE, libc::SO_SNDBUF),
    ] {
        for option in [force, plain] {
            // SAFETY: a live descriptor and a live int of the length that is given.
            let result = unsafe {
                libc::setsockopt(
                    socket.as_raw_fd(),
                    libc::SOL_SOCKET,
                    option,
                    (&raw const size).cast(),
                    4,
                )
            };
            if result == 0 {
                break;
            }
        }
    }
}

/// Takes a name that only one process of this machine (network namespace) can hold; it is free
/// again when the descriptor closes, however the process ends. `None` when somebody has it.
pub(crate) fn exclusive_name(name: &str) -> io::Result<Option<OwnedFd>> {
    // SAFETY: plain call; the result is checked before it is owned.
    let fd = unsafe { libc::socket(libc::AF_UNIX, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC, 0) };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: a fresh descriptor that nobody else owns.
    let fd = unsafe { OwnedFd::from_raw_fd(fd) };
    // SAFETY: an all-zero sockaddr_un is valid; the first byte of the path stays 0, which makes the
    // name abstract: no file is left behind.
    let mut address: libc::sockaddr_un = unsafe { std::mem::zeroed() };
    address.sun_family = libc::AF_UNIX as libc::sa_family_t;
    for (to, from) in address.sun_path[1..].iter_mut().zip(name.bytes().take(100)) {
        *to = from as libc::c_char;
    }
    let length =
        (std::mem::size_of::<libc::sa_family_t>() + 1 + name.len().min(100)) as libc::socklen_t;
    // SAFETY: the address lives for the call and is at least `length` long.
    match unsafe { libc::bind(fd.as_raw_fd(), (&raw const address).cast(), length) } {
        0 => Ok(Some(fd)),
        _ if io::Error::last_os_error().kind() == io::ErrorKind::AddrInUse => Ok(None),
        _ => Err(io::Error::last_os_error()),
    }
}

/// The addresses of this machine's interfaces.
pub(crate) fn interface_addresses() -> Vec<IpAddr> {
    let mut found = Vec::new();
    let mut list: *mut libc::ifaddrs = std::ptr::null_mut();
    // SAFETY: on success `list` is a linked list that stays valid until it is freed below; each
    // address is read as the family it names.
    unsafe {
        if libc::getifaddrs(&mut list) != 0 {
            return found;
        }
        let mut at = list;
        while let Some(entry) = at.as_ref() {
            if let Some(address) = entry.ifa_addr.as_ref() {
                match i32::from(address.sa_family) {
                    libc::AF_INET => {
                        let v4 = &*entry.ifa_addr.cast::<libc::sockaddr_in>();
                        found.push(Ipv4Addr::from(u32::from_be(v4.sin_addr.s_addr)).into());
                    }
                    libc::AF_INET6 => {
                        let v6 = &*entry.ifa_addr.cast::<libc::sockaddr_in6>();
                        found.push(Ipv6Addr::from(v6.sin6_addr.s6_addr).into());
                    }
                    _ => {}
                }
            }
            at = entry.ifa_next;
        }
        libc::freeifaddrs(list);
    }
    found
}

/// The address that packets to the world leave from, of one family. Sends nothing.
pub(crate) fn default_source(v6: bool) -> Option<IpAddr> {
    // Any public addresses do: connecting a UDP socket only asks the routing table.
    let (any, world): (SocketAddr, SocketAddr) = if v6 {
        (
            (Ipv6Addr::UNSPECIFIED, 0).into(),
            (Ipv6Addr::new(0x2600, 0, 0, 0, 0, 0, 0, 1), 9).into(),
        )
    } else {
        (
            (Ipv4Addr::UNSPECIFIED, 0).into(),
            (Ipv4Addr::new(8, 8, 8, 8), 9).into(),
        )
    };
    let socket = UdpSocket::bind(any).ok()?;
    socket.connect(world).ok()?;
    Some(socket.local_addr().ok()?.ip())
}
