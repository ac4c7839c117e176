//! UDP in batches: one socket that speaks from any loopback address, with `sendmmsg` and
//! `recvmmsg`, so that the generator costs less than what it measures.

use std::{
    io,
    mem::{size_of, zeroed},
    net::{Ipv4Addr, SocketAddrV4},
    os::fd::{AsRawFd, RawFd},
};

use libc::{c_int, c_void, cmsghdr, in_pktinfo, iovec, mmsghdr, sockaddr_in};
use socket2::{Domain, Protocol, Socket, Type};

/// Messages of one system call.
pub const BATCH: usize = 64;
/// Bytes of one message's buffer.
const SLOT: usize = 2048;
/// Bytes for the control message that names the local address.
const CONTROL: usize = 64;

/// A socket on 0.0.0.0 whose packets each name their source address.
pub struct Wide {
    socket: Socket,
    /// Its port on every loopback address.
    pub port: u16,
}

impl Wide {
    /// Binds a port that the system chooses.
    pub fn open() -> io::Result<Wide> {
        let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
        socket.set_nonblocking(true)?;
        force_buffer(&socket, libc::SO_RCVBUFFORCE);
        force_buffer(&socket, libc::SO_SNDBUFFORCE);
        set_option(&socket, libc::IPPROTO_IP, libc::IP_PKTINFO, 1);
        socket.bind(&SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0).into())?;
        let port = socket
            .local_addr()?
            .as_socket_ipv4()
            .map_or(0, |address| address.port());
        Ok(Wide { socket, port })
    }
}

impl AsRawFd for Wide {
    fn as_raw_fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }
}

/// 16 MiB where the process may; less is only more loss.
fn force_buffer(socket: &Socket, option: c_int) {
    set_option(socket, libc::SOL_SOCKET, option, 16 << 20);
}

fn set_option(socket: &Socket, level: c_int, option: c_int, value: c_int) {
    // SAFETY: a live descriptor and a pointer to an int of the length given.
    unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            level,
            option,
            (&raw const value).cast::<c_void>(),
            size_of::<c_int>() as u32,
        );
    }
}

/// Messages with everything that the system calls want to know about them.
pub struct Batch {
    slots: Vec<[u8; SLOT]>,
    headers: Vec<mmsghdr>,
    vectors: Vec<iovec>,
    addresses: Vec<sockaddr_in>,
    controls: Vec<Control>,
    filled: usize,
}

#[repr(C, align(8))]
#[derive(Clone, Copy)]
struct Control([u8; CONTROL]);

impl Default for Batch {
    fn default() -> Self {
        // SAFETY: all three are plain C structs for which zeros are valid.
        let (header, vector, address) = unsafe { (zeroed(), zeroed(), zeroed()) };
        let mut batch = Batch {
            slots: vec![[0; SLOT]; BATCH],
            headers: vec![header; BATCH],
            vectors: vec![vector; BATCH],
            addresses: vec![address; BATCH],
            controls: vec![Control([0; CONTROL]); BATCH],
            filled: 0,
        };
        // The vectors never grow, so their heap stays where these pointers say, also when the
        // batch itself is moved.
        for i in 0..BATCH {
            batch.vectors[i].iov_base = batch.slots[i].as_mut_ptr().cast();
            let header = &mut batch.headers[i].msg_hdr;
            header.msg_iov = &raw mut batch.vectors[i];
            header.msg_iovlen = 1;
            header.msg_name = (&raw mut batch.addresses[i]).cast();
            header.msg_control = (&raw mut batch.controls[i]).cast();
        }
        batch
    }
}

impl Batch {
    /// Whether the next `push` needs a `flush` first.
    pub fn is_full(&self) -> bool {
        self.filled == BATCH
    }

