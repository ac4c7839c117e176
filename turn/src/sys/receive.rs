//! Reading many datagrams with one system call, into buffers that are made once.

use std::{ffi::c_void, io, os::fd::RawFd, ptr};

use libc::{EAGAIN, EINTR, MSG_DONTWAIT, iovec, mmsghdr};

use super::address::{Endpoint, SOCKADDR_BYTES, SockAddr};

/// Room before each datagram, for a header to be put in front of it in place.
pub(crate) const HEADROOM: usize = 64;
/// Room for one datagram, or for a train of them that the kernel has coalesced (UDP_GRO).
const SLOT_BYTES: usize = 65_536;
/// Room for the one control message that we ask for.
const CONTROL_BYTES: usize = 64;
/// Of `linux/udp.h`: the size of the datagrams in a coalesced train.
pub(crate) const UDP_GRO: i32 = 104;

#[repr(C, align(8))]
#[derive(Clone, Copy)]
struct Control([u8; CONTROL_BYTES]);

/// A fixed set of slots for recvmmsg. Slots are touched only as far as datagrams are long, so that
/// their size costs address space and no memory.
pub(crate) struct Receiver {
    memory: Box<[u8]>,
    headers: Box<[mmsghdr]>,
    // Held for the pointers in `headers`; never moved after `new`.
    _vectors: Box<[iovec]>,
    addresses: Box<[SockAddr]>,
    controls: Box<[Control]>,
}

// SAFETY: all raw pointers point into boxes that this value owns.
unsafe impl Send for Receiver {}

impl Receiver {
    pub fn new(slots: usize) -> Receiver {
        // Zeroed by the system on first touch, not here.
        let mut memory = vec![0u8; slots * (SLOT_BYTES + HEADROOM)].into_boxed_slice();
        // SAFETY: an all-zero mmsghdr and iovec are valid (null pointers, zero lengths).
        let mut headers: Box<[mmsghdr]> =
            (0..slots).map(|_| unsafe { std::mem::zeroed() }).collect();
        let mut vectors: Box<[iovec]> = (0..slots)
            .map(|_| iovec {
                iov_base: ptr::null_mut(),
                iov_len: SLOT_BYTES,
            })
            .collect();
        let mut addresses = vec![SockAddr::zeroed(); slots].into_boxed_slice();
        let mut controls = vec![Control([0; CONTROL_BYTES]); slots].into_boxed_slice();
        for slot in 0..slots {
            let at = slot * (SLOT_BYTES + HEADROOM) + HEADROOM;
            vectors[slot].iov_base = memory[at..].as_mut_ptr().cast();
            let header = &mut headers[slot].msg_hdr;
            header.msg_iov = &mut vectors[slot];
            header.msg_iovlen = 1;
            header.msg_name = addresses[slot].as_mut_ptr().cast();
            header.msg_control = controls[slot].0.as_mut_ptr().cast::<c_void>();
        }
        Receiver {
            memory,
            headers,
            _vectors: vectors,
            addresses,
            controls,
        }
    }

    pub fn slots(&self) -> usize {
        self.headers.len()
    }

    /// Reads up to `most` datagrams into the slots from `first` on, and gives how many came; an
    /// empty socket and an error both give none.
    #[inline]
    pub fn receive(&mut self, fd: RawFd, first: usize, most: usize) -> usize {
        let headers = &mut self.headers[first..first + most];
        for header in headers.iter_mut() {
            header.msg_hdr.msg_namelen = SOCKADDR_BYTES;
            header.msg_hdr.msg_controllen = CONTROL_BYTES as _;
        }
        // SAFETY: every header points into memory of this value, which `&mut self` keeps alive and
        // unshared for the call, and `most` headers are there.
        let n = unsafe {
            libc::recvmmsg(
                fd,
                headers.as_mut_ptr(),
                most as u32,
                MSG_DONTWAIT as _, // an i32, or musl's u32
                ptr::null_mut(),
            )
        };
        if n < 0 {
            let error = io::Error::last_os_error().raw_os_error().unwrap_or(0);
            if error != EAGAIN && error != EINTR {
                tracing::debug!(error, "a relay socket could not be read");
            }
            return 0;
        }
        n as usize
    }

    /// Who sent the datagram of this slot.
    #[inline]
    pub fn sender(&self, slot: usize) -> Endpoint {
        self.addresses[slot].endpoint()
    }

    /// The same, as the kernel wrote it.
    #[inline]
    pub fn sender_raw(&self, slot: usize) -> &SockAddr {
        &self.addresses[slot]
    }

    /// The bytes of this slot with [`HEADROOM`] before them.
    #[inline]
    pub fn with_headroom(&mut self, slot: usize) -> &mut [u8] {
        let start = slot * (SLOT_BYTES + HEADROOM);
        let length = self.headers[slot].msg_len as usize;
        &mut self.memory[start..start + HEADROOM + length]
    }

    /// Length of the single datagrams in this slot: its whole length, unless the kernel coalesced
    /// several.
    #[inline]
    pub fn segment(&self, slot: usize) -> usize {
        let length = self.headers[slot].msg_len as usize;
        let header = &self.headers[slot].msg_hdr;
        if header.msg_controllen == 0 {
            return length;
        }
        // SAFETY: the kernel has written `msg_controllen` bytes of well-formed control messages
        // into this slot's aligned buffer.
        unsafe {
            let message = libc::CMSG_FIRSTHDR(header);
            if !message.is_null()
                && (*message).cmsg_level == libc::SOL_UDP
                && (*message).cmsg_type == UDP_GRO
            {
                let size = libc::CMSG_DATA(message).cast::<i32>().read_unaligned() as usize;
                if size > 0 && size < length {
                    return size;
                }
            }
        }
        let _ = &self.controls;
        length
    }
}
