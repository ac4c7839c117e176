//! Writing many datagrams with one system call, and trains of equal ones to one address as a single
//! segmented send (UDP_SEGMENT), which the kernel or the network card cuts apart.

use std::{io, os::fd::RawFd, ptr};

use libc::{MSG_DONTWAIT, MSG_NOSIGNAL, c_void, iovec, mmsghdr};

use super::{address::SockAddr, ring::Ring};

/// Datagrams (or trains) per call.
pub(super) const ENTRIES: usize = 64;
/// Below this many entries a ring saves nothing.
const RING_LEAST: usize = 3;
/// Buffers per call, over all entries.
const VECTORS: usize = 512;
/// Datagrams in one train; older kernels take 64.
const TRAIN_MOST: u16 = 60;
/// Bytes in one train.
const TRAIN_BYTES: usize = 60_000;
/// Longest datagram that may travel in a train: above, it would not fit an Ethernet frame and the
/// kernel refuses the whole train.
const SEGMENT_BYTES: usize = 1400;
/// Of `linux/udp.h`.
const UDP_SEGMENT: i32 = 103;

#[repr(C, align(8))]
#[derive(Clone, Copy)]
struct Control([u8; 32]);

/// What one entry holds.
#[derive(Clone, Copy, Default)]
struct Train {
    /// Bytes of each datagram but the last, which may be shorter.
    segment: usize,
    count: u16,
    total: usize,
    first_vector: usize,
    /// Buffers per datagram: 1, or 2 when the header lies elsewhere.
    vectors_each: usize,
}

/// Datagrams waiting to be written. Holds pointers, not bytes.
pub(crate) struct Sender {
    entries: usize,
    vectors_used: usize,
    headers: Box<[mmsghdr]>,
    vectors: Box<[iovec]>,
    addresses: Box<[SockAddr]>,
    controls: Box<[Control]>,
    trains: Box<[Train]>,
    /// The socket of each entry.
    sockets: Box<[RawFd]>,
    segmenting: bool,
    /// Datagrams that the kernel did not take (its buffer was full, or no route).
    pub lost: u64,
}

// SAFETY: pointers go to boxes of this value, or to buffers that the pusher keeps alive until the
// flush, which happens on the same thread.
unsafe impl Send for Sender {}

impl Sender {
    pub fn new(segmenting: bool) -> Sender {
        // SAFETY: an all-zero mmsghdr and iovec are valid.
        let mut headers: Box<[mmsghdr]> = (0..ENTRIES)
            .map(|_| unsafe { std::mem::zeroed() })
            .collect();
        // SAFETY: as above.
        let vectors: Box<[iovec]> = (0..VECTORS)
            .map(|_| unsafe { std::mem::zeroed() })
            .collect();
        let mut addresses = vec![SockAddr::zeroed(); ENTRIES].into_boxed_slice();
        for (header, address) in headers.iter_mut().zip(addresses.iter_mut()) {
            header.msg_hdr.msg_name = address.as_mut_ptr().cast();
        }
        Sender {
            entries: 0,
            vectors_used: 0,
            headers,
            vectors,
            addresses,
            controls: vec![Control([0; 32]); ENTRIES].into_boxed_slice(),
            trains: vec![Train::default(); ENTRIES].into_boxed_slice(),
            sockets: vec![-1; ENTRIES].into_boxed_slice(),
            segmenting,
            lost: 0,
        }
    }

    /// Whether the next push may not fit.
    #[inline]
    pub fn full(&self) -> bool {
        self.entries == ENTRIES || self.vectors_used + 2 > VECTORS
    }

    /// Queues one datagram for a socket.
    ///
    /// # Safety
    /// `bytes` must stay where they are, unchanged, and `fd` open, until [`flush`](Self::flush)
    /// returns, and the queue must not be [`full`](Self::full).
    #[inline]
    pub unsafe fn push(&mut self, fd: RawFd, bytes: &[u8], to: &SockAddr) {
        self.enter(fd, bytes.len(), 1, to);
        self.vector(bytes);
    }

    /// Queues one datagram whose header and body lie apart.
    ///
    /// # Safety
    /// As for [`push`](Self::push), for both.
    #[inline]
    pub unsafe fn push_parts(&mut self, fd: RawFd, header: &[u8], body: &[u8], to: &SockAddr) {
        self.enter(fd, header.len() + body.len(), 2, to);
        self.vector(header);
        self.vector(body);
    }

    #[inline]
    fn vector(&mut self, bytes: &[u8]) {
        debug_assert!(self.vectors_used < VECTORS);
        self.vectors[self.vectors_used] = iovec {
            iov_base: bytes.as_ptr().cast_mut().cast::<c_void>(),
            iov_len: bytes.len(),
        };
        self.vectors_used += 1;
    }