    /// Queues a message of `length` bytes that `fill` writes.
    pub fn push(
        &mut self,
        from: Ipv4Addr,
        to: SocketAddrV4,
        length: usize,
        fill: impl FnOnce(&mut [u8]),
    ) {
        let i = self.filled;
        fill(&mut self.slots[i][..length]);
        self.vectors[i].iov_len = length;
        self.addresses[i] = raw_address(to);
        let header = &mut self.headers[i].msg_hdr;
        header.msg_namelen = size_of::<sockaddr_in>() as u32;
        let info = size_of::<in_pktinfo>() as u32;
        // SAFETY: the control buffer is aligned and larger than one in_pktinfo message.
        unsafe {
            header.msg_controllen = libc::CMSG_SPACE(info) as usize;
            let control: *mut cmsghdr = libc::CMSG_FIRSTHDR(header);
            (*control).cmsg_level = libc::IPPROTO_IP;
            (*control).cmsg_type = libc::IP_PKTINFO;
            (*control).cmsg_len = libc::CMSG_LEN(info) as usize;
            libc::CMSG_DATA(control)
                .cast::<in_pktinfo>()
                .write_unaligned(in_pktinfo {
                    ipi_ifindex: 0,
                    ipi_spec_dst: raw_ip(from),
                    ipi_addr: raw_ip(Ipv4Addr::UNSPECIFIED),
                });
        }
        self.filled += 1;
    }

    /// Queues a message that goes out from the socket's own address.
    pub fn push_plain(&mut self, to: SocketAddrV4, length: usize, fill: impl FnOnce(&mut [u8])) {
        let i = self.filled;
        fill(&mut self.slots[i][..length]);
        self.vectors[i].iov_len = length;
        self.addresses[i] = raw_address(to);
        let header = &mut self.headers[i].msg_hdr;
        header.msg_namelen = size_of::<sockaddr_in>() as u32;
        header.msg_controllen = 0;
        self.filled += 1;
    }

    /// Sends all that is queued, however long the socket is full.
    pub fn flush(&mut self, socket: &impl AsRawFd) {
        let mut sent = 0;
        while sent < self.filled {
            // SAFETY: headers sent..filled point to live buffers of this batch.
            let now = unsafe {
                libc::sendmmsg(
                    socket.as_raw_fd(),
                    self.headers.as_mut_ptr().add(sent),
                    (self.filled - sent) as u32,
                    libc::MSG_DONTWAIT,
                )
            };
            if now > 0 {
                sent += now as usize;
                continue;
            }
            let error = io::Error::last_os_error();
            let passing = [
                libc::EAGAIN,
                libc::ENOBUFS,
                libc::EINTR,
                libc::ECONNREFUSED,
                libc::EPERM,
            ];
            assert!(
                error.raw_os_error().is_some_and(|e| passing.contains(&e)),
                "sendmmsg: {error}"
            );
        }
        self.filled = 0;
    }

    /// Receives what is there, at most a batch, and gives the number of messages.
    pub fn receive(&mut self, socket: &impl AsRawFd) -> usize {
        for i in 0..BATCH {
            self.vectors[i].iov_len = SLOT;
            let header = &mut self.headers[i].msg_hdr;
            header.msg_namelen = size_of::<sockaddr_in>() as u32;
            header.msg_controllen = CONTROL;
        }
        // SAFETY: all headers point to live buffers of this batch.
        let count = unsafe {
            libc::recvmmsg(
                socket.as_raw_fd(),
                self.headers.as_mut_ptr(),
                BATCH as u32,
                libc::MSG_DONTWAIT,
                std::ptr::null_mut(),
            )
        };
        count.max(0) as usize
    }

    /// A received message.
    pub fn received(&self, i: usize) -> &[u8] {
        &self.slots[i][..(self.headers[i].msg_len as usize).min(SLOT)]
    }

    /// Where a received message came from.
    pub fn source(&self, i: usize) -> SocketAddrV4 {
        let address = &self.addresses[i];
        SocketAddrV4::new(
            u32::from_be(address.sin_addr.s_addr).into(),
            u16::from_be(address.sin_port),
        )
    }
}

fn raw_address(address: SocketAddrV4) -> sockaddr_in {
    sockaddr_in {
        sin_family: libc::AF_INET as u16,
        sin_port: address.port().to_be(),
        sin_addr: raw_ip(*address.ip()),
        sin_zero: [0; 8],
    }
}

fn raw_ip(ip: Ipv4Addr) -> libc::in_addr {
    libc::in_addr {
        s_addr: u32::from(ip).to_be(),
    }
}