    /// Makes the datagram the next of the last train if it fits there, or the first of its own.
    #[inline]
    fn enter(&mut self, fd: RawFd, length: usize, vectors_each: usize, to: &SockAddr) {
        if self.segmenting && self.entries > 0 {
            let last = self.entries - 1;
            let train = &mut self.trains[last];
            if length <= train.segment
                && train.vectors_each == vectors_each
                && train.segment <= SEGMENT_BYTES
                && train.total == train.segment * usize::from(train.count)
                && train.count < TRAIN_MOST
                && train.total + length < TRAIN_BYTES
                && length > 0
                && self.sockets[last] == fd
                && self.addresses[last].same_as(to)
            {
                train.count += 1;
                train.total += length;
                // A usize, or musl's i32.
                self.headers[last].msg_hdr.msg_iovlen =
                    (usize::from(train.count) * vectors_each) as _;
                return;
            }
        }
        debug_assert!(self.entries < ENTRIES);
        let entry = self.entries;
        self.addresses[entry] = *to;
        self.sockets[entry] = fd;
        self.trains[entry] = Train {
            segment: length,
            count: 1,
            total: length,
            first_vector: self.vectors_used,
            vectors_each,
        };
        let header = &mut self.headers[entry].msg_hdr;
        header.msg_namelen = to.length();
        header.msg_iov = &mut self.vectors[self.vectors_used];
        header.msg_iovlen = vectors_each as _;
        header.msg_control = ptr::null_mut();
        header.msg_controllen = 0;
        self.entries += 1;
    }

    /// Writes everything; what the kernel does not take is lost, never kept. With a ring, datagrams
    /// for many sockets are one system call.
    pub fn flush(&mut self, ring: &mut Option<Ring>) {
        if self.entries == 0 {
            return;
        }
        for entry in 0..self.entries {
            if self.trains[entry].count > 1 {
                self.mark_train(entry);
            }
        }
        let many = self.entries >= RING_LEAST && self.sockets[0] != self.sockets[self.entries - 1];
        match ring.as_mut().filter(|_| many) {
            Some(open) => {
                if !self.write_by_ring(open) {
                    *ring = None;
                }
            }
            None => self.write_by_socket(),
        }
        self.entries = 0;
        self.vectors_used = 0;
    }

    /// False when the ring is broken; what it did not take is lost.
    fn write_by_ring(&mut self, ring: &mut Ring) -> bool {
        for entry in 0..self.entries {
            // SAFETY: the headers and all that they point to stay until `submit` has returned, and
            // a ring that failed is dropped before anything else is pushed.
            unsafe { ring.push_send(self.sockets[entry], &self.headers[entry].msg_hdr, entry) };
        }
        let mut failed = [(0, 0); ENTRIES];
        let Ok(count) = ring.submit(&mut failed) else {
            return false;
        };
        for (entry, error) in &failed[..count] {
            self.recover(*entry, *error);
        }
        true
    }

    fn write_by_socket(&mut self) {
        let mut done = 0;
        while done < self.entries {
            let fd = self.sockets[done];
            let same = self.sockets[done..self.entries].iter();
            let count = same.take_while(|socket| **socket == fd).count();
            match self.write(fd, done, count) {
                Some(written) => done += written,
                None => {
                    let error = io::Error::last_os_error().raw_os_error().unwrap_or(0);
                    self.recover(done, error);
                    done += 1;
                }
            }
        }
    }

    /// Writes `left` entries of one socket from entry `first` on; gives how many went, or `None` if
    /// the first failed.
    #[inline]
    fn write(&mut self, fd: RawFd, first: usize, left: usize) -> Option<usize> {
        let flags = MSG_DONTWAIT | MSG_NOSIGNAL;
        // One plain datagram is the common case when calls are many: the shorter call is cheaper.
        if left == 1 && self.trains[first].count == 1 && self.trains[first].vectors_each == 1 {
            let vector = &self.vectors[self.trains[first].first_vector];
            let to = &self.addresses[first];
            // SAFETY: the pusher keeps the bytes alive until this flush returns; the address is ours.
            let n = unsafe {
                libc::sendto(
                    fd,
                    vector.iov_base,
                    vector.iov_len,
                    flags,
                    to.as_ptr(),
                    to.length(),
                )
            };
            return (n >= 0).then_some(1);
        }
        // SAFETY: `left` filled headers follow; all they point to is ours or kept by the pusher.
        let n = unsafe {
            let headers = self.headers.as_mut_ptr().add(first);
            libc::sendmmsg(fd, headers, left as u32, flags as _)
        };
        (n > 0).then_some(n as usize)
    }

    /// Tells the kernel to cut this entry into datagrams.
    fn mark_train(&mut self, entry: usize) {
        let segment = self.trains[entry].segment as u16;
        let header = &mut self.headers[entry].msg_hdr;
        header.msg_control = self.controls[entry].0.as_mut_ptr().cast();
        // SAFETY: the control buffer is aligned and longer than one message with a u16.
        unsafe {
            header.msg_controllen = libc::CMSG_SPACE(2) as _;
            let message = libc::CMSG_FIRSTHDR(header);
            (*message).cmsg_level = libc::SOL_UDP;
            (*message).cmsg_type = UDP_SEGMENT;
            (*message).cmsg_len = libc::CMSG_LEN(2) as _;
            libc::CMSG_DATA(message)
                .cast::<u16>()
                .write_unaligned(segment);
        }
    }

    /// An entry failed. A train is tried again as single datagrams, since some paths (a tunnel with
    /// a small MTU, a card without checksums) refuse trains; a single datagram is lost.
    #[cold]
    fn recover(&mut self, entry: usize, error: i32) {
        let fd = self.sockets[entry];
        let train = self.trains[entry];
        if train.count == 1 || error == libc::EAGAIN || error == libc::ENOBUFS {
            self.lost += u64::from(train.count);
            return;
        }
        if error == libc::EIO {
            self.segmenting = false;
        }
        for index in 0..usize::from(train.count) {
            let mut header = self.headers[entry].msg_hdr;
            header.msg_iov = &mut self.vectors[train.first_vector + index * train.vectors_each];
            header.msg_iovlen = train.vectors_each as _;
            header.msg_control = ptr::null_mut();
            header.msg_controllen = 0;
            // SAFETY: as in `write`.
            if unsafe { libc::sendmsg(fd, &header, MSG_DONTWAIT | MSG_NOSIGNAL) } < 0 {
                self.lost += 1;
            }
        }
    }
}

/// Datagrams that may wait in a [`Fan`].
const FAN_MOST: usize = 256;

/// A datagram that waits in a [`Fan`].
struct Waiting {
    fd: RawFd,
    order: u16,
    bytes: *const u8,
    length: usize,
    to: SockAddr,
}

/// Datagrams waiting for many sockets: those of one socket are written together, in their order,
/// however they came mixed, so that a burst of one client is one call and not many.
pub(crate) struct Fan {
    waiting: Vec<Waiting>,
    out: Sender,
    /// Made by the thread that uses it, at its first flush.
    ring: Option<Ring>,
    ring_wanted: bool,
}

// SAFETY: as for `Sender`: what the pointers name stays until the flush, on the same thread.
unsafe impl Send for Fan {}

impl Fan {
    /// `ring`: whether to write by io_uring where the kernel has it.
    pub fn new(ring: bool) -> Fan {
        Fan {
            waiting: Vec::with_capacity(FAN_MOST),
            out: Sender::new(true),
            ring: None,
            ring_wanted: ring,
        }
    }

    /// Queues one datagram for one socket.
    ///
    /// # Safety
    /// `bytes` must stay where they are, unchanged, and `fd` open, until [`flush`](Self::flush)
    /// returns.
    #[inline]
    pub unsafe fn push(&mut self, fd: RawFd, bytes: &[u8], to: &SockAddr) {
        if self.waiting.len() == FAN_MOST {
            self.flush();
        }
        let order = self.waiting.len() as u16;
        self.waiting.push(Waiting {
            fd,
            order,
            bytes: bytes.as_ptr(),
            length: bytes.len(),
            to: *to,
        });
    }

    /// Writes everything.
    pub fn flush(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        if std::mem::take(&mut self.ring_wanted) {
            self.ring = Ring::new();
        }
        let Fan {
            waiting, out, ring, ..
        } = self;
        if waiting.len() > 2 {
            waiting.sort_unstable_by_key(|w| (w.fd, w.order));
        }
        for w in waiting.iter() {
            if out.full() {
                out.flush(ring);
            }
            // SAFETY: the pusher keeps the bytes until this returns; the queue is not full.
            unsafe { out.push(w.fd, std::slice::from_raw_parts(w.bytes, w.length), &w.to) };
        }
        out.flush(ring);
        waiting.clear();
    }
}

/// Writes one datagram now; whether the kernel took it.
pub(crate) fn send_now(fd: RawFd, bytes: &[u8], to: &SockAddr) -> bool {
    // SAFETY: both live for the call.
    let n = unsafe {
        libc::sendto(
            fd,
            bytes.as_ptr().cast(),
            bytes.len(),
            MSG_DONTWAIT | MSG_NOSIGNAL,
            to.as_ptr(),
            to.length(),
        )
    };
    n >= 0
}
